import { memo } from 'react'
import { useTexts } from '../i18n/use-texts.ts'
import { readQuotedWords, readService } from '../rules/chat-details.ts'
import { readSubject } from '../rules/details.ts'
import { readMail } from '../rules/mail.ts'
import { oneLine } from '../text/clean.ts'
import type { Message, ThreadMessage } from '../types.ts'
import { AttachmentView } from './attachment.tsx'
import { ForwardNote, HiddenLinks } from './chat-details.tsx'
import { Icon } from './icons.tsx'
import { LocalFile } from './local-file.tsx'
import { MailBody, MailCopies, MailDownload, MailHead } from './mail-parts.tsx'
import { type BubbleActions, MessageActions } from './message-actions.tsx'
import { isContentCovered, MessageDetails, ReferralNote, SentButtons, SharedThings } from './message-details.tsx'
import { MessageMeta, ReactionChips } from './message-meta.tsx'
import { MessageText } from './message-text.tsx'
import { Quote } from './quote.tsx'
import { SendTroubleNote } from './send-trouble.tsx'

type BubbleProps = {
  message: ThreadMessage
  /** Goes on from the bubble above it. */
  isRun: boolean
  /** The message this one answers, if it is loaded. */
  quoted: Message | null
  isMarked: boolean
  /** The mail above has the same subject. */
  isSubjectKnown: boolean
  /** The contact's name, which need not be repeated over each of their messages. */
  contactName: string
  onQuote(messageId: string): void
  actions: BubbleActions
}

/** One message of a thread. */
export const MessageBubble = memo(function MessageBubble(props: BubbleProps) {
  const { message, isRun, isMarked, contactName, actions } = props
  if (message.type === 'system' && message.deleted_at === null) return <SystemNote message={message} />
  const side = message.direction === 'outbound' ? 'out' : 'in'
  const look = isBare(message) ? 'bubble bubble-bare' : 'bubble'
  const line = `line line-${side}${isRun ? ' line-run' : ''}${isMarked ? ' line-marked' : ''}`
  return (
    <article className={line} data-message-id={message.id}>
      <div className="line-row">
        <div className={look}>
          {!isRun && <SenderName message={message} contactName={contactName} />}
          {message.deleted_at === null ? <Body {...props} /> : <Tombstone />}
          <SendTroubleNote message={message} actions={actions} />
          <MessageMeta message={message} />
        </div>
        <MessageActions message={message} actions={actions} />
      </div>
      {message.deleted_at === null && <ReactionChips message={message} onReact={actions.react} />}
    </article>
  )
})

function Body({ message, quoted, isSubjectKnown, onQuote, actions }: BubbleProps) {
  const { t } = useTexts()
  const subject = oneLine(readSubject(message.details))
  const mail = readMail(message.details)
  const hasText = hasOwnText(message)
  // A mail without text has its subject for one.
  const isSubjectShown = subject !== '' && !isSubjectKnown && !(hasText && oneLine(message.content) === subject)
  const isEmpty = message.content === '' && message.attachments.length === 0 && isPlain(message)
  return (
    <>
      <ForwardNote message={message} />
      {message.reply_to_external_id !== null && (
        <Quote quoted={quoted} words={readQuotedWords(message.details)} onQuote={onQuote} />
      )}
      <ReferralNote message={message} />
      {isSubjectShown && <bdi className="message-subject">{subject}</bdi>}
      {mail === null ? <MailCopies details={message.details} /> : <MailHead mail={mail} />}
      <Files message={message} onRetry={actions.retryFile} />
      <MessageDetails message={message} />
      <SharedThings message={message} />
      {message.type === 'unsupported' && <p className="message-note">{t('message.unsupported')}</p>}
      {hasText && mail === null && <MessageText text={message.content} />}
      <HiddenLinks message={message} />
      {mail !== null && <MailBody id={message.id} content={hasText ? message.content : ''} mail={mail} />}
      <SentButtons message={message} />
      {isEmpty && !isSubjectShown && <p className="message-note">{t('message.empty')}</p>}
    </>
  )
}

function Files({ message, onRetry }: { message: ThreadMessage; onRetry(attachmentId: string): void }) {
  const files = message.local?.uploads ?? message.attachments
  const shown =
    message.local === undefined
      ? message.attachments.map((one) => <AttachmentView key={one.id} attachment={one} onRetry={onRetry} />)
      : message.local.uploads.map((one) => <LocalFile key={one.id} upload={one} />)
  const isAlbum = files.length > 1 && files.every(({ type }) => type === 'image' || type === 'video')
  return isAlbum ? <div className="file-album">{shown}</div> : shown
}

function SystemNote({ message }: { message: Message }) {
  const { t, format } = useTexts()
  const mail = readMail(message.details)
  const service = readService(message.details)
  const words = service === null ? message.content : t(service.key, service.values)
  return (
    <p className="system-note" data-message-id={message.id} title={format.dateTime(message.created_at)}>
      {mail?.automated != null && `${t(mail.automated)}: `}
      <bdi>{oneLine(words, 500) || t('message.empty')}</bdi>
      {mail !== null && <MailDownload id={message.id} />}
    </p>
  )
}

function Tombstone() {
  const { t } = useTexts()
  return (
    <p className="message-note">
      <Icon name="trash" /> {t('message.deleted')}
    </p>
  )
}

/** Who it was, where that is not plain from the side: a member of a group, a colleague, another device. */
function SenderName({ message, contactName }: { message: Message; contactName: string }) {
  const name = oneLine(message.sender?.name ?? '', 80)
  return name === '' || name === oneLine(contactName, 80) ? null : <bdi className="sender">{name}</bdi>
}

function isPlain(message: Message): boolean {
  return (
    message.type !== 'unsupported' && ['text', 'image', 'audio', 'video', 'document', 'sticker'].includes(message.type)
  )
}

/** Whether there is a text beside what the rest of the bubble shows. */
function hasOwnText(message: Message): boolean {
  return message.content !== '' && !isContentCovered(message)
}

/** A sticker stands for itself, without a bubble. */
function isBare(message: Message): boolean {
  return message.type === 'sticker' && !hasOwnText(message) && message.attachments[0]?.state === 'ready'
}
