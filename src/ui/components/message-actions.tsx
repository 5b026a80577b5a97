import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { useTexts } from '../i18n/use-texts.ts'
import type { ThreadMessage } from '../types.ts'
import { Icon } from './icons.tsx'

/** What can be done with messages. Those that a channel does not offer are missing. The functions never change. */
export type BubbleActions = {
  reply?: (message: ThreadMessage) => void
  react?: (message: ThreadMessage, emoji: string | null) => void
  retry(message: ThreadMessage): void
  discard(message: ThreadMessage): void
  retryFile(attachmentId: string): void
}

/** Those that an answer of one sign mostly is; the rest is what the field is for. */
const emojis = ['👍', '❤️', '🙏', '😂', '😮', '😢', '✅']

/** Our own reaction to a message, or null. */
export function ownReaction({ reactions }: Pick<ThreadMessage, 'reactions'>): string | null {
  return reactions.find(({ by }) => by === 'business')?.emoji ?? null
}

/** Beside a bubble, while it is looked at: answer it, react to it. */
export function MessageActions({ message, actions }: { message: ThreadMessage; actions: BubbleActions }) {
  const { t } = useTexts()
  const { reply, react } = actions
  // The platform has to know the message too.
  const isKnown = message.external_id !== null && message.deleted_at === null
  if (!isKnown || (reply === undefined && react === undefined)) return null
  return (
    <div className="actions">
      {reply !== undefined && (
        <button
          type="button"
          className="action"
          aria-label={t('action.reply')}
          title={t('action.reply')}
          onClick={() => reply(message)}
        >
          <Icon name="reply" />
        </button>
      )}
      {react !== undefined && <ReactButton message={message} onReact={react} />}
    </div>
  )
}

type ReactProps = { message: ThreadMessage; onReact: NonNullable<BubbleActions['react']> }

function ReactButton({ message, onReact }: ReactProps) {
  const { t } = useTexts()
  const [isOpen, setIsOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const close = () => {
    setIsOpen(false)
    button.current?.focus({ preventScroll: true })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || !isOpen) return
    event.preventDefault()
    close()
  }
  return (
    <span className="react" onKeyDown={onKeyDown}>
      <button
        ref={button}
        type="button"
        className="action"
        aria-label={t('action.react')}
        aria-expanded={isOpen}
        title={t('action.react')}
        onClick={() => setIsOpen(!isOpen)}
      >
        <Icon name="smile" />
      </button>
      {isOpen && (
        <EmojiRow
          own={ownReaction(message)}
          onChoose={(emoji) => {
            onReact(message, emoji)
            close()
          }}
          onLeave={() => setIsOpen(false)}
        />
      )}
    </span>
  )
}

type EmojiProps = { own: string | null; onChoose(emoji: string | null): void; onLeave(): void }

function EmojiRow({ own, onChoose, onLeave }: EmojiProps) {
  const { t } = useTexts()
  const row = useRef<HTMLSpanElement>(null)
  useEffect(() => row.current?.querySelector('button')?.focus({ preventScroll: true }), [])
  useEffect(() => {
    const onPress = (event: Event) => {
      if (event.target instanceof Node && row.current?.parentElement?.contains(event.target) === false) onLeave()
    }
    document.addEventListener('pointerdown', onPress)
    return () => document.removeEventListener('pointerdown', onPress)
  }, [onLeave])
  const onArrow = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    const buttons = Array.from(row.current?.querySelectorAll('button') ?? [])
    const at = buttons.findIndex((button) => button === document.activeElement)
    if (step === 0 || at < 0) return
    event.preventDefault()
    buttons[(at + step + buttons.length) % buttons.length]?.focus({ preventScroll: true })
  }
  return (
    <span className="emojis" ref={row} role="group" aria-label={t('action.reactions')} onKeyDown={onArrow}>
      {emojis.map((emoji) => (
        <button
          type="button"
          key={emoji}
          className="emoji"
          aria-pressed={emoji === own}
          aria-label={t(emoji === own ? 'action.unreact' : 'action.react_with', { emoji })}
          onClick={() => onChoose(emoji === own ? null : emoji)}
        >
          {emoji}
        </button>
      ))}
    </span>
  )
}
