// Trust boundary: the one path for mail, whichever way it comes. Its sender may be told that it is stored only when this
// has answered (G1); whatever cannot be stored right now throws, and the mail has to be sent again.
import type { InboundItem } from '../channels/channel.ts'
import { type Authentication, type Verdict, authenticationOf } from '../channels/email/authentication.ts'
import { type MailOrigin, classify } from '../channels/email/automation.ts'
import { type KnownThread, chooseThread } from '../channels/email/choose-thread.ts'
import { externalIdOf } from '../channels/email/identity.ts'
import { type Mail, mailLimits } from '../channels/email/mail.ts'
import { parseMail } from '../channels/email/parse-mail.ts'
import { verifyReplyToken } from '../channels/email/reply-token.ts'
import { subjectKey } from '../channels/email/subject.ts'
import { type ThreadCandidate, threadCandidates } from '../channels/email/threads.ts'
import { receive } from '../hub/call-hub.ts'
import type { IngestItem, ItemResult } from '../ingest/items.ts'
import { loadConfig } from '../lib/config.ts'
import { log } from '../lib/log.ts'
import type { Direction } from '../protocol/words.ts'
import { openDatabase } from '../store/database.ts'
import { type MailAnswer, type ThreadPlace, askAboutMail } from '../store/mail.ts'
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
  const answer = await askAboutMail(env.DB, { ...name, ...questionOf(candidates, bouncedId(origin)) })
  // What is there already is left alone, its objects too: a forged copy must not replace them.
  if (answer.stored !== null) return { kind: 'taken', tenantId, result: duplicate(answer.stored) }
  const auth = authenticate(mail, delivery.authservId)
  const from = { mail, direction, mailbox: mailbox.address, envelopeFrom: delivery.envelope.envelope_from }
  const bounced = answer.byMailId.get(bouncedId(origin) ?? '')
  const known = knownThreads(candidates, answer)
  const facts: MailFacts = {
    ...from,
    ...{ name, origin, auth, text: textOf(mail), receivedAt: delivery.receivedAt },
    isLive: delivery.source === 'routing',
    choice:
      bounced?.isOurs === true
        ? { conversation: bounced.conversationId }
        : chooseThread(candidates, { known, ...speakerOf(from, auth.dmarc) }),
  }
  await putMailObjects(env.BUCKET, facts, delivery.raw)
  const status = bounced?.isOurs === true ? statusAfter(facts, bounced.address) : null
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

function knownThreads(candidates: readonly ThreadCandidate[], answer: MailAnswer): Record<string, KnownThread> {
  const known: Record<string, KnownThread> = {}
  for (const candidate of candidates) {
    const place = placeOf(candidate, answer)
    if (place === undefined) continue
    const { conversationId, address, lastMessageAt } = place
    known[candidate.key] = { conversationId, participants: [address], lastMessageAt }
  }
  return known
}

function placeOf(candidate: ThreadCandidate, answer: MailAnswer): ThreadPlace | undefined {
  switch (candidate.by) {
    case 'token':
      return answer.byConversationId.get(candidate.conversationId)
    case 'message':
      return answer.byMailId.get(candidate.messageId)
    case 'subject':
      return answer.recent.find(({ subject }) => subjectKey(subject) === candidate.subjectKey)
  }
}

/** For whom a mail speaks. What the business sent belongs with the customer that it went to. */
function speakerOf(mail: Parameters<typeof contactOf>[0], dmarc: Verdict): { sender: string | null; dmarc: Verdict } {
  if (mail.direction === 'inbound') return { sender: mail.mail.from?.address ?? null, dmarc }
  return { sender: contactOf(mail).aliases[0].value, dmarc: 'none' }
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
  const { envelope, raw, receivedAt } = delivery
  await keepMail(env, { tenantId, reason, envelope, raw, receivedAt })
  return { kind: 'refused', tenantId, reason }
}
