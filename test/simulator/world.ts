import type { Random } from './random.ts'

/** When a history begins, in epoch ms. Everything the platforms report happened in the days before. */
export const historyStart = Date.UTC(2026, 10, 23, 12)
const dayMs = 86_400_000

/** How a delivery names a customer: by number, by business-scoped id, or by both. */
export type Naming = 'phone' | 'user' | 'both'

type Base = {
  /** Unique in the history. */
  key: string
  /** Which of the history's tenants. */
  tenant: number
  via: 'whatsapp' | 'telegram'
  /** Epoch ms by the platform's clock. */
  at: number
  /** The message it is, or is about. */
  externalId: string
}

/** One thing that happens on a platform and that its servers will report until they get their 200. */
export type Update =
  | (Base & { kind: 'message'; direction: 'inbound' | 'outbound'; contact: number; naming: Naming; content: string })
  | (Base & { kind: 'status'; status: Status; naming: Naming; contact: number })
  | (Base & { kind: 'edit'; content: string })
  | (Base & { kind: 'deletion' })
  | (Base & { kind: 'reaction'; by: 'customer' | 'business'; emoji: string })
  /** Signed, but nothing anybody can read: quarantine has to keep it. */
  | (Base & { kind: 'unreadable'; isLarge: boolean })
export type Status = 'sent' | 'delivered' | 'read' | 'failed'

export type MessageUpdate = Extract<Update, { kind: 'message' }>

const statuses: readonly Status[] = ['sent', 'delivered', 'read', 'read', 'delivered', 'failed']
const emojis = ['👍', '❤️', '🙏', ''] as const
const contactsPerTenant = 3

/** Everything that happens to one tenant's customers in a history, in the order in which it happened. */
export function inventUpdates(random: Random, tenant: number, count: number): Update[] {
  const updates: Update[] = []
  while (updates.length < count) updates.push(inventUpdate(random, tenant, updates))
  return updates
}

/** A message that comes when all is over. */
export function lastWordOf(tenant: number, word: 'farewell' | 'last'): MessageUpdate {
  return plainMessageOf(tenant, word, 0)
}

/** Three messages of a person who writes nothing else, and one of another person who comes in between. */
export function relayOf(tenant: number): Record<'before' | 'elsewhere' | 'between' | 'here', MessageUpdate> {
  const [writer, other] = [contactsPerTenant, contactsPerTenant + 1]
  return {
    before: plainMessageOf(tenant, 'before', writer),
    elsewhere: plainMessageOf(tenant, 'elsewhere', writer),
    between: plainMessageOf(tenant, 'between', other),
    here: plainMessageOf(tenant, 'here', writer),
  }
}

function plainMessageOf(tenant: number, word: string, contact: number): MessageUpdate {
  const key = `${tenant}:${word}`
  const of = { key, tenant, via: 'whatsapp', at: historyStart - 40 * dayMs, externalId: `whatsapp.${word}` } as const
  return { ...of, kind: 'message', direction: 'inbound', contact, naming: 'phone', content: contentOf(key, 'text') }
}

function inventUpdate(random: Random, tenant: number, before: readonly Update[]): Update {
  const via = random.chance(0.2) ? 'telegram' : 'whatsapp'
  const serial = before.length
  // Long ago for every clock: a time from the future would be replaced by the time of receipt.
  const at = historyStart - 60 * dayMs + random.int(0, 40) * 7_200_000
  const own = { key: `${tenant}:${serial}`, tenant, via, at, externalId: `${via}.${serial}` } as const
  const kind = random.weighted({ message: 48, status: 24, edit: 14, reaction: 10, deletion: 5, unreadable: 7 })
  if (kind === 'unreadable') {
    return { ...own, via: 'whatsapp', externalId: `unreadable.${serial}`, kind, isLarge: random.chance(0.7) }
  }
  const target = kind === 'message' ? null : targetOf(random, own, before, kind)
  if (target === null) return inventMessage(random, own)
  const base = { ...own, via: target.via, externalId: target.externalId }
  switch (kind) {
    case 'message':
      return inventMessage(random, own)
    case 'status':
      return { ...base, kind, status: random.pick(statuses), naming: inventNaming(random), contact: target.contact }
    case 'edit':
      return { ...base, kind, content: contentOf(own.key, 'edited') }
    case 'reaction':
      return { ...base, kind, by: random.pick(['customer', 'business']), emoji: random.pick(emojis) }
    case 'deletion':
      return { ...base, kind }
  }
}

function inventNaming(random: Random): Naming {
  return random.weighted({ phone: 6, user: 3, both: 2 })
}

function inventMessage(random: Random, base: Omit<Base, 'kind'>): MessageUpdate {
  const direction = random.chance(0.65) ? 'inbound' : 'outbound'
  const contact = random.int(0, contactsPerTenant - 1)
  const naming = inventNaming(random)
  return { ...base, kind: 'message', direction, contact, naming, content: contentOf(base.key, 'text') }
}

/** Names its tenant, so that a text in the wrong place gives itself away. */
function contentOf(key: string, word: string): string {
  return `${word} ${key} of tenant ${key.split(':')[0]}`
}

type Target = Pick<MessageUpdate, 'via' | 'externalId' | 'contact'>

/** What an update is about: a message, or now and then one that no delivery will ever bring. */
function targetOf(
  random: Random,
  own: Pick<Base, 'tenant' | 'via' | 'externalId'>,
  before: readonly Update[],
  kind: Exclude<Update['kind'], 'message' | 'unreadable'>,
): Target | null {
  if (random.chance(0.06))
    return { via: kind === 'status' ? 'whatsapp' : own.via, externalId: own.externalId, contact: 0 }
  const isFit = (update: Update): update is MessageUpdate =>
    update.kind === 'message' && (kind !== 'status' || (update.direction === 'outbound' && update.via === 'whatsapp'))
  // One message is taken back once; a second time would only be a repetition.
  const taken = new Set(before.filter((update) => update.kind === 'deletion').map((update) => update.externalId))
  const fit = before.filter(isFit).filter((update) => kind !== 'deletion' || !taken.has(update.externalId))
  return fit.length === 0 ? null : random.pick(fit)
}
