import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { createApi } from '../../src/client/api.ts'
import type { SocketRequest } from '../../src/client/environment.ts'
import { app } from '../../src/http/app.ts'
import { formatServiceKey } from '../../src/http/callers.ts'
import { signToken } from '../../src/http/tokens.ts'
import { sha256Hex } from '../../src/lib/secret.ts'
import { settingsOf } from '../../src/notifications/settings.ts'
import { writeSettings } from '../../src/store/notifications.ts'
import { noteStaff } from '../../src/store/staff.ts'
import type { FarEnd } from './bridge.ts'
import { createModelClient, type ModelClient } from './model-client.ts'
import { type FirstSettings, settingsChoices, userName } from './notifications.ts'
import type { Plan } from './plan.ts'
import { createRandom, type Random } from './random.ts'
import type { Answer, ChannelIds, HeardMark, NotifiedUser } from './record.ts'
import type { Accounts } from './wire.ts'
import type { Letter, MailPlan } from './mails.ts'
import type { ReplyPlan, Via } from './replies.ts'
import { clock, edgeEnvironment, faults, platform, queue, realNow, mailRelay } from './worker.ts'
import type { Update } from './world.ts'

const origin = 'http://localhost'
const edge = edgeEnvironment(env)

export type SceneUser = Omit<NotifiedUser, 'list' | 'unread'> & { name: string }

export type SceneTenant = {
  index: number
  id: string
  serviceKey: string
  accounts: Accounts
  channels: ChannelIds
  chatAccounts: Record<Via, string>
  mailbox: string
  /** The conversation with each customer of the chat platforms. */
  chats: Map<string, string>
  answers: Answer[]
  /** Messages that a user asked to send once more, once for every time. */
  retried: string[]
  marks: HeardMark[]
  /** The staff, by number. */
  users: SceneUser[]
  /** Something may have been stored that the hub has not heard of, and that nobody will send again. */
  needsNudge: boolean
}

/** The stage of one history: tenants in the database, pages that are open, and what the senders know. */
export type Scene = {
  plan: Plan
  random: Random
  tenants: SceneTenant[]
  clients: ModelClient[]
  updates: ReadonlyMap<string, Update>
  replies: ReadonlyMap<string, ReplyPlan>
  heardReplies: Set<string>
  heardNews: Set<string>
  mails: ReadonlyMap<string, MailPlan>
  /** Those that were sent, as they were. */
  letters: Map<string, Letter>
  heardMails: Set<string>
  /** Notes and notices. */
  heardTold: Set<string>
  acknowledged: Set<string>
  /** Sent, and not answered with a 200. */
  failing: Set<string>
  inFlight: Set<Promise<unknown>>
  reusedTickets: number
  canJudgeTickets: boolean
  stuck: string[]
  trace: string[]
  /** By the machine's clock. */
  startedAt: number
}

export async function openScene(plan: Plan): Promise<Scene> {
  clock.restart()
  faults.restart(plan.seed)
  queue.restart()
  platform.restart()
  mailRelay.restart()
  const random = createRandom(`${plan.seed}/scene`)
  const scene: Scene = {
    plan,
    random,
    tenants: await Promise.all(Array.from({ length: plan.tenants }, (_, index) => createTenant(plan, index))),
    clients: [],
    updates: new Map([...plan.updates, ...plan.lastWords.flat()].map((update) => [update.key, update])),
    replies: new Map(plan.replies.map((reply) => [reply.key, reply])),
    heardReplies: new Set(),
    heardNews: new Set(),
    mails: new Map(plan.mails.map((mail) => [mail.key, mail])),
    letters: new Map(),
    heardMails: new Set(),
    heardTold: new Set(),
    acknowledged: new Set(),
    failing: new Set(),
    inFlight: new Set(),
    reusedTickets: 0,
    canJudgeTickets: true,
    stuck: [],
    trace: [],
    startedAt: realNow(),
  }
  scene.clients = openClients(scene)
  return scene
}

let lastNumber = 100_000_000_000_000

/** Ids of its own for every history: the directory knows all of a run. */
const freshNumber = (): string => String((lastNumber += 1))

async function createTenant(plan: Plan, index: number): Promise<SceneTenant> {
  const id = crypto.randomUUID()
  const accounts = { phoneNumberId: freshNumber(), businessAccountId: freshNumber(), telegramId: freshNumber() }
  const mailbox = `box${freshNumber()}@inbox.example`
  const chatAccounts = { facebook: freshNumber(), instagram: freshNumber() }
  const channels = {
    ...{ whatsapp: crypto.randomUUID(), telegram: crypto.randomUUID() },
    ...{ facebook: crypto.randomUUID(), instagram: crypto.randomUUID(), email: crypto.randomUUID() },
  }
  const [keyId, secret] = ['0123456789abcdef', 's'.repeat(43)]
  const insertChannel = (channelId: string, platform: string, externalId: string) =>
    env.DB.prepare(
      `insert into channels (tenant_id, id, platform, external_id, name, created_at) values (?1, ?2, ?3, ?4, 'Channel', 0)`,
    ).bind(id, channelId, platform, externalId)
  await env.DB.batch([
    env.DB.prepare(`insert into tenants (id, name, created_at) values (?1, 'A tenant', 0)`).bind(id),
    env.DB.prepare(`insert into journal_heads (tenant_id, seq, epoch, revision) values (?1, 0, 'e1', 0)`).bind(id),
    env.DB.prepare(
      `insert into service_keys (tenant_id, id, name, secret_hash, scopes, created_at) values (?1, ?2, 'Key', ?3, '["ingest","notifications"]', 0)`,
    ).bind(id, keyId, await sha256Hex(secret)),
    insertChannel(channels.whatsapp, 'whatsapp', accounts.phoneNumberId),
    insertChannel(channels.telegram, 'telegram', accounts.telegramId),
    insertChannel(channels.facebook, 'facebook', chatAccounts.facebook),
    insertChannel(channels.instagram, 'instagram', chatAccounts.instagram),
    insertChannel(channels.email, 'email', mailbox),
  ])
  const serviceKey = formatServiceKey(id, keyId, secret)
  const nothing = { chats: new Map<string, string>(), answers: [], retried: [], marks: [], needsNudge: false }
  const users = await Promise.all(
    plan.notifications.settings.filter(({ tenant }) => tenant === index).map((first) => createUser(id, first)),
  )
  return { index, id, serviceKey, accounts, channels, chatAccounts, mailbox, users, ...nothing }
}

/** Known to the staff from the start, or nobody could name them. */
async function createUser(tenantId: string, { user, choice }: FirstSettings): Promise<SceneUser> {
  const [userId, name] = [crypto.randomUUID(), userName(user)]
  await noteStaff(env.DB, { tenantId, userId, name, role: 'manager', seenAt: 0 })
  const settings = settingsOf(JSON.stringify(settingsChoices[choice]))
  if (choice !== 'defaults') await writeSettings(env.DB, tenantId, userId, JSON.stringify(settings))
  return { userId, name, settings: [settings], settledAt: 0, marks: [], readUpTo: 0, counts: [] }
}

export function tenantOf(scene: Scene, index: number): SceneTenant {
  const tenant = scene.tenants[index]
  if (tenant === undefined) throw new Error(`There is no tenant ${index}`)
  return tenant
}

export function updatesOf(scene: Scene, keys: readonly string[]): Update[] {
  return keys.flatMap((key) => scene.updates.get(key) ?? [])
}

/** Remembers work that is under way, so that a history can wait for it. */
export function track<Result>(scene: Scene, work: Promise<Result>): Promise<Result> {
  scene.inFlight.add(work)
  return work.finally(() => scene.inFlight.delete(work))
}

/** A request to the Worker, whose own bindings fail as the weather says. */
export function call(scene: Scene, path: string, init: RequestInit): Promise<Response> {
  return track(scene, answer(new Request(`${origin}${path}`, init)))
}

async function answer(request: Request): Promise<Response> {
  const ctx = createExecutionContext()
  const response = await app.fetch(request, edge, ctx)
  await waitOnExecutionContext(ctx)
  return response
}

export function apiOf(scene: Scene, tenantId: string, userId: string) {
  return createApi({
    baseUrl: origin,
    fetch: (url, init) => track(scene, fetchLate(new Request(url, init))),
    headers: () => headersOf(scene, tenantId, userId),
  })
}

/** Who a user's requests say they are. */
export async function headersOf(scene: Scene, tenantId: string, userId: string): Promise<Record<string, string>> {
  const users = scene.tenants.find(({ id }) => id === tenantId)?.users ?? []
  const name = users.find((user) => user.userId === userId)?.name ?? 'Nobody'
  const expiresAt = Date.now() + 3_600_000
  const caller = { tenantId, userId, name, role: 'manager' as const, issuedAt: Date.now() }
  const token = await signToken(caller, { authSecret: env.AUTH_SECRET, kind: 'user', expiresAt })
  return { authorization: `Bearer ${token}`, origin }
}

export function userOf({ users }: SceneTenant, index: number): SceneUser {
  const user = users[index]
  if (user === undefined) throw new Error(`There is no user ${index}`)
  return user
}

async function fetchLate(request: Request): Promise<Response> {
  const response = await answer(request)
  if (new URL(request.url).pathname.endsWith('/events')) await faults.letPageGo()
  return response
}

/** The upgrade of a page's socket; null where there was none. */
export async function upgrade(scene: Scene, { url, protocols }: SocketRequest): Promise<FarEnd | null> {
  const { pathname, search } = new URL(url)
  const headers = { upgrade: 'websocket', origin, 'sec-websocket-protocol': protocols.join(', ') }
  const { webSocket } = await call(scene, pathname + search, { headers })
  return webSocket
}

function openClients(scene: Scene): ModelClient[] {
  return scene.plan.clients.map(({ tenant, user, platforms, feed }, index) => {
    const { userId } = userOf(tenantOf(scene, tenant), user)
    return createModelClient({
      name: `client ${index} (tenant ${tenant}, user ${user}, ${feed})`,
      feed,
      tenant,
      userId,
      platforms,
      clock,
      random: scene.random.fork(`client ${index}`),
      api: apiOf(scene, tenantOf(scene, tenant).id, userId),
      upgrade: (request) => upgrade(scene, request),
    })
  })
}

export function hubOf(tenant: SceneTenant) {
  const hub: unknown = env.HUB.get(env.HUB.idFromName(`tenant:${tenant.id}`))
  return hub as DurableObjectStub & { countSockets(): Promise<number> }
}
