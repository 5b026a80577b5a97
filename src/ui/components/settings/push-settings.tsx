import { useNow } from '../../hooks/use-now.ts'
import { type Push, usePush } from '../../hooks/use-push.ts'
import type { SettingsChange } from '../../hooks/use-settings-change.ts'
import { useTexts } from '../../i18n/use-texts.ts'
import { oneLine } from '../../text/clean.ts'
import type { DeviceApi, NotificationSettings, PushSubscriptionAnswer } from '../../types.ts'
import { Icon } from '../icons.tsx'
import { Check, Section } from './section.tsx'

type PushProps = { settings: NotificationSettings; change: SettingsChange; api: DeviceApi; userId: string }

export function PushSettings({ settings, change, api, userId }: PushProps) {
  const { t } = useTexts()
  const push = usePush(api, userId)
  const { server } = push
  return (
    <Section title={t('push.title')} text={t('push.text')}>
      {server === 'missing' ? <p className="settings-note">{t('push.missing')}</p> : <DeviceLine push={push} />}
      {push.error !== null && (
        <p className="channel-error" role="alert">
          {push.error}
        </p>
      )}
      <Check
        label={t('push.preview')}
        isOn={settings.push.preview}
        onChange={(preview) => change((current) => ({ ...current, push: { ...current.push, preview } }))}
      />
      <p className="quiet">{t('push.preview_text')}</p>
      {server !== null && server !== 'missing' && server.subscriptions.length > 0 && (
        <Devices devices={server.subscriptions} push={push} />
      )}
    </Section>
  )
}

function DeviceLine({ push }: { push: Push }) {
  const { t } = useTexts()
  const { device, isBusy, server, ownId } = push
  if (device === null || server === null || server === 'missing') return <p className="quiet">{t('push.working')}</p>
  if (device === 'unsupported' || device === 'insecure' || device === 'denied')
    return <p className="settings-note">{t(`push.${device}`)}</p>
  // A subscription that the server does not have, or not for this user, brings nothing: it can be made anew.
  const isOn = device === 'on' && server.subscriptions.some(({ id }) => id === ownId)
  return (
    <p className="settings-line" role="status">
      <span>{t(isOn ? 'push.is_on' : 'push.is_off')}</span>
      <button
        type="button"
        className={`button button-small${isOn ? '' : ' button-main'}`}
        disabled={isBusy}
        onClick={isOn ? push.switchOff : push.switchOn}
      >
        {t(isBusy ? 'push.working' : isOn ? 'push.off' : 'push.on')}
      </button>
    </p>
  )
}

function Devices({ devices, push }: { devices: readonly PushSubscriptionAnswer[]; push: Push }) {
  const { t, format } = useTexts()
  const now = useNow(60_000)
  return (
    <>
      <h4>{t('push.devices')}</h4>
      <ul className="devices">
        {devices.map((device) => {
          const name = oneLine(device.name, 80) || '?'
          return (
            <li key={device.id}>
              <span>
                <bdi>{name}</bdi> {device.id === push.ownId && <span className="tag">{t('push.this_device')}</span>}{' '}
                {device.is_failing && <span className="state state-warning">{t('push.failing')}</span>}
                <span className="quiet">
                  {t('push.since', { time: format.listTime(device.created_at, now) })} ·{' '}
                  {device.last_success_at === null
                    ? t('push.never')
                    : t('push.last', { ago: format.ago(device.last_success_at, now) })}
                </span>
              </span>
              <button
                type="button"
                className="icon-button"
                aria-label={t('push.remove', { name })}
                title={t('push.remove', { name })}
                disabled={push.isBusy}
                onClick={() => push.remove(device.id)}
              >
                <Icon name="trash" />
              </button>
            </li>
          )
        })}
      </ul>
    </>
  )
}
