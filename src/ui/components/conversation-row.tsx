import { memo, type MouseEvent } from 'react'
import { useTexts } from '../i18n/use-texts.ts'
import { pathOf } from '../route.ts'
import { oneLine } from '../text/clean.ts'
import type { Conversation } from '../types.ts'
import { Avatar } from './avatar.tsx'

type RowProps = {
  conversation: Conversation
  isOpen: boolean
  /** A text, not a clock: rows are drawn again only when it changes. */
  timeLabel: string
  /** The colleague who is typing here, or ''. */
  typingName: string
  onOpen(conversationId: string): void
}

/** One conversation in the list. A real link, so that it can be opened in a new tab. */
export const ConversationRow = memo(function ConversationRow(props: RowProps) {
  const { conversation, isOpen, timeLabel, onOpen } = props
  const { t, format } = useTexts()
  const name = oneLine(conversation.client_name, 120) || oneLine(conversation.external_id, 120) || t('list.no_name')
  const isUnread = conversation.unread_count > 0
  const onClick = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    event.preventDefault()
    onOpen(conversation.id)
  }
  return (
    <li>
      <a
        className={`row${isUnread ? ' row-unread' : ''}`}
        href={pathOf(conversation.id)}
        aria-current={isOpen ? 'true' : undefined}
        onClick={onClick}
      >
        <Avatar
          name={name}
          seed={conversation.id}
          platform={conversation.platform}
          picture={conversation.picture_url}
        />
        <span className="row-facts">
          <span className="row-line">
            <bdi className="row-name">{name}</bdi>
            {conversation.last_message_at !== null && (
              <time dateTime={conversation.last_message_at} title={format.dateTime(conversation.last_message_at)}>
                {timeLabel}
              </time>
            )}
          </span>
          <span className="row-line">
            <RowPreview {...props} />
            {conversation.status === 'closed' && <span className="tag">{t('list.closed')}</span>}
            {isUnread && <UnreadBadge count={conversation.unread_count} />}
          </span>
        </span>
      </a>
    </li>
  )
})

function RowPreview({ conversation, typingName }: RowProps) {
  const { t } = useTexts()
  if (typingName !== '') return <span className="row-preview row-typing">{t('list.typing', { name: typingName })}</span>
  const preview = oneLine(conversation.last_message_preview, 160) || t('list.no_preview')
  const isOurs = conversation.last_message_direction === 'outbound'
  return (
    <span className="row-preview" dir="auto">
      {isOurs ? t('list.you', { text: preview }) : preview}
    </span>
  )
}

function UnreadBadge({ count }: { count: number }) {
  const { t } = useTexts()
  return (
    <span className="badge">
      <span aria-hidden="true">{count > 99 ? '99+' : count}</span>
      <span className="sr-only">{t('list.unread_count', { n: count })}</span>
    </span>
  )
}
