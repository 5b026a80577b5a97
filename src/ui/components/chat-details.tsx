import { useTexts } from '../i18n/use-texts.ts'
import { type PollOption, readForward, readHiddenLinks, readList, readPoll } from '../rules/chat-details.ts'
import { oneLine } from '../text/clean.ts'
import type { Message } from '../types.ts'
import { Icon } from './icons.tsx'
import { OutsideLink } from './linked-text.tsx'

/** A poll with its votes so far, or a list of things to do; nothing for other messages. */
export function ChatCard({ message }: { message: Message }) {
  const poll = readPoll(message.details)
  const list = poll === null ? readList(message.details) : null
  if (poll === null && list === null) return null
  const total = poll?.options.reduce((sum, { votes }) => sum + (votes ?? 0), 0) ?? 0
  return (
    <div className="detail-card">
      <Icon name="template" className="icon detail-icon" />
      <div className="detail-lines">
        <bdi className="detail-title">{oneLine(poll?.question ?? list?.title ?? '', 500)}</bdi>
        {poll?.options.map((option, index) => (
          <PollLine key={index} option={option} total={total} />
        ))}
        {list?.items.map(({ text, isDone }, index) => (
          <span key={index}>
            {isDone ? '☑' : '☐'} <bdi>{oneLine(text, 300)}</bdi>
          </span>
        ))}
        <PollState isClosed={poll?.isClosed === true} />
      </div>
    </div>
  )
}

function PollLine({ option, total }: { option: PollOption; total: number }) {
  const { t } = useTexts()
  const { text, votes, isChosen, isCorrect } = option
  return (
    <span className="order-item">
      <bdi>
        {isCorrect && '✓ '}
        {oneLine(text, 300)}
        {isChosen && ` (${t('poll.chosen')})`}
      </bdi>
      {votes !== null && <span className="detail-note">{t('poll.votes', { n: votes })}</span>}
      {votes !== null && total > 0 && (
        <progress className="upload-bar poll-share" max={total} value={votes} aria-hidden="true" />
      )}
    </span>
  )
}

function PollState({ isClosed }: { isClosed: boolean }) {
  const { t } = useTexts()
  return isClosed ? <span className="detail-note">{t('poll.closed')}</span> : null
}

/** That a message was passed on, and from whom. */
export function ForwardNote({ message }: { message: Message }) {
  const { t } = useTexts()
  const from = readForward(message.details)
  if (from === null) return null
  const name = oneLine(from, 120)
  return (
    <div className="detail-label">
      <Icon name="reply" /> <bdi>{name === '' ? t('message.forwarded') : t('message.forwarded_from', { name })}</bdi>
    </div>
  )
}

/** Where the words lead that hide a link: said beside them, since nobody can judge what they cannot see. */
export function HiddenLinks({ message }: { message: Message }) {
  return readHiddenLinks(message).map(({ words, href }, index) => (
    <div className="detail-label" key={index}>
      <Icon name="link" /> <bdi>{oneLine(words, 60)}</bdi>
      <OutsideLink href={href} text={new URL(href).host} />
    </div>
  ))
}
