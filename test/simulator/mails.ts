import type { Random } from './random.ts'
import type { ReplyOperation, ReplyPlan } from './replies.ts'
import { historyStart } from './world.ts'

/**
 * A mail that a customer writes, or that their server sends back. `follow_up`: the next one of the same thread. `twin`:
 * another mail under the id of the first one, as broken programs send them. `answer` and `bounce` are about our reply.
 */
export type MailPlan = { key: string; tenant: number; kind: MailKind; text: string; hasFile: boolean }
export type MailKind = 'letter' | 'follow_up' | 'twin' | 'answer' | 'bounce'

/** A mail comes by one of the two ways there are, `copies` times at once. */
export type MailOperation = { kind: 'mail'; mail: string; by: MailWay; copies: number; isAwaited: boolean }
export type MailWay = 'routing' | 'api'

/** What the relay has sent for us, or has refused (`id` is null): one line for each request. */
export type Mailed = {
  from: string
  text: string
  id: string | null
  isRefused: boolean
  /** Where an answer to it goes, and what that names. */
  replyTo: string
  references: string
}

/** A mail as it goes over the wire. */
export type Letter = MailPlan & { id: string; raw: string; from: string; to: string }

const stories = { none: 4, follow_up: 2, twin: 1, answer: 2, bounce: 3 } as const

/** The mails of one tenant in a history, if any, and the reply to them. */
export function inventMails(random: Random, tenants: number): { mails: MailPlan[]; replies: ReplyPlan[] } {
  const tenant = random.int(0, tenants - 1)
  const story = random.weighted(stories)
  if (story === 'none') return { mails: [], replies: [] }
  const mail = (kind: MailKind): MailPlan => {
    const key = `mail ${tenant}:${kind}`
    return { key, tenant, kind, text: `${kind} of tenant ${tenant}`, hasFile: kind !== 'bounce' && random.chance(0.4) }
  }
  const key = `reply ${tenant}:mail`
  const reply: ReplyPlan = { key, tenant, via: 'email', contact: 0, content: `${key} of tenant ${tenant}` }
  const isAnswered = story === 'answer' || story === 'bounce' || random.chance(0.7)
  return { mails: [mail('letter'), mail(story)], replies: isAnswered ? [reply] : [] }
}

/** Each mail once, in any order, and some of them again; the reply in between. */
export function planMails(
  random: Random,
  { mails, replies }: ReturnType<typeof inventMails>,
): (MailOperation | ReplyOperation)[] {
  const again = random.shuffle(mails).slice(0, random.int(0, mails.length))
  const come = random.shuffle([...mails, ...again]).map(({ key }): MailOperation => {
    const by = random.pick(['routing', 'routing', 'api'] as const)
    return { kind: 'mail', mail: key, by, copies: random.pick([1, 1, 2, 5]), isAwaited: random.chance(0.6) }
  })
  const sends = replies.map(({ key }): ReplyOperation => ({ kind: 'reply', reply: key, copies: 1, isAwaited: true }))
  return [...come.slice(0, 2), ...sends, ...come.slice(2)]
}

const customer = 'person@client.example'

/**
 * The mail as it is sent; null where there is nothing yet that it could be about. `about`: what the relay has of our
 * reply.
 */
export function writeLetter(plan: MailPlan, mailbox: string, about: Mailed | null): Letter | null {
  const { kind, tenant } = plan
  const first = `letter.${tenant}@client.example`
  const id = kind === 'twin' ? first : `${kind}.${tenant}@client.example`
  const isAbout = kind === 'answer' || kind === 'bounce'
  if (isAbout && about?.id == null) return null
  const thread =
    kind === 'follow_up' ? [first] : kind === 'answer' ? [...idsIn(about?.references ?? ''), about?.id] : []
  const sender = kind === 'bounce' ? 'MAILER-DAEMON@relay.example' : customer
  const to = kind === 'answer' ? (about?.replyTo ?? mailbox) : mailbox
  const lines = [
    `From: ${sender}`,
    `To: ${to}`,
    `Subject: ${kind === 'letter' || kind === 'twin' ? '' : 'Re: '}A question to tenant ${tenant}`,
    // Long ago for every clock.
    `Date: ${new Date(historyStart - 40 * 86_400_000).toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${id}>`,
    ...(thread.length === 0
      ? []
      : [`In-Reply-To: <${thread.at(-1)}>`, `References: ${thread.map((one) => `<${one}>`).join(' ')}`]),
    'MIME-Version: 1.0',
    ...(kind === 'bounce' ? reportOf(plan, about?.id ?? '') : bodyOf(plan)),
  ]
  return { ...plan, id, raw: lines.join('\r\n'), from: kind === 'bounce' ? '' : customer, to }
}

const idsIn = (references: string): string[] => [...references.matchAll(/<([^<>\s]+)>/g)].map(([, id = '']) => id)

function bodyOf({ text, hasFile }: MailPlan): string[] {
  const plain = ['Content-Type: text/plain; charset=utf-8', '', text]
  if (!hasFile) return plain
  const file = ['Content-Type: image/png; name=picture.png', 'Content-Transfer-Encoding: base64', '']
  // Twelve bytes, like every picture here.
  return multipart('mixed', [plain, [...file, 'iVBORw0KGgoBAgME']])
}

/** RFC 3464, as servers send it for an address that does not exist. */
function reportOf({ text }: MailPlan, original: string): string[] {
  const status = ['Reporting-MTA: dns; relay.example', '', `Final-Recipient: rfc822; ${customer}`, 'Action: failed']
  return multipart('report; report-type=delivery-status', [
    ['Content-Type: text/plain; charset=utf-8', '', text],
    ['Content-Type: message/delivery-status', '', ...status, 'Status: 5.1.1'],
    ['Content-Type: text/rfc822-headers', '', `Message-ID: <${original}>`, `To: ${customer}`],
  ])
}

function multipart(type: string, parts: readonly (readonly string[])[]): string[] {
  const bounds = parts.flatMap((part) => ['--border', ...part])
  return [`Content-Type: multipart/${type}; boundary=border`, '', ...bounds, '--border--', '']
}
