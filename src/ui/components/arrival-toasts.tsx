import { useEffect } from 'react'
import type { Arrivals } from '../hooks/use-arrivals.ts'
import { useTexts } from '../i18n/use-texts.ts'
import { type Reader, targetOf, wordsOf } from '../rules/notification-words.ts'
import type { Notification } from '../types.ts'
import { Icon } from './icons.tsx'

type ToastsProps = { arrivals: Arrivals; reader: Reader; onOpen(notification: Notification): void }

const shownMs = 9_000

/** What has just come, in the corner, for a few seconds. */
export function ArrivalToasts({ arrivals, reader, onOpen }: ToastsProps) {
  const { t } = useTexts()
  const { shown, isSilenced, allowSound, isHeld, hold, close } = arrivals
  return (
    <div
      className="arrivals"
      role="region"
      aria-label={t('toast.region')}
      onPointerEnter={() => hold(true)}
      onPointerLeave={() => hold(false)}
      onFocus={() => hold(true)}
      onBlur={() => hold(false)}
    >
      <ul aria-live="polite" aria-relevant="additions">
        {shown.map((one) => (
          <Arrival key={one.id} notification={one} {...{ reader, isHeld, onOpen, close }} />
        ))}
      </ul>
      {isSilenced && (
        <p className="arrival arrival-sound" role="status">
          <span>{t('sound.blocked')}</span>
          <button type="button" className="link-button" onClick={allowSound}>
            {t('sound.allow')}
          </button>
        </p>
      )}
    </div>
  )
}

type ArrivalProps = {
  notification: Notification
  reader: Reader
  isHeld: boolean
  onOpen(notification: Notification): void
  close(id: string): void
}

function Arrival({ notification, reader, isHeld, onOpen, close }: ArrivalProps) {
  const { t } = useTexts()
  const { id } = notification
  const { title, text } = wordsOf(notification, reader)
  // Each for itself: while more keep coming, none may stay for longer.
  useEffect(() => {
    if (isHeld) return undefined
    const timer = setTimeout(() => close(id), shownMs)
    return () => clearTimeout(timer)
  }, [isHeld, close, id])
  const open = () => {
    close(id)
    onOpen(notification)
  }
  return (
    <li className="arrival">
      <div className="arrival-words">
        <bdi className="arrival-title">{title}</bdi>
        {text !== '' && <bdi className="arrival-text">{text}</bdi>}
      </div>
      {targetOf(notification)?.kind === 'conversation' && (
        <button type="button" className="button button-small" onClick={open}>
          {t('toast.open')}
        </button>
      )}
      <button type="button" className="icon-button" aria-label={t('toast.close')} onClick={() => close(id)}>
        <Icon name="close" />
      </button>
    </li>
  )
}
