// Trust boundary: the one path for mail, whichever way it comes. Its sender may be told that it is stored only when this
// has answered (G1); whatever cannot be stored right now throws, and the mail has to be sent again.
import type { InboundItem } from '../channels/channel.ts'
import { type Authentication, authenticationOf } from '../channels/email/authentication.ts'
import { type MailOrigin, classify } from '../channels/email/automation.ts'
import { type KnownThread, chooseThread } from '../channels/email/choose-thread.ts'
import { externalIdOf } from '../channels/email/identity.ts'
import type { ShowingPlace } from '../channels/email/image-address.ts'
import { type Mail, mailLimits } from '../channels/email/mail.ts'
import { parseMail } from '../channels/email/parse-mail.ts'
import { verifyReplyToken } from '../channels/email/reply-token.ts'
import { subjectKey } from '../channels/email/subject.ts'
import { type ThreadCandidate, threadCandidates } from '../channels/email/threads.ts'
import { receive } from '../hub/call-hub.ts'
import type { IngestItem, ItemResult } from '../ingest/items.ts'
import { loadConfig } from '../lib/config.ts'
import { log } from '../lib/log.ts'
import { addressKey, splitPlusAddress } from '../lib/addr-spec.ts'
import type { Direction } from '../protocol/words.ts'
import { openDatabase } from '../store/database.ts'
import { type MailAnswer, type ThreadPlace, askAboutMail } from '../store/mail.ts'
import { answerToOf } from './answer-to.ts'
import { type Envelope, keepMail } from './keep-mail.ts'
import { type MailFacts, contactOf, statusAfter, toInboundMessage } from './mail-item.ts'
import { type Mailbox, findMailbox } from './mailbox.ts'
import { textOf } from './mail-text.ts'
import { putMailObjects } from './put-mail-objects.ts'

/** Email Routing's own name in the Authentication-Results that it writes. */
const routingServer = 'mx.cloudflare.net'

export type MailDelivery = {
  envelope: Envelope
  raw: Uint8Array
  receivedAt: number
  /** `routing`: the platform hands it over as it comes. `api`: somebody fetched it elsewhere. `quarantine`: once more. */
  source: 'routing' | 'api' | 'quarantine'
  /** `inbound` unless told; `outbound` for what was found in a folder of sent mail. */
  direction?: Direction
  /** Only mailboxes of this tenant count. */
  tenantId?: string
  /** The server whose word on the sender's identity counts; null: nobody's. The platform's own unless told. */
  authservId?: string | null
}

/** `refused`: it could not be stored and never will; it is in its tenant's quarantine. */
export type MailIntake =
  | { kind: 'taken'; tenantId: string; result: ItemResult }
  | { kind: 'refused'; tenantId: string; reason: string }
  | { kind: 'no_mailbox' }

export async function takeInMail(env: Env, delivery: MailDelivery): Promise<MailIntake> {
  const startedAt = Date.now()
  const mailbox = await findMailbox(openDatabase(env.DB), delivery.envelope.envelope_to)
  if (mailbox === null) return { kind: 'no_mailbox' }
  if (delivery.tenantId !== undefined && delivery.tenantId !== mailbox.channel.tenantId) return { kind: 'no_mailbox' }
  const mail = await parseMail(delivery.raw, mailLimits)
  const intake = await store(env, delivery, { mailbox, mail })
  const { tenantId, id: channelId } = mailbox.channel
  const counts = { size: delivery.raw.byteLength, parts: mail.kind === 'parsed' ? mail.attachments.length : 0 }
  const outcome = intake.kind === 'taken' ? intake.result.outcome : intake.kind
  const of = { tenantId, channelId, source: delivery.source, outcome, form: mail.kind }
  log('info', 'mail.received', { ...of, ...counts, ms: Date.now() - startedAt })
  return intake
}

type Placed = { mailbox: Mailbox; mail: Mail }

async function store(env: Env, delivery: MailDelivery, { mailbox, mail }: Placed): Promise<MailIntake> {
  const { tenantId, id: channelId } = mailbox.channel
  const direction = delivery.direction ?? 'inbound'
  const name = { tenantId, channelId, externalId: externalIdOf(mail, direction) }
  const origin = classify(mail)
  const candidates = await candidatesOf(env, delivery, { mailbox, mail })
  const from = { mail, direction, mailbox: mailbox.address, envelopeFrom: delivery.envelope.envelope_from }
  const auth = authenticate(mail, delivery.authservId)
  const answerTo = await answerToOf(openDatabase(env.DB), { mail, mailbox, direction, auth })
  // Who sent a mail for somebody else has no part in any conversation, and whom it names has not said a word.
  const sender = answerTo === null ? speakerOf(from) : null
  const question = questionOf(candidates, bouncedId(origin))
  const answer = await askAboutMail(env.DB, { ...name, ...question, sender: copiedSender(mailbox, sender) })
  // What is there already is left alone, its objects too: a forged copy must not replace them.
  if (answer.stored !== null) return { kind: 'taken', tenantId, result: duplicate(answer.stored) }
  const bounced = answer.byMailId.get(bouncedId(origin) ?? '')?.find(({ isOurs }) => isOurs)
  const known = knownThreads(candidates, answer, sender)
  const dmarc = direction === 'inbound' ? auth.dmarc : 'none'
  const facts: MailFacts = {
    ...from,
    ...{ name, origin, auth, answerTo, text: textOf(mail, placeOf(env)), receivedAt: delivery.receivedAt },
    isLive: delivery.source === 'routing',
    choice:
      bounced === undefined
        ? chooseThread(candidates, { known, sender, dmarc })
        : { conversation: bounced.conversationId, by: 'bounce' },
  }
  await putMailObjects(env.BUCKET, facts, delivery.raw)
  const status = bounced === undefined ? null : statusAfter(facts, bounced.address)
  const items = [toInboundMessage(facts), ...(status === null ? [] : [status])]
  return handOver(env, delivery, { mailbox, items })
}

async function candidatesOf(env: Env, delivery: MailDelivery, { mailbox, mail }: Placed): Promise<ThreadCandidate[]> {
  const { authSecret } = loadConfig(env)
  return threadCandidates(mail, {
    verifyToken: (text) => verifyReplyToken([authSecret], mailbox.channel.id, text),
    envelopeTo: delivery.envelope.envelope_to,
    receivedAt: delivery.receivedAt,
  })
}

function authenticate({ headers }: Mail, authservId: string | null = routingServer): Authentication {
  return authenticationOf(authservId === null ? [] : headers, authservId ?? '')
}

function placeOf(env: Env): ShowingPlace {
  return { isLocal: loadConfig(env).environment === 'local' }
}

/** The mail that came back, or that somebody complained of. */
function bouncedId(origin: MailOrigin): string | null {
  if (origin.kind === 'bounce') return origin.bounce.originalMessageId
  return origin.kind === 'complaint' ? origin.originalMessageId : null
}

function questionOf(candidates: readonly ThreadCandidate[], bounced: string | null) {
  const mailIds = candidates.flatMap((one) => (one.by === 'message' ? one.messageId : []))
  const subject = candidates.find((one) => one.by === 'subject')
  return {
    mailIds: bounced === null ? mailIds : [...mailIds, bounced],
    conversationIds: candidates.flatMap((one) => (one.by === 'token' ? one.conversationId : [])),
    recent: subject === undefined ? null : { address: subject.participant, since: subject.notBefore },
  }
}

function knownThreads(
  candidates: readonly ThreadCandidate[],
  answer: MailAnswer,
  sender: string | null,
): Record<string, KnownThread[]> {
  const threadOf = ({ conversationId, address, lastMessageAt, isCopied }: ThreadPlace): KnownThread => {
    const participants = isCopied && sender !== null ? [address, sender] : [address]
    return { conversationId, participants, lastMessageAt }
  }
  return Object.fromEntries(candidates.map((one) => [one.key, placesOf(one, answer).map(threadOf)]))
}

function placesOf(candidate: ThreadCandidate, answer: MailAnswer): readonly ThreadPlace[] {
  switch (candidate.by) {
    case 'token':
      return [answer.byConversationId.get(candidate.conversationId) ?? []].flat()
    case 'message':
      return answer.byMailId.get(candidate.messageId) ?? []
    case 'subject':
      return [answer.recent.find(({ subject }) => subjectKey(subject) === candidate.subjectKey) ?? []].flat()
  }
}

/** For whom a mail speaks. What the business sent belongs with the customer that it went to. */
function speakerOf(mail: Parameters<typeof contactOf>[0]): string | null {
  return mail.direction === 'inbound' ? (mail.mail.from?.address ?? null) : contactOf(mail).aliases[0].value
}

/**
 * Whoever a mail of the thread went to may answer it. Not so our own address, to which every one of them went: a mail that
 * comes in under it is either a copy of what we sent or forged.
 */
function copiedSender({ channel, address }: Mailbox, sender: string | null): string | null {
  const parts = splitPlusAddress(addressKey(sender ?? ''))
  if (sender === null || parts === null) return null
  const isOurs = `${parts.local}@${parts.domain}` === address || channel.externalId === `*@${parts.domain}`
  return isOurs ? null : addressKey(sender)
}

function duplicate({ id, conversationId, seq }: NonNullable<MailAnswer['stored']>): ItemResult {
  return { outcome: 'duplicate', messageId: id, conversationId, seq }
}

type Ready = { mailbox: Mailbox; items: InboundItem[] }

/** The message decides; a status that cannot be stored does not hold it up. */
async function handOver(env: Env, delivery: MailDelivery, { mailbox, items }: Ready): Promise<MailIntake> {
  const { tenantId, id, platform } = mailbox.channel
  const channel = { id, platform }
  const ingestItems: IngestItem[] = items.map((item) => ({ channel, item }))
  const [result] = await receive(env, tenantId, ingestItems)
  if (result === undefined) throw new Error('the hub gave no answer')
  if (result.outcome !== 'refused') return { kind: 'taken', tenantId, result }
  const reason = result.code ?? 'item.refused'
  const { envelope, direction, authservId, raw, receivedAt } = delivery
  const kept = { ...envelope, direction, authserv_id: authservId }
  await keepMail(env, { tenantId, reason, kept, raw, receivedAt })
  return { kind: 'refused', tenantId, reason }
}
