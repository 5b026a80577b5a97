import { type RefObject, useCallback, useRef, useState } from 'react'
import { useNow } from '../hooks/use-now.ts'
import { useWhenSeen } from '../hooks/use-visible.ts'
import { useTexts } from '../i18n/use-texts.ts'
import { isEverything } from '../rules/query.ts'
import type { ConversationQuery, InboxActions, InboxState } from '../types.ts'
import { ConversationRow } from './conversation-row.tsx'
import { ListFilters } from './list-filters.tsx'
import { MissingLine, Notice, Spinner } from './notice.tsx'

type ListProps = {
  state: InboxState
  openId: string | null
  inbox: InboxActions
  onOpen(conversationId: string): void
  searchBox: RefObject<HTMLInputElement | null>
}

/** The left pane: search, filters and the conversations, newest first. */
export function ConversationList({ state, openId, inbox, onOpen, searchBox }: ListProps) {
  const { t } = useTexts()
  const [resets, setResets] = useState(0)
  const onQuery = useCallback((query: ConversationQuery) => void inbox.setQuery(query), [inbox])
  const onClear = () => {
    setResets(resets + 1)
    onQuery({})
  }
  return (
    <section className="list-pane" aria-label={t('list.title')}>
      <ListFilters key={resets} query={state.query} channels={state.channels} onQuery={onQuery} searchBox={searchBox} />
      <div className="list-scroller" data-scroller>
        <ListState state={state} onRetry={() => onQuery(state.query)} onClear={onClear} />
        <Rows state={state} openId={openId} onOpen={onOpen} />
        <ListEnd state={state} onMore={() => void inbox.loadMoreConversations()} />
      </div>
    </section>
  )
}

function Rows({ state, openId, onOpen }: Pick<ListProps, 'state' | 'openId' | 'onOpen'>) {
  const { t, format } = useTexts()
  const now = useNow(20_000)
  if (state.conversations.length === 0) return null
  return (
    <ul className="rows" aria-label={t('list.title')} aria-busy={state.conversationsLoading}>
      {state.conversations.map((conversation) => (
        <ConversationRow
          key={conversation.id}
          conversation={conversation}
          isOpen={conversation.id === openId}
          timeLabel={conversation.last_message_at === null ? '' : format.listTime(conversation.last_message_at, now)}
          typingName={typingIn(state, conversation.id)[0] ?? ''}
          onOpen={onOpen}
        />
      ))}
    </ul>
  )
}

/** Names of the colleagues who are typing in a conversation. */
export function typingIn(state: Pick<InboxState, 'typing' | 'me'>, conversationId: string): string[] {
  return state.typing
    .filter((entry) => entry.conversationId === conversationId && entry.userId !== state.me?.user_id)
    .map((entry) => entry.name)
}

type ListStateProps = { state: InboxState; onRetry(): void; onClear(): void }

/** What stands in the place of rows while there are none, or above those of before while the right ones are missing. */
function ListState({ state, onRetry, onClear }: ListStateProps) {
  const { t } = useTexts()
  const { conversations, conversationsCursor, conversationsLoading, conversationsError } = state
  // A page of the past that is missing is told of at the end, where it belongs.
  if (conversations.length > 0 && (conversationsError === null || conversationsCursor !== null)) return null
  if (conversationsLoading) return <ListSkeleton />
  if (conversationsError !== null && conversations.length > 0) {
    return <MissingLine text={t('list.error')} retryLabel={t('app.retry')} onRetry={onRetry} />
  }
  if (conversationsError !== null) {
    return <Notice icon="alert" title={t('list.error')} action={{ label: t('app.retry'), run: onRetry }} />
  }
  if (isEverything(state.query))
    return <Notice icon="inbox" title={t('list.empty_title')} text={t('list.empty_text')} />
  const action = { label: t('list.none_clear'), run: onClear }
  return <Notice icon="search" title={t('list.none_title')} text={t('list.none_text')} action={action} />
}

function ListSkeleton() {
  const { t } = useTexts()
  return (
    <div className="list-skeleton" role="status" aria-label={t('list.loading')}>
      {Array.from({ length: 8 }, (_, index) => (
        <div className="bone-row" key={index}>
          <span className="bone bone-disc" />
          <span className="bone-lines">
            <span className="bone bone-line" />
            <span className="bone bone-line bone-line-short" />
          </span>
        </div>
      ))}
    </div>
  )
}

/** Loads the next page when the reader comes near; the button is for those who get there otherwise, and after an error. */
function ListEnd({ state, onMore }: { state: InboxState; onMore(): void }) {
  const { t } = useTexts()
  const mark = useRef<HTMLDivElement>(null)
  const { conversations, conversationsCursor, conversationsLoading, conversationsError } = state
  const hasMore = conversationsCursor !== null && conversations.length > 0
  const isSettled = !conversationsLoading && conversationsError === null
  const canLoad = hasMore && isSettled
  const isAll = !hasMore && isSettled
  useWhenSeen(mark, canLoad ? conversations.length : null, onMore)
  return (
    <div className="list-end" ref={mark}>
      {conversations.length > 0 && conversationsLoading && <Spinner label={t('list.loading')} />}
      {hasMore && conversationsError !== null && <p className="quiet">{t('list.error')}</p>}
      {hasMore && !conversationsLoading && (
        <button type="button" className="link-button" onClick={onMore}>
          {t(conversationsError === null ? 'list.more' : 'app.retry')}
        </button>
      )}
      {isAll && conversations.length > 8 && <p className="quiet">{t('list.end')}</p>}
    </div>
  )
}
