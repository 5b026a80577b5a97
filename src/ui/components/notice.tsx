import type { ComponentProps, ReactNode } from 'react'
import { Icon } from './icons.tsx'

type NoticeProps = {
  icon: ComponentProps<typeof Icon>['name']
  title: string
  text?: string
  action?: { label: string; run(): void }
  children?: ReactNode
}

/** A calm note in the middle of an empty place: what is the matter, and what can be done. */
export function Notice({ icon, title, text, action, children }: NoticeProps) {
  return (
    <div className="notice" role="status">
      <span className="notice-sign">
        <Icon name={icon} />
      </span>
      <p className="notice-title">{title}</p>
      {text !== undefined && <p className="notice-text">{text}</p>}
      {children}
      {action !== undefined && (
        <button type="button" className="button" onClick={action.run}>
          {action.label}
        </button>
      )}
    </div>
  )
}

type MissingProps = { text: string; retryLabel: string; onRetry(): void }

/** A line beside what is there: what is missing, and a way to ask for it again. */
export function MissingLine({ text, retryLabel, onRetry }: MissingProps) {
  return (
    <div className="missing-line" role="status">
      <p className="quiet">{text}</p>
      <button type="button" className="link-button" onClick={onRetry}>
        {retryLabel}
      </button>
    </div>
  )
}

export function Spinner({ label }: { label: string }) {
  return (
    <span className="spinner-line" role="status">
      <span className="spinner" aria-hidden="true" /> {label}
    </span>
  )
}
