import type { TextKey } from '../i18n/en.ts'
import { useTexts } from '../i18n/use-texts.ts'
import { tickOf, type TickMark } from '../rules/ticks.ts'
import { oneLine } from '../text/clean.ts'
import type { Message } from '../types.ts'
import { Icon } from './icons.tsx'

/** Time, edits and delivery, in the corner of a bubble; below it, why a message was not sent. */
export function MessageMeta({ message }: { message: Message }) {
  const { t, format } = useTexts()
  const tick = tickOf(message)
  return (
    <>
      {tick?.mark === 'cross' && <FailureNote message={message} />}
      <footer className="meta">
        {message.edited_at !== null && message.deleted_at === null && (
          <span title={t('message.edited_at', { time: format.dateTime(message.edited_at) })}>
            {t('message.edited')}
          </span>
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
    </>
  )
}

function FailureNote({ message }: { message: Message }) {
  const { t } = useTexts()
  const reason = [message.error?.title, message.error?.details].filter(Boolean).join(': ')
  const code = oneLine(message.error?.code ?? '', 40)
  return (
    <p className="failure">
      <Icon name="alert" />
      <bdi>{[t('status.failed'), oneLine(reason), code].filter(Boolean).join(' · ')}</bdi>
    </p>
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

/** One chip per emoji; who it was is in its label. */
export function ReactionChips({ reactions }: { reactions: Message['reactions'] }) {
  const { t, format } = useTexts()
  if (reactions.length === 0) return null
  const byEmoji = Map.groupBy(reactions, (reaction) => oneLine(reaction.emoji, 24))
  return (
    <ul className="reactions">
      {Array.from(byEmoji, ([emoji, group]) => (
        <li key={emoji} className="reaction" title={group.map((one) => t(reactorText(one.by), { emoji })).join('\n')}>
          <bdi>{emoji}</bdi>
          {group.length > 1 && <span>{format.number(group.length)}</span>}
        </li>
      ))}
    </ul>
  )
}

function reactorText(by: string): TextKey {
  if (by === 'customer') return 'message.reaction_customer'
  return by === 'business' ? 'message.reaction_business' : 'message.reaction_other'
}
