import { addressKey } from '../lib/addr-spec.ts'
import { makeReplyToken, replyAddress, replyTokenId } from '../channels/email/reply-token.ts'
import { hasReplyPrefix } from '../channels/email/subject.ts'
import type { OutboundMail } from '../channels/outbound.ts'
import { findAnsweredMail } from '../store/mail.ts'
import type { Outgoing } from '../store/outgoing.ts'
import type { OpenChannel } from './open-channel.ts'

/** Where the mails of a conversation are read, and what signs the addresses that answers to ours go to. */
export type MailContext = { d1: D1Database; authSecret: string }

/** What is kept with a mail of a customer (`mail/mail-details.ts`), as far as an answer needs it. */
type AnsweredDetails = { message_id?: unknown; references?: unknown; subject?: unknown; mailbox?: unknown }
/** What its writer said of an answer beside its text. */
type AnswerDetails = { subject?: string; cc?: string[]; bcc?: string[] }

/** A reply as a mail: from whom, in which thread, under which subject. */
export async function toOutboundMail(
  context: MailContext,
  outgoing: Outgoing,
  open: OpenChannel,
): Promise<OutboundMail> {
  const { message, conversation } = outgoing
  const { tenantId } = message
  const answered = await findAnsweredMail(context.d1, {
    tenantId,
    channelId: message.channelId,
    conversationId: conversation.id,
    externalId: message.replyToExternalId,
  })
  const details: AnsweredDetails = answered?.details ?? {}
  const own: AnswerDetails = message.details
  const address = senderOf(open, details)
  const inReplyTo = textOf(details.message_id) ?? outboundId(answered?.externalId)
  const { replyTo, tokenId } = await tokenOf(context, open, { address, conversationId: conversation.id })
  const before = textsOf(details.references)
  return {
    from: { address, name: open.channel.name === open.channel.externalId ? '' : open.channel.name },
    subject: own.subject ?? answerSubject(textOf(details.subject) ?? ''),
    cc: own.cc ?? [],
    bcc: own.bcc ?? [],
    replyTo,
    inReplyTo,
    references: [...new Set([...before, tokenId, inReplyTo].filter((id) => id !== null))],
    signature: open.io.credentials['signature'] ?? '',
  }
}

/** A catch-all answers by the address that was written to. */
function senderOf({ channel, io }: OpenChannel, { mailbox }: AnsweredDetails): string {
  if (!channel.externalId.startsWith('*@')) return addressKey(channel.externalId)
  return addressKey(textOf(mailbox) ?? io.credentials['from'] ?? '')
}

/** Of a mail that the business sent itself, the external id is its Message-ID. */
function outboundId(externalId: string | undefined): string | null {
  return externalId === undefined || externalId.includes(' ') ? null : externalId
}

/** Of the channel credentials, `reply_token: off` keeps tokens out of both places: for relays that know no plus-addresses. */
async function tokenOf(
  { authSecret }: MailContext,
  { channel, io }: OpenChannel,
  { address, conversationId }: { address: string; conversationId: string },
): Promise<{ replyTo: string | null; tokenId: string | null }> {
  if (io.credentials['reply_token'] === 'off') return { replyTo: null, tokenId: null }
  const replyToken = await makeReplyToken(authSecret, { channelId: channel.id, conversationId })
  return { replyTo: replyAddress(address, replyToken), tokenId: replyTokenId(address, replyToken) }
}

function answerSubject(subject: string): string {
  if (subject === '') return 'Re:'
  return hasReplyPrefix(subject) ? subject : `Re: ${subject}`
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
