import { useNow } from '../../hooks/use-now.ts'
import type { SettingsChange } from '../../hooks/use-settings-change.ts'
import { useTexts } from '../../i18n/use-texts.ts'
import { browserZone, pauseUntilTomorrow, untilSaid } from '../../rules/settings.ts'
import type { NotificationSettings } from '../../types.ts'
import { Section } from './section.tsx'

const hourMs = 3_600_000

type PauseProps = { settings: NotificationSettings; change: SettingsChange }

export function PauseSettings({ settings, change }: PauseProps) {
  const { t, format } = useTexts()
  const now = useNow(15_000)
  const { paused_until: until } = settings
  const isPaused = until !== null && Date.parse(until) > now
  const pause = (iso: string | null) => change((current) => ({ ...current, paused_until: iso }))
  return (
    <Section title={t('pause.title')} text={t('pause.text')}>
      {isPaused ? (
        <p className="settings-line">
          <strong>
            {until === untilSaid
              ? t('pause.until_said')
              : t('pause.until', { time: format.clock(Date.parse(until), now) })}
          </strong>
          <button type="button" className="button button-small" onClick={() => pause(null)}>
            {t('pause.resume')}
          </button>
        </p>
      ) : (
        <p className="settings-line">
          <button
            type="button"
            className="button button-small"
            onClick={() => pause(new Date(Date.now() + hourMs).toISOString())}
          >
            {t('pause.hour')}
          </button>
          <button
            type="button"
            className="button button-small"
            onClick={() => pause(pauseUntilTomorrow(Date.now(), browserZone()))}
          >
            {t('pause.tomorrow')}
          </button>
          <button type="button" className="button button-small" onClick={() => pause(untilSaid)}>
            {t('pause.open_end')}
          </button>
        </p>
      )}
    </Section>
  )
}
