import { type ReactNode, type MouseEvent } from 'react'
import { useTexts } from '../i18n/use-texts.ts'
import { pathOf } from '../route.ts'
import { type Reader, targetOf, wordsOf } from '../rules/notification-words.ts'
import type { Notification } from '../types.ts'
import { Icon, type IconName } from './icons.tsx'
import { PlatformMark } from './platform-mark.tsx'

const signs: Readonly<Record<Notification['kind'], IconName>> = {
  new_message: 'inbox',
  new_conversation: 'person',
  assignment: 'people',
  mention: 'note',
  send_failed: 'alert',
  channel_down: 'alert',
  channel_up: 'channels',
  token_expiring: 'key',
  quarantine_grew: 'alert',
  system: 'megaphone',
  test: 'bell',
}
const bad: ReadonlySet<string> = new Set(['send_failed', 'channel_down'])

type RowProps = {
  notification: Notification
  reader: Reader
  now: number
  onOpen(notification: Notification): void
}

/** One line of the bell's list. */
export function NotificationRow({ notification, reader, now, onOpen }: RowProps) {
  const { t, format } = useTexts()
  const { kind, platform, created_at: at, read } = notification
  const { title, text } = wordsOf(notification, reader)
  return (
    <li className={`bell-row${read ? '' : ' bell-row-unread'}`} data-notification-id={notification.id}>
      <RowLink notification={notification} onOpen={onOpen}>
        <span className={`bell-sign${bad.has(kind) ? ' bell-sign-bad' : ''}`}>
          {platform !== null && (kind === 'new_message' || kind === 'new_conversation') ? (
            <PlatformMark platform={platform} />
          ) : (
            <Icon name={signs[kind]} />
          )}
        </span>
        <span className="bell-words">
          <bdi className="bell-title">{title}</bdi>
          {text !== '' && <bdi className="bell-text">{text}</bdi>}
        </span>
        <span className="bell-when">
          <time dateTime={at} title={format.dateTime(at)}>
            {format.listTime(at, now)}
          </time>
          {!read && (
            <span className="bell-dot">
              <span className="sr-only">{t('bell.is_unread')}</span>
            </span>
          )}
        </span>
      </RowLink>
    </li>
  )
}

type LinkProps = { notification: Notification; onOpen(notification: Notification): void; children: ReactNode }

/** Where it leads, as a link wherever it leads somewhere: that can be opened in a tab of its own. */
function RowLink({ notification, onOpen, children }: LinkProps) {
  const target = targetOf(notification)
  const open = () => onOpen(notification)
  if (target?.kind === 'link')
    return (
      <a className="bell-link" href={target.href} target="_blank" rel="noreferrer" onClick={open}>
        {children}
      </a>
    )
  if (target === null)
    return (
      <button type="button" className="bell-link" onClick={open}>
        {children}
      </button>
    )
  const onClick = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    open()
  }
  return (
    <a className="bell-link" href={pathOf(target.id)} onClick={onClick}>
      {children}
    </a>
  )
}
