import { useCallback, useEffect, useId, useState } from 'react'
import type { SettingsChange } from '../../hooks/use-settings-change.ts'
import { useTexts } from '../../i18n/use-texts.ts'
import { statusOf } from '../../rules/call-failure.ts'
import { browserZone, isAddress, withZone } from '../../rules/settings.ts'
import type { DeviceApi, DigestState, NotificationSettings } from '../../types.ts'
import { Check, Choice, Section } from './section.tsx'
import { TimeField } from './quiet-hours-settings.tsx'

type Digest = NotificationSettings['digest']

type DigestProps = {
  settings: NotificationSettings
  change: SettingsChange
  api: DeviceApi
  /** Changes with every save: what the server knows of the address may have changed with it. */
  saved: boolean
}

export function DigestSettings({ settings, change, api, saved }: DigestProps) {
  const { t, language } = useTexts()
  const { digest } = settings
  const put = (next: Partial<Digest>) =>
    change((current) => {
      const zoned = next.enabled === true ? withZone(current, browserZone()) : current
      return { ...zoned, digest: { ...current.digest, ...next } }
    })
  const hasAddress = digest.address !== null
  return (
    <Section title={t('digest.title')} text={t('digest.text')}>
      <AddressField
        address={digest.address}
        onSave={(address) => put({ address, ...firstWish(digest, address, language) })}
      />
      <Check
        label={t('digest.enabled')}
        isOn={digest.enabled}
        isDisabled={!hasAddress}
        onChange={(enabled) => put({ enabled })}
      />
      {!hasAddress && <p className="quiet">{t('digest.need_address')}</p>}
      <ScheduleChoice schedule={digest.schedule} onChange={(schedule) => put({ schedule })} />
      <div className="settings-line">
        <Choice
          label={t('digest.language')}
          value={digest.language}
          options={[
            ['en', 'English'],
            ['uk', 'Українська'],
          ]}
          onChange={(language) => put({ language: language === 'uk' ? 'uk' : 'en' })}
        />
        <Check label={t('digest.preview')} isOn={digest.preview} onChange={(preview) => put({ preview })} />
      </div>
      {hasAddress && <DigestStanding api={api} address={digest.address} saved={saved} />}
    </Section>
  )
}

/** A first address is for mails in the words of the page; without an address there are none. */
function firstWish(digest: Digest, address: string | null, language: Digest['language']): Partial<Digest> {
  if (address === null) return { enabled: false }
  return digest.address === null ? { language } : {}
}

function AddressField({ address, onSave }: { address: string | null; onSave(address: string | null): void }) {
  const { t } = useTexts()
  const id = useId()
  const [typed, setTyped] = useState(address ?? '')
  useEffect(() => setTyped(address ?? ''), [address])
  const wanted = typed.trim()
  const isWrong = wanted !== '' && !isAddress(wanted)
  const isChanged = wanted !== (address ?? '')
  const save = () => {
    if (isChanged && !isWrong) onSave(wanted === '' ? null : wanted)
  }
  return (
    <div className="settings-line">
      <span className="settings-field">
        <label htmlFor={id}>{t('digest.address')}</label>
        <input
          id={id}
          type="email"
          autoComplete="email"
          value={typed}
          aria-invalid={isWrong}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => event.key === 'Enter' && save()}
        />
      </span>
      {isChanged && (
        <button type="button" className="button button-small" disabled={isWrong} onClick={save}>
          {t('digest.save_address')}
        </button>
      )}
      <span className="channel-error" role="status">
        {isWrong && t('digest.wrong_address')}
      </span>
    </div>
  )
}

type ScheduleProps = { schedule: Digest['schedule']; onChange(schedule: Digest['schedule']): void }

function ScheduleChoice({ schedule, onChange }: ScheduleProps) {
  const { t, format } = useTexts()
  const hours = [1, 2, 3, 4, 6, 8, 12, 24]
  return (
    <div className="settings-line">
      <Choice
        label={t('digest.schedule')}
        value={schedule.kind}
        options={[
          ['daily', t('digest.daily')],
          ['every', t('digest.every')],
        ]}
        onChange={(kind) => onChange(kind === 'daily' ? { kind, at: '18:00' } : { kind: 'every', hours: 4 })}
      />
      {schedule.kind === 'daily' ? (
        <TimeField label={t('digest.at')} value={schedule.at} onChange={(at) => onChange({ kind: 'daily', at })} />
      ) : (
        <Choice
          label={t('digest.hours')}
          value={String(schedule.hours)}
          options={[...new Set([...hours, schedule.hours])]
            .toSorted((a, b) => a - b)
            .map((one) => [String(one), format.number(one)] as const)}
          onChange={(one) => onChange({ kind: 'every', hours: Number(one) })}
        />
      )}
    </div>
  )
}

type StandingProps = { api: DeviceApi; address: string | null; saved: boolean }
type Standing = DigestState | 'missing' | null

/** Whether the address is confirmed, and when digests went and go out. */
function DigestStanding({ api, address, saved }: StandingProps) {
  const { t, format } = useTexts()
  const [standing, setStanding] = useState<Standing>(null)
  const [isSent, setIsSent] = useState(false)
  const load = useCallback(() => {
    api.digest().then(setStanding, (error: unknown) => setStanding(statusOf(error) === 404 ? 'missing' : null))
  }, [api])
  useEffect(load, [load, address, saved])
  const confirm = () => {
    api.confirmDigest().then(
      () => setIsSent(true),
      () => load(),
    )
  }
  if (standing === null) return null
  if (standing === 'missing') return <p className="settings-note">{t('digest.missing')}</p>
  const { confirmed_at: confirmedAt, next_at: next, last_sent_at: last } = standing
  return (
    <div className="settings-note" role="status">
      <p>{t(confirmedAt === null ? 'digest.unconfirmed' : 'digest.confirmed')}</p>
      {confirmedAt === null && (
        <button type="button" className="link-button" disabled={isSent} onClick={confirm}>
          {t(isSent ? 'digest.confirm_sent' : 'digest.confirm_again')}
        </button>
      )}
      {last !== null && <p>{t('digest.last', { time: format.dateTime(last) })}</p>}
      {next !== null && confirmedAt !== null && <p>{t('digest.next', { time: format.dateTime(next) })}</p>}
    </div>
  )
}
