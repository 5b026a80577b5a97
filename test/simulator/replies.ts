import type { Random } from './random.ts'

/** The platforms that replies go to. Facebook hands our reference back, Instagram does not. */
export const chatPlatforms = ['facebook', 'instagram'] as const
export type Via = (typeof chatPlatforms)[number]
export type Chat = { tenant: number; via: Via }

export const chatContacts = 2

/** A reply that a user writes; `key` is its client message id. Those to mails go through the real adapter. */
export type ReplyPlan = { tenant: number; via: Via | 'email'; key: string; contact: number; content: string }

/** Something that the platform has sent to a customer, for us (`reference`: our message) or for somebody else. */
export type Written = Chat & {
  externalId: string
  contact: number
  content: string
  at: number
  reference: string | null
  /** The platform took it, and could not deliver it. */
  isUndelivered: boolean
}

export type ReplyOperation =
  /** A user sends a reply, `copies` times at once: a double click. */
  | { kind: 'reply'; reply: string; copies: number; isAwaited: boolean }
  /** A user sends once more what failed, as often at once; the bold also what may have been sent. */
  | { kind: 'again'; tenant: number; pick: number; copies: number; isBold: boolean }
  /** Somebody says the same elsewhere, and that is reported before the answer to a reply arrives. */
  | { kind: 'rush'; reply: string; key: string }
  /** The queue hands out what waits in it, in any order. */
  | { kind: 'work'; isAwaited: boolean }
  | { kind: 'sweep' }
  /** The platform reports what nobody has heard yet, and now and then something once more. */
  | { kind: 'news'; tenant: number; isAwaited: boolean }
  | ({ kind: 'elsewhere'; key: string; contact: number; content: string } & Chat)
  | ({ kind: 'mark'; contact: number; status: 'delivered' | 'read' } & Chat)
  /** A customer takes their first message back while its picture is being fetched. */
  | ({ kind: 'takeback'; contact: number } & Chat)

/** The first message of a customer, with a picture. */
export function helloOf({ tenant, via }: Chat, contact: number): { externalId: string; content: string } {
  return { externalId: `${via}.${tenant}.hello.${contact}`, content: `hello ${via} ${contact} of tenant ${tenant}` }
}

/** The replies of one tenant in a history. Some say the same as others: an echo may be of either. */
export function inventReplies(random: Random, tenant: number, count: number): ReplyPlan[] {
  return Array.from({ length: count }, (_, n) => {
    const key = `reply ${tenant}:${n}`
    const content = random.chance(0.4) ? `thanks, tenant ${tenant}` : `${key} of tenant ${tenant}`
    return { key, content, ...inventChat(random, tenant) }
  })
}

/** Often the same customer, so that things get in each other's way. */
function inventChat(random: Random, tenant: number): Chat & { contact: number } {
  return { tenant, via: random.chance(0.65) ? 'instagram' : 'facebook', contact: random.chance(0.75) ? 0 : 1 }
}

/** Every reply once, some twice, and everything else that may happen to them. */
export function planReplies(random: Random, replies: readonly ReplyPlan[], count: number): ReplyOperation[] {
  const sent = random.shuffle([...replies, ...random.shuffle(replies).slice(0, 2)])
  const sends = sent.map(({ key }): ReplyOperation => {
    return { kind: 'reply', reply: key, copies: random.pick([1, 1, 2]), isAwaited: random.chance(0.6) }
  })
  const others = Array.from({ length: count }, (_, n) => planEvent(random, n))
  const rushed = random.shuffle(replies.filter(({ via }) => via === 'instagram')).slice(0, random.pick([0, 1, 1]))
  const rushes = rushed.map(({ key }): ReplyOperation => ({ kind: 'rush', reply: key, key: `rush ${key}` }))
  const placed = [...sends, ...others, ...rushes].map((operation) => ({ operation, at: placeOf(random, operation) }))
  return placed.toSorted((a, b) => a.at - b.at).map(({ operation }) => operation)
}

/** Replies come early: there has to be something to work on, to report and to repeat. */
function placeOf(random: Random, { kind }: ReplyOperation): number {
  if (kind === 'reply') return random.next() * 0.6
  // Before the reply itself: it must not have been sent already.
  if (kind === 'rush') return random.next() * 0.1
  if (kind === 'takeback') return random.next() * 0.05
  return kind === 'again' ? 0.4 + random.next() * 0.6 : random.next()
}

/** What may happen at any time. */
const events = { work: 34, news: 24, again: 12, sweep: 5, elsewhere: 10, mark: 16, takeback: 3 }

function planEvent(random: Random, n: number): ReplyOperation {
  const kind = random.weighted(events)
  const tenant = random.int(0, 1)
  const chat = inventChat(random, tenant)
  switch (kind) {
    case 'work':
      return { kind, isAwaited: random.chance(0.6) }
    case 'news':
      return { kind, tenant, isAwaited: random.chance(0.6) }
    case 'again':
      return { kind, tenant, pick: random.int(0, 999), copies: random.pick([1, 2]), isBold: random.chance(0.4) }
    case 'sweep':
      return { kind }
    case 'elsewhere': {
      const content = random.chance(0.5) ? `thanks, tenant ${tenant}` : `elsewhere ${n} of tenant ${tenant}`
      return { kind, ...chat, key: String(n), content }
    }
    case 'mark':
      // Of few customers, so that marks overtake each other.
      return { kind, ...chat, contact: 0, status: random.pick(['delivered', 'delivered', 'read']) }
    case 'takeback':
      return { kind, ...chat }
  }
}
