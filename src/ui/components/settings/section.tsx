import { type ReactNode, useId } from 'react'

/** One part of the settings. */
export function Section({ title, text, children }: { title: string; text?: string; children: ReactNode }) {
  const id = useId()
  return (
    <section className="settings-section" aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      {text !== undefined && <p className="quiet">{text}</p>}
      {children}
    </section>
  )
}

type CheckProps = { label: ReactNode; isOn: boolean; isDisabled?: boolean; onChange(isOn: boolean): void }

/** A box to tick, with its words beside it. */
export function Check({ label, isOn, isDisabled = false, onChange }: CheckProps) {
  const id = useId()
  return (
    <span className="check">
      <input
        id={id}
        type="checkbox"
        checked={isOn}
        disabled={isDisabled}
        onChange={(event) => onChange(event.target.checked)}
      />
      <label htmlFor={id}>{label}</label>
    </span>
  )
}

type ChoiceProps = {
  label: string
  value: string
  options: readonly (readonly [string, string])[]
  onChange(value: string): void
}

/** One of several, by value and words. */
export function Choice({ label, value, options, onChange }: ChoiceProps) {
  const id = useId()
  return (
    <span className="settings-field">
      <label htmlFor={id}>{label}</label>
      <select id={id} value={value} onChange={(event) => onChange(event.target.value)}>
        {options.map(([one, words]) => (
          <option key={one} value={one}>
            {words}
          </option>
        ))}
      </select>
    </span>
  )
}
