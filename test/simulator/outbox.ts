import { env } from 'cloudflare:workers'
import { ApiError } from '../../src/client/api-error.ts'
import { receive } from '../../src/hub/call-hub.ts'
import type { IngestItem } from '../../src/ingest/items.ts'
import type { JobDeps } from '../../src/jobs/job-deps.ts'
import { handleJobs } from '../../src/jobs/queue.ts'
import { sweepJobs } from '../../src/jobs/sweep.ts'
import { loadConfig } from '../../src/lib/config.ts'
import { openDatabase } from '../../src/store/database.ts'
import { findThread } from './mail-senders.ts'
import { contactOf, type News } from './model-platform.ts'
import { type Chat, chatContacts, chatPlatforms, helloOf, type ReplyOperation } from './replies.ts'
import { apiOf, type Scene, type SceneTenant, tenantOf, track } from './scene.ts'
import { clock, edgeEnvironment, faults, platform, queue } from './worker.ts'
import { historyStart } from './world.ts'

const edge = edgeEnvironment(env)

const depsOf = (): JobDeps => ({
  env: edge,
  db: openDatabase(edge.DB),
  config: loadConfig(env),
  fetch: platform.fetch,
  now: () => Date.now(),
  receive: (tenantId, items) => receive(edge, tenantId, items),
})

const chatsOf = (tenant: number): Chat[] => chatPlatforms.map((via) => ({ tenant, via }))
export const chatName = ({ via }: Chat, contact: number): string => `${via} ${contactOf(contact).aliases[0].value}`

/** Every customer writes first, with a picture, so that there is somebody to answer. */
export async function openChats(scene: Scene): Promise<void> {
  await Promise.all(scene.tenants.map(openChatsOf))
}

async function openChatsOf(tenant: SceneTenant): Promise<void> {
  const chats = chatsOf(tenant.index).flatMap((chat) =>
    Array.from({ length: chatContacts }, (_, contact) => ({ chat, contact })),
  )
  for (const chat of chatsOf(tenant.index)) platform.connect(tenant.chatAccounts[chat.via], chat)
  const items = chats.map(({ chat, contact }) => {
    const picture = { type: 'image' as const, source: { mediaId: `${chat.via}.${contact}` } }
    const message = { kind: 'message', direction: 'inbound', type: 'image', at: Date.now() } as const
    return onChat(tenant, chat, {
      ...message,
      ...helloOf(chat, contact),
      contact: contactOf(contact),
      attachments: [picture],
    })
  })
  await receive(env, tenant.id, items)
  for (let waitedMs = 0; tenant.chats.size < chats.length; waitedMs += 5) {
    if (waitedMs > 2_000) throw new Error('Chats could not be begun')
    await scheduler.wait(waitedMs === 0 ? 0 : 5)
    await readChats(tenant)
  }
}

/** Where they are is asked of the database: an answer may be what a planted fault gets wrong. */
async function readChats(tenant: SceneTenant): Promise<void> {
  const sql = `select a.channel_id, a.value, c.id from contact_aliases a
    join conversations c on c.tenant_id = a.tenant_id and c.contact_id = a.contact_id where a.tenant_id = ?1`
  const { results } = await env.DB.prepare(sql).bind(tenant.id).all<Record<'channel_id' | 'value' | 'id', string>>()
  for (const { channel_id: channelId, value, id } of results) {
    const via = chatPlatforms.find((one) => tenant.channels[one] === channelId)
    if (via !== undefined) tenant.chats.set(`${via} ${value}`, id)
  }
}

function onChat({ channels }: SceneTenant, { via }: Chat, item: News['item']): IngestItem {
  return { channel: { id: channels[via], platform: via }, item }
}

/** A user sends a reply, until it is taken. Gives what came of it in a word. */
export async function sendReply(scene: Scene, key: string): Promise<string> {
  const reply = scene.replies.get(key)
  if (reply === undefined) throw new Error(`There is no reply ${key}`)
  const tenant = tenantOf(scene, reply.tenant)
  const { via } = reply
  const conversationId =
    via === 'email' ? await findThread(tenant) : (tenant.chats.get(chatName({ ...reply, via }, reply.contact)) ?? '')
  const userId = scene.clients.find(({ record }) => record.tenant === reply.tenant)?.userId ?? ''
  try {
    const body = { client_message_id: key, content: reply.content }
    const { message, seq } = await apiOf(scene, tenant.id, userId).sendMessage(conversationId, body)
    if (faults.isAnswerLost()) return 'the answer was lost'
    scene.heardReplies.add(key)
    tenant.answers.push({ kind: 'reply', key, messageId: message.id, seq })
    return `seq ${seq}`
  } catch (error) {
    // Whether it was stored shows when it is sent again.
    return error instanceof ApiError ? error.code : String(error)
  }
}

type Again = Extract<ReplyOperation, { kind: 'again' }>

export async function sendAgain(scene: Scene, { tenant: index, pick, copies, isBold }: Again): Promise<string> {
  const tenant = tenantOf(scene, index)
  const userId = scene.clients.find(({ record }) => record.tenant === index)?.userId ?? ''
  const sql = `select id from messages where tenant_id = ?1 and client_message_id is not null
    and status in ('failed', ?2) order by seq`
  const { results } = await env.DB.prepare(sql)
    .bind(tenant.id, isBold ? 'unknown' : 'failed')
    .all<{ id: string }>()
  const target = results[pick % Math.max(1, results.length)]
  if (target === undefined) return 'nothing failed yet'
  tenant.retried.push(target.id)
  const api = apiOf(scene, tenant.id, userId)
  const tries = Array.from({ length: copies }, () => api.retryMessage(target.id).then(() => 'taken', codeOf))
  tenant.needsNudge = true
  return (await Promise.all(tries)).join()
}

const codeOf = (error: unknown): string => (error instanceof ApiError ? error.code : String(error))

/** How long to wait for the platform to be asked, and how long nothing may move meanwhile, in ms of the machine's clock. */
const rushMs = 300
const idleMs = 25

export async function rush(scene: Scene, { reply: key, key: name }: OperationOf<'rush'>): Promise<string> {
  const reply = scene.replies.get(key)
  if (reply === undefined || reply.via === 'email') throw new Error(`There is no reply ${key}`)
  const { tenant, via, contact, content } = reply
  const isTaken = () => platform.written.some((written) => written.reference !== null && written.content === content)
  const stored = await sendReply(scene, key)
  platform.writeElsewhere({ tenant, via }, contact, { key: name, content })
  return `${stored}, ${await tellWhileHeld(scene, tenant, { part: name, isTime: isTaken })}`
}

export function takeBack(scene: Scene, { tenant, via, contact }: OperationOf<'takeback'>): Promise<string> {
  const { externalId } = helloOf({ tenant, via }, contact)
  const part = `deletion ${externalId}`
  const key = `${tenant} ${via} ${part}`
  // Long ago for every clock, or a repetition after a jump would tell another time.
  const at = historyStart - 86_400_000 * 40
  const item = { kind: 'deletion', at, targetExternalId: externalId } as const
  if (platform.news.every((news) => news.key !== key)) platform.news.push({ key, tenant, via, item })
  const before = platform.filesAsked
  return tellWhileHeld(scene, tenant, { part, isTime: () => platform.filesAsked > before })
}

type OperationOf<Kind extends ReplyOperation['kind']> = Extract<ReplyOperation, { kind: Kind }>

/** Something is reported after the platform has been asked, and before anybody has its answer. */
async function tellWhileHeld(
  scene: Scene,
  tenant: number,
  { part, isTime }: { part: string; isTime: () => boolean },
): Promise<string> {
  const release = platform.holdAnswers()
  const working: Promise<unknown>[] = []
  try {
    // The hub rings when it likes. Where nothing moves any more nobody is going to ask.
    for (let [waited, idle, calls] = [0, 0, faults.calls]; !isTime() && waited < rushMs && idle < idleMs; waited += 5) {
      working.push(work(50))
      await scheduler.wait(5)
      idle = faults.calls === calls ? idle + 5 : 0
      calls = faults.calls
    }
    return await tellNews(scene, tenant, part)
  } finally {
    release()
    await Promise.all(working)
  }
}

/** The queue hands out some of what waits. Gives how many messages. */
export async function work(limit = 10): Promise<number> {
  const messages = queue.take(Date.now(), limit)
  if (messages.length > 0) {
    await handleJobs({ queue: 'jobs', messages } as unknown as MessageBatch, depsOf())
  }
  return messages.length
}

export async function sweep(): Promise<string> {
  try {
    return `${await sweepJobs(depsOf())} rung`
  } catch (error) {
    return String(error)
  }
}

/** The platform reports some of its news, in any order, in one delivery; with `part` only what has it in its name. */
export async function tellNews(scene: Scene, tenantIndex: number, part = ''): Promise<string> {
  const fresh = unheard(scene, tenantIndex).filter(({ key }) => key.includes(part))
  const heard = platform.news.filter(({ key, tenant }) => tenant === tenantIndex && scene.heardNews.has(key))
  // What was told in a rush is told once: a repetition would make up for a wrong guess.
  const old = scene.random.shuffle(heard.filter(({ key }) => !key.includes('rush'))).slice(0, 1)
  const news = scene.random.shuffle([...scene.random.shuffle(fresh).slice(0, 6), ...old])
  if (news.length === 0) return 'no news'
  const tenant = tenantOf(scene, tenantIndex)
  const at = Date.now()
  try {
    const results = await track(
      scene,
      receive(
        edge,
        tenant.id,
        news.map((one) => onChat(tenant, one, one.item)),
      ),
    )
    for (const [n, one] of news.entries()) {
      if (results[n]?.outcome === 'refused') scene.stuck.push(`${one.key} was refused: ${results[n].code}`)
    }
    if (faults.isAnswerLost()) return 'the answer was lost'
    // The clock may have gone back on the way: what counts is the earliest that the Worker can have taken for now.
    for (const one of news) hear(scene, one, Math.min(at, Date.now()))
    return `${news.length} heard`
  } catch (error) {
    return String(error)
  }
}

const unheard = (scene: Scene, index: number): News[] =>
  platform.news.filter(({ key, tenant }) => tenant === index && !scene.heardNews.has(key))

/** A mark counts as heard for the checker only where no clock had to put it right. */
function hear(scene: Scene, { key, item, tenant, via }: News, at: number): void {
  scene.heardNews.add(key)
  if (item.kind !== 'watermark' || item.upTo > at) return
  const [alias] = item.contact.aliases
  tenantOf(scene, tenant).marks.push({ via, alias: alias.value, status: item.status, upTo: item.upTo })
}

// ---------------------------------------------------------------- the end

/** In fair weather: users get their replies taken, the platform gets its news heard, and all work ends. */
export async function finishReplies(scene: Scene): Promise<void> {
  for (const key of scene.replies.keys()) {
    for (let round = 0; round < 3 && !scene.heardReplies.has(key); round++) await sendReply(scene, key)
  }
  if (!(await finishWork(scene))) return
  for (const { index } of scene.tenants) {
    const isBold = scene.random.chance(0.4)
    await sendAgain(scene, { kind: 'again', tenant: index, pick: scene.random.int(0, 999), copies: 2, isBold })
    // An earlier attempt may be reported while the next one is on its way.
    if (scene.random.chance(0.5)) await tellNews(scene, index)
    tenantOf(scene, index).needsNudge = true
  }
  for (let round = 0; round < 100; round++) {
    if (!(await finishWork(scene))) return
    const late = scene.tenants.filter(({ index }) => unheard(scene, index).length > 0)
    if (late.length === 0) return
    for (const { index } of late) await tellNews(scene, index)
  }
  scene.stuck.push('the platform finds nobody who hears its news')
}

/** Sound histories come to rest within five or so. Each rings what is stuck once more, so each takes longer than the last. */
const maxRounds = 25
/** Where so much was found there is no rest to come to: each attempt only finds it again. */
const maxStuck = 100

/** Lets the servers' time pass to whatever is due next, until nothing is. False when there is no end of it. */
async function finishWork(scene: Scene): Promise<boolean> {
  for (let round = 0; round < maxRounds && scene.stuck.length <= maxStuck; round++) {
    // A timer could not end this: none runs as long as there is something to do at once.
    for (let calls = 0; (await work(50)) > 0; calls++) {
      if (calls === maxRounds) return isStuck(scene, 'work that makes ever more work')
    }
    const dueAt = await nextDue(scene)
    if (dueAt === null) return true
    const waitMs = Math.max(dueAt, ...queue.waiting.map((one) => one.dueAt)) - Date.now()
    // The sweep leaves alone what became due a moment ago.
    clock.jumpServer(Math.max(0, waitMs) + 16_000)
    for (const client of scene.clients) client.record.excuses += 1
    await sweep()
  }
  return isStuck(scene, 'work that does not end')
}

function isStuck(scene: Scene, what: string): false {
  scene.stuck.push(what)
  return false
}

/** A reply that waits for an earlier one is as late as that, which a clock that went back can put a day ahead. */
async function nextDue(scene: Scene): Promise<number | null> {
  const statement = env.DB.prepare(
    `select min(max(due_at, coalesce(lease_until, 0))) as at from jobs
      where tenant_id = ?1 and state in ('due', 'running', 'sending') and not (kind = 'send' and exists (
        select 1 from jobs as earlier where earlier.tenant_id = jobs.tenant_id
          and earlier.conversation_id = jobs.conversation_id and earlier.seq < jobs.seq
          and earlier.kind = 'send' and earlier.state in ('due', 'running', 'sending')))`,
  )
  const results = await env.DB.batch<{ at: number | null }>(scene.tenants.map(({ id }) => statement.bind(id)))
  const times = results.flatMap(({ results: [row] }) => row?.at ?? [])
  return times.length === 0 ? null : Math.min(...times)
}
