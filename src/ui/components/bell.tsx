import { useId, useRef, useState } from 'react'
import { useNow } from '../hooks/use-now.ts'
import { useReader } from '../hooks/use-reader.ts'
import { useTexts } from '../i18n/use-texts.ts'
import { countText } from '../rules/title.ts'
import type { InboxState, Notification, NotificationsView } from '../types.ts'
import { Icon } from './icons.tsx'
import { Notice, Spinner } from './notice.tsx'
import { NotificationRow } from './notification-row.tsx'
import { Panel } from './panel.tsx'

export type BellProps = {
  view: NotificationsView
  state: Pick<InboxState, 'me' | 'channels'>
  /** Goes to what a notification is about, and marks it as read. */
  onOpen(notification: Notification): void
  onSettings(): void
}

/** The bell with the number of what is unread, and the list that it opens. */
export function Bell({ view, state, onOpen, onSettings }: BellProps) {
  const { t, format } = useTexts()
  const id = useId()
  const panel = useRef<HTMLDivElement>(null)
  const [isOpen, setIsOpen] = useState(false)
  const { count, more } = view.unread
  const label = count === 0 ? t('bell.none') : t(more ? 'bell.unread_more' : 'bell.unread', { n: count })
  const leave = (go: () => void) => () => {
    panel.current?.hidePopover()
    go()
  }
  return (
    <>
      <button type="button" className="icon-button bell" popoverTarget={id} aria-label={label} title={label}>
        <Icon name="bell" />
        {count > 0 && (
          <span className="bell-count" aria-hidden="true">
            {countText(view.unread, format.number)}
          </span>
        )}
      </button>
      <Panel
        ref={panel}
        id={id}
        title={t('bell.title')}
        className="panel-bell"
        onToggle={setIsOpen}
        actions={
          <button
            type="button"
            className="icon-button"
            aria-label={t('bell.settings')}
            title={t('bell.settings')}
            onClick={leave(onSettings)}
          >
            <Icon name="settings" />
          </button>
        }
      >
        {isOpen && <BellBody view={view} state={state} onOpen={(one) => leave(() => onOpen(one))()} />}
      </Panel>
    </>
  )
}

type BodyProps = Pick<BellProps, 'view' | 'state' | 'onOpen'>

/** What the bell opens: the list, newest first, and how it goes on. */
export function BellBody({ view, state, onOpen }: BodyProps) {
  const { t } = useTexts()
  const now = useNow(30_000)
  const reader = useReader(state)
  const pausedUntil = view.settings?.paused_until ?? null
  return (
    <>
      {pausedUntil !== null && Date.parse(pausedUntil) > now && <p className="bell-paused">{t('bell.paused')}</p>}
      {view.unread.count > 0 && (
        <button type="button" className="link-button bell-read-all" onClick={() => void view.actions.readAll()}>
          {t('bell.read_all')}
        </button>
      )}
      <ul className="bell-list">
        {view.items.map((one) => (
          <NotificationRow key={one.id} {...{ notification: one, reader, now, onOpen }} />
        ))}
      </ul>
      <BellEnd view={view} />
    </>
  )
}

/** What stands under the rows, or in their place. */
function BellEnd({ view }: { view: NotificationsView }) {
  const { t } = useTexts()
  if (view.isLoading) return <Spinner label={t('bell.loading')} />
  const hasFailed = view.error !== null
  if (view.items.length === 0 && view.cursor === null && !hasFailed)
    return <Notice icon="bell" title={t('bell.empty_title')} text={t('bell.empty_text')} />
  return (
    <>
      {hasFailed && <p className="channel-error">{t('bell.error')}</p>}
      {view.cursor !== null && (
        <button type="button" className="link-button bell-more" onClick={() => void view.actions.loadMore()}>
          {t(hasFailed ? 'app.retry' : 'bell.more')}
        </button>
      )}
    </>
  )
}
