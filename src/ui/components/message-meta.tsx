import type { TextKey } from '../i18n/en.ts'
import { useTexts } from '../i18n/use-texts.ts'
import { readPoll } from '../rules/chat-details.ts'
import { tickOf, type TickMark } from '../rules/ticks.ts'
import { oneLine } from '../text/clean.ts'
import type { Message, ThreadMessage } from '../types.ts'
import { type BubbleActions, ownReaction } from './message-actions.tsx'

/** Time, edits and delivery, in the corner of a bubble. A poll changes with every vote, which is no edit. */
export function MessageMeta({ message }: { message: ThreadMessage }) {
  const { t, format } = useTexts()
  const tick = tickOf(message)
  return (
    <footer className="meta">
      {message.edited_at !== null && message.deleted_at === null && readPoll(message.details) === null && (
        <span title={t('message.edited_at', { time: format.dateTime(message.edited_at) })}>{t('message.edited')}</span>
      )}
      <time dateTime={message.created_at} title={format.dateTime(message.created_at)}>
        {format.time(message.created_at)}
      </time>
      {tick !== null && (
        <span className={`tick tick-${tick.mark}${tick.isSeen ? ' tick-seen' : ''}`} title={t(tick.label)}>
          <TickSign mark={tick.mark} />
          <span className="sr-only">{t(tick.label)}</span>
        </span>
      )}
    </footer>
  )
}

const signs: Readonly<Record<TickMark, string>> = {
  clock: 'M8 4.5v3.8l2.5 1.5M13.5 8a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0z',
  question: 'M6 6.2a2 2 0 1 1 2.8 1.8c-.5.2-.8.6-.8 1.2M8 11.3h.01M13.5 8a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0z',
  one: 'M4 8.5l3 3 6-7',
  two: 'M1.5 8.5l3 3 6-7M8 11l.5.5 6-7',
  cross: 'M8 4.7v4M8 11.2h.01M13.5 8a5.5 5.5 0 1 1-11 0 5.5 5.5 0 0 1 11 0z',
}

function TickSign({ mark }: { mark: TickMark }) {
  return (
    <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={signs[mark]} />
    </svg>
  )
}

type ReactionProps = { message: Message; onReact: BubbleActions['react'] }

/** One chip per emoji; who it was is in its label. Ours is a button that takes it back. */
export function ReactionChips({ message, onReact }: ReactionProps) {
  const { t, format } = useTexts()
  const { reactions } = message
  if (reactions.length === 0) return null
  const byEmoji = Map.groupBy(reactions, (reaction) => oneLine(reaction.emoji, 24))
  const own = ownReaction(message)
  return (
    <ul className="reactions">
      {Array.from(byEmoji, ([emoji, group]) => {
        const who = group.map((one) => t(reactorText(one.by), { emoji })).join('\n')
        const count = group.length > 1 && <span>{format.number(group.length)}</span>
        const isOurs = own !== null && oneLine(own, 24) === emoji
        return (
          <li key={emoji} className={`reaction${isOurs ? ' reaction-own' : ''}`} title={who}>
            {isOurs && onReact !== undefined ? (
              <button type="button" aria-label={t('action.unreact', { emoji })} onClick={() => onReact(message, null)}>
                <bdi>{emoji}</bdi> {count}
              </button>
            ) : (
              <>
                <bdi>{emoji}</bdi> {count}
              </>
            )}
          </li>
        )
      })}
    </ul>
  )
}

function reactorText(by: string): TextKey {
  if (by === 'customer') return 'message.reaction_customer'
  return by === 'business' ? 'message.reaction_business' : 'message.reaction_other'
}
