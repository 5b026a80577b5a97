import { useId } from 'react'
import { useNow } from '../hooks/use-now.ts'
import { useTexts } from '../i18n/use-texts.ts'
import { byUrgency, troubleOf } from '../rules/channels.ts'
import { isSilent, sessionNote } from '../rules/sessions.ts'
import { oneLine } from '../text/clean.ts'
import type { Channel } from '../types.ts'
import { Icon } from './icons.tsx'
import { Panel } from './panel.tsx'
import { PlatformMark } from './platform-mark.tsx'

/** The button in the header, with a dot when a channel needs somebody, and the panel it opens. */
export function ChannelHealth({ channels }: { channels: readonly Channel[] }) {
  const { t } = useTexts()
  const id = useId()
  const trouble = troubleOf(channels)
  const label = trouble.state === null ? t('channels.title') : t('channels.trouble', { n: trouble.count })
  return (
    <>
      <button type="button" className="icon-button" popoverTarget={id} aria-label={label} title={label}>
        <Icon name="channels" />
        {trouble.state !== null && <span className={`alert-dot alert-${trouble.state}`} aria-hidden="true" />}
      </button>
      <Panel id={id} title={t('channels.title')}>
        {channels.length === 0 && <p className="quiet">{t('channels.none')}</p>}
        <ChannelLines channels={channels} />
      </Panel>
    </>
  )
}

function ChannelLines({ channels }: { channels: readonly Channel[] }) {
  const now = useNow(30_000)
  return (
    <ul className="channel-lines">
      {byUrgency(channels).map((channel) => (
        <ChannelLine key={channel.id} channel={channel} now={now} />
      ))}
    </ul>
  )
}

function ChannelLine({ channel, now }: { channel: Channel; now: number }) {
  const { t, format } = useTexts()
  const { state, last_inbound_at: lastInboundAt, signature_failures: signatureFailures } = channel.health
  return (
    <li className="channel-line">
      <PlatformMark platform={channel.platform} />
      <div className="channel-facts">
        <p className="channel-head">
          <bdi className="channel-name">{oneLine(channel.name, 80)}</bdi>
          <span className={`state state-${state}`}>{t(`channels.state_${state}`)}</span>
        </p>
        {oneLine(channel.external_id) !== oneLine(channel.name) && (
          <bdi className="channel-id">{oneLine(channel.external_id, 80)}</bdi>
        )}
        <p title={lastInboundAt === null ? undefined : format.dateTime(lastInboundAt)}>
          {lastInboundAt === null
            ? t('channels.never')
            : t('channels.last_inbound', { ago: format.ago(lastInboundAt, now) })}
        </p>
        <SessionLine channel={channel} />
        <LastError channel={channel} now={now} />
        {signatureFailures > 0 && <p>{t('channels.signature', { n: signatureFailures })}</p>}
      </div>
    </li>
  )
}

/** What the companion says of the account that it holds. */
function SessionLine({ channel }: { channel: Channel }) {
  const { t } = useTexts()
  const note = sessionNote(channel)
  if (note === null) return null
  return (
    <p className={channel.health.state === 'down' ? 'channel-error' : undefined}>
      {t(note.text)} {note.command !== null && <code className="command">{note.command}</code>}
    </p>
  )
}

/** Loud while the trouble lasts, otherwise only a note that there was one. */
function LastError({ channel, now }: { channel: Channel; now: number }) {
  const { t, format } = useTexts()
  const { health } = channel
  // The line above says it, in the reader's language.
  if (isSilent(channel)) return null
  const text = oneLine(health.last_error_message ?? health.last_error_code ?? '')
  if (text === '') return null
  const isCurrent = health.state === 'warning' || health.state === 'down'
  const ago = health.last_error_at === null ? '' : format.ago(health.last_error_at, now)
  return (
    <p className={isCurrent ? 'channel-error' : undefined}>
      <bdi>{ago === '' ? text : t('channels.error', { text, ago })}</bdi>
    </p>
  )
}
