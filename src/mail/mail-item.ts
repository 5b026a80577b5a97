import { addressKey } from '../lib/addr-spec.ts'
import type { MailOrigin } from '../channels/email/automation.ts'
import type { Authentication } from '../channels/email/authentication.ts'
import type { ThreadChoice } from '../channels/email/choose-thread.ts'
import type { Mail, MailAddress, MailAttachment } from '../channels/email/mail.ts'
import { needsReading } from '../channels/email/needs-reading.ts'
import { messageOfOwnId } from '../channels/email/own-message-id.ts'
import { clampSentAt } from '../channels/email/sent-at.ts'
import type { Alias, InboundAttachment, InboundMessage, InboundStatus } from '../channels/channel.ts'
import { derivedId } from '../lib/derived-id.ts'
import type { Direction } from '../protocol/words.ts'
import { detailsOf } from './mail-details.ts'
import { type MailName, mailObjectKey } from '../store/mail-objects.ts'
import type { MailText } from './mail-text.ts'

/** A mail with all that was found out about it. Times in epoch ms. */
export type MailFacts = {
  name: MailName
  mail: Mail
  direction: Direction
  mailbox: string
  envelopeFrom: string
  receivedAt: number
  /** It came a moment ago; a mail that is fetched from somewhere is as old as it says. */
  isLive: boolean
  origin: MailOrigin
  auth: Authentication
  choice: ThreadChoice
  /** The customer, where that is not who sent it (see `answer-to.ts`). */
  answerTo: MailAddress | null
  text: MailText
}

/** The mail as ingest takes it. Everything it names in R2 has to be there before. */
export function toInboundMessage(facts: MailFacts): InboundMessage {
  const { name, mail, direction, origin, choice, text, receivedAt } = facts
  const files = filesOf(mail)
  const isSystem = origin.kind === 'bounce' || origin.kind === 'complaint'
  const inConversation = 'conversation' in choice ? choice.conversation : undefined
  return {
    kind: 'message',
    externalId: name.externalId,
    at: facts.isLive ? receivedAt : clampSentAt(mail.sentAt, receivedAt),
    contact: facts.answerTo === null ? contactOf(facts) : contactAt(facts.answerTo.address, facts.answerTo.name),
    thread: threadOf(facts),
    ...(inConversation !== undefined && { inConversation }),
    direction,
    type: isSystem ? 'system' : 'text',
    content: text.content,
    ...(direction === 'outbound' && { sender: { externalId: facts.mailbox }, ...echoOf(mail.messageId) }),
    attachments: [
      ...files.map((file, position) => attachmentOf(name, file, position)),
      ...(text.overflow === null ? [] : [overflowOf(name, text.overflow)]),
    ],
    details: detailsOf(mail, {
      origin,
      auth: facts.auth,
      mailbox: facts.mailbox,
      answerTo: facts.answerTo,
      warning: 'warning' in choice ? choice.warning : undefined,
      hasHtml: text.html !== null,
      blockedImages: text.blockedImages,
      inline: inlineOf(files, text.inlineIds),
      fullText: text.fullText,
    }),
    ...(isSilent(facts) && { silent: true }),
  }
}

/** What the mailbox's own server sent for us. Anything else of the business is a mail like any other. */
function echoOf(messageId: string): Pick<InboundMessage, 'echo'> {
  const reference = messageOfOwnId(messageId)
  return reference === null ? {} : { echo: { reference } }
}

/** Files in the order in which the mail has them. */
export function filesOf(mail: Mail): readonly MailAttachment[] {
  return mail.kind === 'parsed' ? mail.attachments : []
}

function isSilent({ direction, mail, mailbox, choice }: MailFacts): boolean {
  const isAnswer = 'conversation' in choice && (choice.by === 'token' || choice.by === 'message')
  return direction === 'outbound' || !needsReading(mail, { mailbox, isAnswer })
}

/** The customer: who wrote, or whom the business wrote to. The real address, whatever stands beside it. */
export function contactOf({
  mail,
  direction,
  mailbox,
  envelopeFrom,
}: Pick<MailFacts, 'mail' | 'direction' | 'mailbox' | 'envelopeFrom'>): InboundMessage['contact'] {
  const others = [...mail.to, ...mail.cc].filter(({ address }) => addressKey(address) !== mailbox)
  const person = direction === 'outbound' ? others[0] : mail.from
  const address =
    addressKey(person?.address ?? '') || (direction === 'inbound' && addressKey(envelopeFrom)) || 'unknown'
  return contactAt(address, person?.name ?? '')
}

function contactAt(address: string, name: string): InboundMessage['contact'] {
  const alias: Alias = { kind: 'address', value: addressKey(address).slice(0, 320) }
  return { aliases: [alias], ...(name !== '' && { name }) }
}

/**
 * Mails of one thread carry the id of its first one, so they meet in whatever order they come. Whoever is not to be
 * believed gets a thread that nobody else can be in, and so does whoever is only named by somebody else.
 */
function threadOf({ name, mail, auth, choice, answerTo }: MailFacts): string {
  const isSuspect = auth.dmarc === 'fail' || 'warning' in choice
  if (isSuspect || answerTo !== null) return derivedId('mail thread of its own', name.externalId)
  return derivedId('mail thread', mail.references[0] ?? mail.inReplyTo[0] ?? mail.messageId)
}

const shownTypes = ['image', 'audio', 'video'] as const

function attachmentOf(name: MailName, file: MailAttachment, position: number): InboundAttachment {
  const { mimeType, filename, bytes } = file
  return {
    type: shownTypes.find((type) => mimeType.startsWith(`${type}/`)) ?? 'document',
    mimeType,
    filename,
    size: bytes.byteLength,
    source: { objectKey: mailObjectKey(name, `file ${position}`) },
  }
}

function overflowOf(name: MailName, text: Uint8Array): InboundAttachment {
  const source = { objectKey: mailObjectKey(name, 'text') }
  return { type: 'document', mimeType: 'text/plain', filename: 'message.txt', size: text.byteLength, source }
}

function inlineOf(files: readonly MailAttachment[], ids: readonly string[]): { contentId: string; position: number }[] {
  return files.flatMap(({ contentId }, position) =>
    contentId !== null && ids.includes(contentId) ? [{ contentId, position }] : [],
  )
}

/**
 * What a bounce says of the mail that came back; null where it says nothing for good. `answered`: the customer that the
 * mail went to. That another recipient did not get it is no failure.
 */
export function statusAfter({ origin, auth, receivedAt }: MailFacts, answered: string): InboundStatus | null {
  if (origin.kind !== 'bounce' || auth.dmarc === 'fail') return null
  const { originalMessageId: target, deliveries } = origin.bounce
  const isTheirs = (recipient: string | null) => recipient === null || addressKey(recipient) === addressKey(answered)
  const lost = deliveries.find(({ isPermanent, recipient }) => isPermanent && isTheirs(recipient))
  if (target === null || lost === undefined) return null
  const { status, diagnostic } = lost
  const error = {
    code: status ?? 'mail.bounced',
    title: 'This mail could not be delivered.',
    details: diagnostic,
    kind: 'recipient' as const,
  }
  return { kind: 'status', at: receivedAt, targetExternalId: target, status: 'failed', error }
}
