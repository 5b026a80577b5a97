import { useEffect, useId, useState } from 'react'
import { notificationKinds } from '../../../client/index.ts'
import type { SettingsChange } from '../../hooks/use-settings-change.ts'
import { useTexts } from '../../i18n/use-texts.ts'
import {
  browserZone,
  dayNames,
  endsNextDay,
  maxQuietHours,
  newQuietHours,
  toggled,
  withZone,
  zonesWith,
} from '../../rules/settings.ts'
import type { NotificationSettings, QuietHours } from '../../types.ts'
import { Icon } from '../icons.tsx'
import { Check, Choice, Section } from './section.tsx'

type QuietProps = { settings: NotificationSettings; change: SettingsChange }

export function QuietHoursSettings({ settings, change }: QuietProps) {
  const { t } = useTexts()
  const { quiet_hours: all } = settings
  const put = (index: number, next: QuietHours) =>
    change((current) => ({ ...current, quiet_hours: current.quiet_hours.with(index, next) }))
  const remove = (index: number) =>
    change((current) => ({ ...current, quiet_hours: current.quiet_hours.toSpliced(index, 1) }))
  const add = () =>
    change((current) => {
      const zoned = withZone(current, browserZone())
      return { ...zoned, quiet_hours: [...zoned.quiet_hours, newQuietHours] }
    })
  return (
    <Section title={t('quiet.title')} text={t('quiet.text')}>
      {all.length === 0 && <p>{t('quiet.none')}</p>}
      {all.map((one, index) => (
        <OneQuietHours
          // They have no names, and their place in the list is all that tells them apart.
          key={index}
          hours={one}
          number={index + 1}
          onChange={(next) => put(index, next)}
          onRemove={() => remove(index)}
        />
      ))}
      {all.length < maxQuietHours && (
        <button type="button" className="button button-small" onClick={add}>
          {t('quiet.add')}
        </button>
      )}
      <ZoneChoice zone={settings.time_zone} onChange={(zone) => change((now) => ({ ...now, time_zone: zone }))} />
    </Section>
  )
}

type OneProps = { hours: QuietHours; number: number; onChange(hours: QuietHours): void; onRemove(): void }

const silenceable = ['sound', 'web_push', 'email_digest'] as const

function OneQuietHours({ hours, number, onChange, onRemove }: OneProps) {
  const { t, language } = useTexts()
  const days = dayNames(language)
  // The server takes no empty list: the last day and the last medium stay.
  const atLeastOne = <T,>(next: T[], before: T[]): T[] => (next.length === 0 ? before : next)
  return (
    <fieldset className="quiet-hours">
      <legend>{t('quiet.one', { n: number })}</legend>
      <div className="settings-line">
        <TimeField label={t('quiet.from')} value={hours.from} onChange={(from) => onChange({ ...hours, from })} />
        <TimeField label={t('quiet.to')} value={hours.to} onChange={(to) => onChange({ ...hours, to })} />
        {endsNextDay(hours) && <span className="quiet">{t('quiet.next_day')}</span>}
        <button type="button" className="icon-button" aria-label={t('quiet.remove')} onClick={onRemove}>
          <Icon name="trash" />
        </button>
      </div>
      <div className="settings-line" role="group" aria-label={t('quiet.days')}>
        <span className="settings-label">{t('quiet.days')}</span>
        {days.map(([day, name]) => (
          <button
            type="button"
            key={day}
            className="day-button"
            aria-pressed={hours.days.includes(day)}
            onClick={() => {
              const all = days.map(([one]) => one)
              onChange({ ...hours, days: atLeastOne(toggled(all, hours.days, day), hours.days) })
            }}
          >
            {name}
          </button>
        ))}
      </div>
      <div className="settings-line" role="group" aria-label={t('quiet.media')}>
        <span className="settings-label">{t('quiet.media')}</span>
        {silenceable.map((medium) => (
          <Check
            key={medium}
            label={t(`medium.${medium}`)}
            isOn={hours.media.includes(medium)}
            onChange={() =>
              onChange({ ...hours, media: atLeastOne(toggled(silenceable, hours.media, medium), hours.media) })
            }
          />
        ))}
      </div>
      <ExceptKinds hours={hours} onChange={onChange} />
    </fieldset>
  )
}

function ExceptKinds({ hours, onChange }: Pick<OneProps, 'hours' | 'onChange'>) {
  const { t } = useTexts()
  const { except_kinds: chosen } = hours
  const names = chosen.map((kind) => t(`kind.${kind}`)).join(', ')
  return (
    <details className="quiet-except">
      <summary>
        {t('quiet.except')} {names === '' ? '—' : names}
      </summary>
      <div className="settings-line">
        {notificationKinds.map((kind) => (
          <Check
            key={kind}
            label={t(`kind.${kind}`)}
            isOn={chosen.includes(kind)}
            onChange={() => onChange({ ...hours, except_kinds: toggled(notificationKinds, chosen, kind) })}
          />
        ))}
      </div>
    </details>
  )
}

type TimeProps = { label: string; value: string; onChange(value: string): void }

/** A time of day. It is saved when it is left, not with every digit on the way to another one. */
export function TimeField({ label, value, onChange }: TimeProps) {
  const id = useId()
  const [typed, setTyped] = useState(value)
  useEffect(() => setTyped(value), [value])
  const leave = () => {
    if (typed === '') setTyped(value)
    else if (typed !== value) onChange(typed)
  }
  return (
    <span className="settings-field">
      <label htmlFor={id}>{label}</label>
      <input id={id} type="time" value={typed} onChange={(event) => setTyped(event.target.value)} onBlur={leave} />
    </span>
  )
}

function ZoneChoice({ zone, onChange }: { zone: string; onChange(zone: string): void }) {
  const { t } = useTexts()
  const own = browserZone()
  return (
    <div className="settings-line">
      <Choice
        label={t('quiet.zone')}
        value={zone}
        options={zonesWith(zone).map((one) => [one, one.replaceAll('_', ' ')] as const)}
        onChange={onChange}
      />
      {zone !== own && (
        <button type="button" className="link-button" onClick={() => onChange(own)}>
          {t('quiet.zone_browser', { zone: own })}
        </button>
      )}
    </div>
  )
}
