import { createRandom, type Random } from './random.ts'
import { inventMails, type MailOperation, type MailPlan, planMails } from './mails.ts'
import {
  inventNotifications,
  type NoticePlan,
  type NotificationOperation,
  type NotificationPlans,
  planNotifications,
} from './notifications.ts'
import { inventReplies, planReplies, type ReplyOperation, type ReplyPlan } from './replies.ts'
import { calm, stormy, usual, type Weather } from './weather.ts'
import { inventUpdates, lastWordOf, relayOf, type Update } from './world.ts'

export type ClientAction =
  | 'cut'
  | 'stall'
  | 'unstall'
  | 'lose_frame'
  | 'go_dead'
  | 'hide'
  | 'show'
  | 'freeze'
  | 'resume'
  | 'go_offline'
  | 'go_online'
  | 'close'
  | 'open'
  | 'expire_ticket'
  | 'reuse_ticket'

export type Operation =
  /** Meta posts these updates, `copies` times at once. */
  | { kind: 'deliver'; updates: readonly string[]; copies: number; isAwaited: boolean }
  /** The companion posts these. */
  | { kind: 'broadcast'; updates: readonly string[]; isAwaited: boolean }
  /** Another instance of the hub stores these: what a deploy leaves running for a moment. */
  | { kind: 'overlap'; updates: readonly string[]; isAwaited: boolean }
  /** Both at once: the other instance stores the first, Meta posts the second. */
  | { kind: 'duel'; elsewhere: readonly string[]; updates: readonly string[] }
  /**
   * A customer writes to this hub, then to another instance of it, then again here. In between this hub reads for
   * somebody else: by then it has seen that it was overtaken, but not what was written.
   */
  | { kind: 'relay'; before: string; elsewhere: string; between: string; here: string }
  /**
   * A page loses a frame, and more come while it asks for what is missing; `isLate`: before it gets the answer. `notice`:
   * told to another user first, so that what is missing may hold what is nothing to this one.
   */
  | { kind: 'gap'; client: number; notice: string; deliveries: readonly (readonly string[])[]; isLate: boolean }
  /** Whoever did not get a 200 sends again. */
  | { kind: 'resend' }
  | { kind: 'read'; client: number; pick: number }
  | { kind: 'change'; client: number; pick: number; status: 'open' | 'closed' | null; isAssigned: boolean }
  | { kind: 'weather'; weather: Weather }
  | { kind: 'evict'; tenant: number; webSockets: 'hibernate' | 'close' }
  /** Every Durable Object stops at once: what a deploy does. */
  | { kind: 'abort' }
  /** Everybody of a tenant leaves and comes back, whatever the hub is at. */
  | { kind: 'send_away'; tenant: number }
  | { kind: 'client'; client: number; action: ClientAction }
  /** Time passes; `isHasty`: without waiting for what is on its way. */
  | { kind: 'wait'; ms: number; isHasty: boolean }
  /** The servers' clock jumps, while everybody else's goes on. */
  | { kind: 'clock'; ms: number }
  /** Whatever is on its way arrives. */
  | { kind: 'settle' }
  | ReplyOperation
  | MailOperation
  | NotificationOperation

/** A browser page, or another tab of the same user. */
export type ClientPlan = {
  tenant: number
  user: number
  platforms: readonly ('whatsapp' | 'telegram')[] | null
  feed: 'communications' | 'notifications'
}

/** One history, before it happens: everything that chance decides in advance. */
export type Plan = {
  seed: string
  tenants: number
  updates: Update[]
  /** Two rounds of a message of each tenant, which come when all is over. */
  lastWords: Update[][]
  /** The page that loses the first of them, by its number. */
  deafClient: number | null
  clients: ClientPlan[]
  replies: ReplyPlan[]
  mails: MailPlan[]
  notifications: NotificationPlans
  operations: Operation[]
}

const clientsOfTenant: readonly Omit<ClientPlan, 'tenant'>[] = [
  { user: 0, platforms: null, feed: 'communications' },
  { user: 0, platforms: null, feed: 'communications' },
  { user: 1, platforms: ['telegram'], feed: 'communications' },
  { user: 0, platforms: null, feed: 'notifications' },
  { user: 1, platforms: null, feed: 'notifications' },
]

/** The history of a seed. Pure: the same seed gives the same plan. */
export function planHistory(seed: string, size = { updates: 14, operations: 24, replies: 4, events: 20 }): Plan {
  const random = createRandom(seed)
  const tenants = 2
  const each = (tenant: number) => inventUpdates(random.fork(`world ${tenant}`), tenant, size.updates)
  const updates = Array.from({ length: tenants }, (_, tenant) => each(tenant)).flat()
  // Pages cost most of a history's time, so not every one has those of both feeds.
  const hasBells = random.fork('bells').chance(0.5)
  const pages = clientsOfTenant.filter(({ feed }) => hasBells || feed === 'communications')
  const clients = Array.from({ length: tenants }, (_, tenant) => pages.map((page) => ({ tenant, ...page }))).flat()
  const replies = Array.from({ length: tenants }, (_, tenant) =>
    inventReplies(random.fork(`replies ${tenant}`), tenant, size.replies),
  ).flat()
  const relayed = random.fork('relay').pick([null, relayOf(0), relayOf(1)])
  const others = planOperations(random.fork('operations'), updates, {
    clients,
    relay: relayed === null ? [] : [toRelay(relayed)],
    count: size.operations,
  })
  const answers = planReplies(random.fork('answers'), replies, size.events)
  const chats = interleave(random.fork('mixed'), others, answers)
  const mail = inventMails(random.fork('mails'), tenants)
  const letters = interleave(random.fork('mixed mails'), chats, planMails(random.fork('post'), mail))
  const notifications = inventNotifications(random.fork('notifications'), tenants)
  const bells = planNotifications(random.fork('bells'), notifications)
  const told = interleave(random.fork('mixed bells'), letters, bells)
  const owned = interleave(random.fork('mixed owners'), told, planOwners(random.fork('owners'), clients.length))
  const operations = interleave(random.fork('mixed partings'), owned, planPartings(random.fork('partings'), tenants))
  replies.push(...mail.replies)
  notifications.notices.push(...asidesOf(others, clients))
  const lastWords = (['farewell', 'last'] as const).map((word) => updatesPerTenant(tenants, word))
  updates.push(...Object.values(relayed ?? {}))
  const deafClient = random.fork('deaf').pick([null, ...clients.keys()])
  const { mails } = mail
  return { seed, tenants, updates, lastWords, deafClient, clients, replies, mails, notifications, operations }
}

function toRelay({ before, elsewhere, between, here }: ReturnType<typeof relayOf>): Operation {
  return { kind: 'relay', before: before.key, elsewhere: elsewhere.key, between: between.key, here: here.key }
}

const updatesPerTenant = (tenants: number, word: 'farewell' | 'last'): Update[] =>
  Array.from({ length: tenants }, (_, tenant) => lastWordOf(tenant, word))

function planOperations(
  random: Random,
  updates: readonly Update[],
  of: { clients: readonly ClientPlan[]; relay: readonly Operation[]; count: number },
): Operation[] {
  const traffic = planTraffic(random, updates, of)
  const others = Array.from({ length: of.count }, () => planDisturbance(random, of.clients.length))
  const start: Operation = { kind: 'weather', weather: random.pick([calm, usual, usual, stormy]) }
  return [start, ...interleave(random, traffic, others)]
}

/** Both lists in their own order, mixed. */
function interleave(random: Random, first: readonly Operation[], second: readonly Operation[]): Operation[] {
  const [a, b] = [[...first], [...second]]
  const mixed: Operation[] = []
  while (a.length + b.length > 0) {
    const next = random.next() * (a.length + b.length) < a.length ? a.shift() : b.shift()
    if (next !== undefined) mixed.push(next)
  }
  return mixed
}

/** Every update once, nearly in order, in deliveries of 1 to 8; some of them again, cut otherwise. */
function planTraffic(
  random: Random,
  updates: readonly Update[],
  { clients, relay }: { clients: readonly ClientPlan[]; relay: readonly Operation[] },
): Operation[] {
  const jittered = updates.map((update) => {
    const serial = Number(update.key.split(':')[1])
    return { update, at: serial + random.next() * random.pick([1, 4, 20]) }
  })
  const inOrder = jittered.toSorted((a, b) => a.at - b.at).map(({ update }) => update)
  const again = random.shuffle(inOrder).slice(0, Math.round(inOrder.length * 0.2))
  const duels = planDuels(random, updates)
  const fought = new Set(duels.flatMap((duel) => [...duel.elsewhere, ...duel.updates]))
  const gaps = planGaps(
    random,
    updates.filter(({ key }) => !fought.has(key)),
    clients,
  )
  const taken = new Set([...fought, ...gaps.flatMap(({ deliveries }) => deliveries.flat())])
  const left = inOrder.filter(({ key }) => !taken.has(key))
  const at = random.int(0, left.length)
  const senders = planSenders(random, [...left.slice(0, at), ...again, ...left.slice(at)])
  // A lost frame that nothing follows shows itself in another way than one in the middle.
  const isAtEnd = random.chance(0.5)
  const special = random.shuffle<Operation>([...duels, ...relay, ...(isAtEnd ? [] : gaps)])
  return [...interleave(random, senders, special), ...(isAtEnd ? gaps : [])]
}

type Duel = Extract<Operation, { kind: 'duel' }>

/** A message and what happens to it, brought by two writers at the same moment. */
function planDuels(random: Random, updates: readonly Update[]): Duel[] {
  const mail = updates.filter(({ via, kind }) => via === 'whatsapp' && kind !== 'unreadable')
  const pairs = [...Map.groupBy(mail, ({ tenant, externalId }) => `${tenant} ${externalId}`).values()].filter(
    ([first, ...rest]) => first?.kind === 'message' && rest.length > 0,
  )
  return random
    .shuffle(pairs)
    .slice(0, random.int(0, 2))
    .map((pair) => {
      const [first = '', ...rest] = pair.map(({ key }) => key)
      return random.chance(0.5)
        ? { kind: 'duel', elsewhere: [first], updates: rest }
        : { kind: 'duel', elsewhere: rest, updates: [first] }
    })
}

type Gap = Extract<Operation, { kind: 'gap' }>

/** Messages of one tenant, one by one, of which one of its pages loses the first. */
function planGaps(random: Random, updates: readonly Update[], clients: readonly ClientPlan[]): Gap[] {
  const tenant = random.int(0, 1)
  const messages = updates.filter((update) => update.tenant === tenant && update.kind === 'message')
  const keys = messages.filter(({ via }) => via === 'whatsapp').map(({ key }) => [key])
  const whole = [...clients.keys()].filter((at) => clients[at]?.tenant === tenant && clients[at].platforms === null)
  const size = random.pick([0, 1, 4, 4, 4])
  if (size === 0 || keys.length < size) return []
  const [client, isLate] = [random.pick(whole), random.chance(0.7)]
  return [{ kind: 'gap', client, notice: `notice ${tenant}:aside`, deliveries: keys.slice(-size), isLate }]
}

/** What is told to the other user of a tenant while a page does not listen. */
function asidesOf(operations: readonly Operation[], clients: readonly ClientPlan[]): NoticePlan[] {
  return operations.flatMap((operation) => {
    const page = operation.kind === 'gap' ? clients[operation.client] : undefined
    if (operation.kind !== 'gap' || page === undefined) return []
    const { notice: key } = operation
    return [{ key, tenant: page.tenant, to: 1 - page.user, title: `${key} of tenant ${page.tenant}` }]
  })
}

function planSenders(random: Random, updates: readonly Update[]): Operation[] {
  const overlapRate = random.pick([0, 0.2, 0.6])
  const isOf = (via: Update['via']) => (update: Update) => update.via === via
  const mail = cut(random, updates.filter(isOf('whatsapp')))
  const byTenant = Map.groupBy(updates.filter(isOf('telegram')), ({ tenant }) => tenant)
  const companion = [...byTenant.values()]
    .flatMap((own) => cut(random, own))
    .map((part): Operation => {
      return { kind: 'broadcast', updates: part.map(({ key }) => key), isAwaited: random.chance(0.5) }
    })
  const meta = mail.map((part) => planDelivery(random, part, overlapRate))
  return interleave(random, meta, companion)
}

function planDelivery(random: Random, part: readonly Update[], overlapRate: number): Operation {
  const updates = part.map(({ key }) => key)
  const isOverlap = random.chance(overlapRate) && part.every((update) => update.kind !== 'unreadable')
  if (isOverlap) return { kind: 'overlap', updates, isAwaited: random.chance(0.4) }
  const copies = { one: 1, two: 2, five: 5 }[random.weighted({ one: 8, two: 2, five: 1 })]
  return { kind: 'deliver', updates, copies, isAwaited: random.chance(0.5) }
}

function cut(random: Random, updates: readonly Update[]): Update[][] {
  const parts: Update[][] = []
  for (let at = 0; at < updates.length;) {
    const size = random.pick([1, 1, 1, 2, 2, 3, 5, 8])
    parts.push(updates.slice(at, at + size))
    at += size
  }
  return parts
}

const disturbances = {
  resend: 10,
  read: 11,
  change: 9,
  weather: 6,
  evict: 10,
  abort: 3,
  client: 34,
  wait: 14,
  clock: 2,
  settle: 7,
}

/** Conversations get an owner: what is told of them then is not the same to both users of a tenant. */
function planOwners(random: Random, clients: number): Operation[] {
  const change = { kind: 'change', status: null, isAssigned: true } as const
  return Array.from({ length: 6 }, () => ({ ...change, client: random.int(0, clients - 1), pick: random.int(0, 999) }))
}

/** Everybody of a tenant is sent away, in half of the histories. */
function planPartings(random: Random, tenants: number): Operation[] {
  const count = random.pick([0, 0, 1, 2])
  return Array.from({ length: count }, () => ({ kind: 'send_away', tenant: random.int(0, tenants - 1) }))
}

function planDisturbance(random: Random, clients: number): Operation {
  const client = random.int(0, clients - 1)
  const kind = random.weighted(disturbances)
  switch (kind) {
    case 'read':
      return { kind, client, pick: random.int(0, 999) }
    case 'change': {
      const status = random.pick(['open', 'closed', 'closed', null] as const)
      return { kind, client, pick: random.int(0, 999), status, isAssigned: random.chance(0.5) }
    }
    case 'weather':
      return { kind, weather: random.pick([calm, usual, usual, stormy]) }
    case 'evict':
      return { kind, tenant: random.int(0, 1), webSockets: random.chance(0.7) ? 'hibernate' : 'close' }
    case 'client':
      return { kind, client, action: random.weighted(clientActions) }
    case 'wait':
      return { kind, ms: random.pick([20, 300, 1_600, 4_000, 30_000]), isHasty: random.chance(0.3) }
    case 'clock':
      return { kind, ms: random.pick([-86_400_000, -120_000, 31_000, 600_000, 86_400_000]) }
    case 'resend':
    case 'abort':
    case 'settle':
      return { kind }
  }
}

const clientActions: Readonly<Record<ClientAction, number>> = {
  cut: 8,
  stall: 5,
  unstall: 4,
  lose_frame: 10,
  go_dead: 4,
  hide: 3,
  show: 3,
  freeze: 3,
  resume: 4,
  go_offline: 2,
  go_online: 4,
  close: 2,
  open: 4,
  expire_ticket: 1,
  reuse_ticket: 3,
}

/** One line for a trace. */
export function describeOperation(operation: Operation): string {
  const { kind, ...rest } = operation
  if (kind === 'weather') return `weather ${JSON.stringify(nonZero(operation.weather))}`
  return `${kind} ${Object.entries(rest)
    .map(([name, value]) => `${name}=${Array.isArray(value) ? value.map(String).join(' ') : String(value)}`)
    .join(' ')}`.trim()
}

function nonZero(weather: Weather): Partial<Weather> {
  return Object.fromEntries(Object.entries(weather).filter(([, value]) => value > 0))
}
