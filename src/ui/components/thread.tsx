import { memo, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { useNow } from '../hooks/use-now.ts'
import { useStaff } from '../hooks/use-staff.ts'
import { useThreadScroll } from '../hooks/use-thread-scroll.ts'
import { usePageVisible, useWhenSeen } from '../hooks/use-visible.ts'
import { useTexts } from '../i18n/use-texts.ts'
import { withKnownSubject } from '../rules/mail.ts'
import { firstUnreadId, newestStoredId, notesInView, toTimeline, type TimelineDay } from '../rules/timeline.ts'
import type {
  Conversation,
  InboxActions,
  Message,
  Note,
  NoteActions,
  StaffMember,
  Thread,
  ThreadMessage,
} from '../types.ts'
import { Icon } from './icons.tsx'
import type { BubbleActions } from './message-actions.tsx'
import { MessageBubble } from './message-bubble.tsx'
import { NoteBubble } from './note-bubble.tsx'
import { MissingLine, Notice, Spinner } from './notice.tsx'

type ThreadProps = {
  conversationId: string
  conversation: Conversation | null
  thread: Thread | undefined
  /** The messages to show, this page's own on their way included. */
  messages: readonly ThreadMessage[]
  notes: readonly Note[]
  /** Why notes are missing; null where none are. */
  notesError: string | null
  /** Names of colleagues who are typing here. */
  typing: readonly string[]
  /** Who reads; null where that is not known. */
  userId: string | null
  inbox: InboxActions & Pick<NoteActions, 'staff'>
  actions: BubbleActions
}

/** The messages of the open conversation. Mount it anew for each conversation: its place belongs to one. */
export const ThreadView = memo(function ThreadView(props: ThreadProps) {
  const { conversationId, conversation, thread, messages, notes, notesError, typing, userId, inbox, actions } = props
  const { t } = useTexts()
  const scroll = useThreadScroll(messages)
  const isWhole = thread !== undefined && !thread.loading && thread.before === null
  const shownNotes = useMemo(() => notesInView(notes, messages, isWhole), [notes, messages, isWhole])
  const timeline = useTimeline(messages, shownNotes, conversation?.unread_count ?? null)
  const staff = useStaff(inbox, shownNotes.some(isCalling))
  useMarkRead({
    conversation,
    lastId: useMemo(() => newestStoredId(messages), [messages]),
    isAtEnd: scroll.isAtEnd,
    inbox,
  })
  // After a choice in the list the keyboard goes on here; a page that is just loading does not grab the focus.
  useEffect(() => {
    if (document.activeElement !== document.body) scroll.scroller.current?.focus({ preventScroll: true })
  }, [scroll.scroller])

  return (
    <div className="thread-body">
      <div
        className="thread-scroller"
        data-scroller
        ref={scroll.scroller}
        onScroll={scroll.onScroll}
        tabIndex={0}
        role="region"
        aria-label={t('thread.messages')}
      >
        <div className="thread-content" ref={scroll.content}>
          <ThreadTop thread={thread} count={messages.length} onOlder={() => void inbox.loadOlder(conversationId)} />
          <Timeline
            timeline={timeline}
            messages={messages}
            contactName={conversation?.client_name ?? ''}
            {...{ staff, userId, actions }}
          />
          <ThreadState
            thread={thread}
            missing={missingIn(thread, conversation, notesError)}
            count={messages.length + shownNotes.length}
            onRetry={() => void inbox.openConversation(conversationId)}
          />
        </div>
      </div>
      {!scroll.isAtEnd && (
        <button type="button" className={`to-end${scroll.newCount > 0 ? ' to-end-new' : ''}`} onClick={scroll.toEnd}>
          {scroll.newCount > 0 ? (
            t('thread.new', { n: scroll.newCount })
          ) : (
            <span className="sr-only">{t('thread.to_end')}</span>
          )}
          <Icon name="down" />
        </button>
      )}
      <p className="typing-line" role="status">
        {typing.length > 0 && t('thread.typing', { n: typing.length, names: typing.join(', ') })}
      </p>
    </div>
  )
})

function isCalling({ mentions }: Note): boolean {
  return mentions.length > 0
}

type TimelineState = { days: TimelineDay[]; unreadCount: number }

/** The line "unread" stays where it was when the conversation was opened, also after it has been read. */
function useTimeline(
  messages: readonly ThreadMessage[],
  notes: readonly Note[],
  unreadCount: number | null,
): TimelineState {
  const { format } = useTexts()
  const [unread, setUnread] = useState<{ id: string | null; count: number } | null>(null)
  if (unread === null && messages.length > 0 && unreadCount !== null) {
    setUnread({ id: firstUnreadId(messages, unreadCount), count: unreadCount })
  }
  const days = useMemo(
    () => toTimeline(messages, format.day, unread?.id ?? null, notes),
    [messages, notes, format, unread],
  )
  return { days, unreadCount: unread?.count ?? 0 }
}

type TimelineProps = {
  timeline: TimelineState
  messages: readonly ThreadMessage[]
  contactName: string
  staff: readonly StaffMember[]
  userId: string | null
  actions: BubbleActions
}

function Timeline({ timeline, messages, contactName, staff, userId, actions }: TimelineProps) {
  const { t, format } = useTexts()
  const now = useNow(60_000)
  const [markedId, showMessage] = useMarkedMessage()
  const byExternalId = useMemo(() => new Map(messages.map((message) => [message.external_id, message])), [messages])
  const knownSubjects = useMemo(() => withKnownSubject(messages), [messages])
  return timeline.days.map((day) => (
    <section className="day" key={day.key}>
      <h3 className="day-label">
        <span>{format.dayLabel(day.at, now)}</span>
      </h3>
      {day.entries.map((entry) =>
        entry.kind === 'unread' ? (
          <p className="unread-line" key={entry.key}>
            <span>{t('thread.unread', { n: timeline.unreadCount })}</span>
          </p>
        ) : entry.kind === 'note' ? (
          <NoteBubble key={entry.key} note={entry.note} staff={staff} userId={userId} />
        ) : (
          <MessageBubble
            key={entry.key}
            message={entry.message}
            isRun={entry.isRun}
            quoted={quotedBy(entry.message, byExternalId)}
            isMarked={entry.message.id === markedId}
            isSubjectKnown={knownSubjects.has(entry.message.id)}
            contactName={contactName}
            onQuote={showMessage}
            actions={actions}
          />
        ),
      )}
    </section>
  ))
}

function quotedBy(message: Message, byExternalId: ReadonlyMap<string | null, Message>): Message | null {
  return message.reply_to_external_id === null ? null : (byExternalId.get(message.reply_to_external_id) ?? null)
}

/** Brings a message into view and marks it for a moment. */
function useMarkedMessage(): readonly [string | null, (messageId: string) => void] {
  const [markedId, setMarkedId] = useState<string | null>(null)
  useEffect(() => {
    if (markedId === null) return
    const timer = setTimeout(() => setMarkedId(null), 1600)
    return () => clearTimeout(timer)
  }, [markedId])
  const show = useCallback((messageId: string) => {
    document.querySelector(`[data-message-id="${CSS.escape(messageId)}"]`)?.scrollIntoView({ block: 'center' })
    setMarkedId(messageId)
  }, [])
  return [markedId, show]
}

type TopProps = { thread: Thread | undefined; count: number; onOlder(): void }

function ThreadTop({ thread, count, onOlder }: TopProps) {
  const { t } = useTexts()
  const mark = useRef<HTMLDivElement>(null)
  const canLoad = thread !== undefined && thread.before !== null && !thread.loading && thread.error === null
  useWhenSeen(mark, canLoad ? thread.messages.length : null, onOlder)
  if (thread === undefined || count === 0) return <div className="thread-top" ref={mark} />
  return (
    <div className="thread-top" ref={mark}>
      {thread.before === null && thread.error === null ? <p className="quiet">{t('thread.begin')}</p> : null}
      {thread.before !== null && thread.loading && <Spinner label={t('thread.loading')} />}
      {thread.before !== null && !thread.loading && (
        <button type="button" className="link-button" onClick={onOlder}>
          {t(thread.error === null ? 'thread.older' : 'app.retry')}
        </button>
      )}
    </div>
  )
}

type Missing = 'thread.error' | 'thread.opened_error' | 'thread.notes_error'

/** What could not be loaded, the most important first. Older messages are not meant: the way to them is above. */
function missingIn(
  thread: Thread | undefined,
  conversation: Conversation | null,
  notesError: string | null,
): Missing | null {
  if (thread !== undefined && thread.error !== null && thread.before === null && !thread.loading) return 'thread.error'
  if (conversation === null && thread?.openedError != null) return 'thread.opened_error'
  return notesError === null ? null : 'thread.notes_error'
}

type StateProps = { thread: Thread | undefined; missing: Missing | null; count: number; onRetry(): void }

/** What stands where messages should be while there are none, and under them while something is missing. */
function ThreadState({ thread, missing, count, onRetry }: StateProps) {
  const { t } = useTexts()
  if (thread === undefined || (thread.loading && count === 0)) return <ThreadSkeleton label={t('thread.loading')} />
  if (missing === null) return count > 0 ? null : <Notice icon="inbox" title={t('thread.empty')} />
  if (count === 0) {
    return <Notice icon="alert" title={t(missing)} action={{ label: t('app.retry'), run: onRetry }} />
  }
  return <MissingLine text={t(missing)} retryLabel={t('app.retry')} onRetry={onRetry} />
}

function ThreadSkeleton({ label }: { label: string }) {
  return (
    <div className="thread-skeleton" role="status" aria-label={label}>
      {['in', 'in', 'out', 'in', 'out', 'out'].map((side, index) => (
        <span key={index} className={`bone bone-bubble bone-${side} bone-width-${index % 3}`} />
      ))}
    </div>
  )
}

type MarkRead = { conversation: Conversation | null; lastId: string | null; isAtEnd: boolean; inbox: InboxActions }

/** Read is what somebody could see: the page in front, the end in view. */
function useMarkRead({ conversation, lastId, isAtEnd, inbox }: MarkRead): void {
  const isVisible = usePageVisible()
  const asked = useRef('')
  const id = conversation?.id ?? null
  const isUnread = (conversation?.unread_count ?? 0) > 0
  useEffect(() => {
    if (id === null || lastId === null || !isUnread || !isAtEnd || !isVisible) return
    // Once per newest message: a server that refuses is not asked over and over.
    if (asked.current === lastId) return
    asked.current = lastId
    void inbox.markRead(id)
  }, [id, lastId, isUnread, isAtEnd, isVisible, inbox])
}
