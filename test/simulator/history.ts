import { abortAllDurableObjects } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { evict, sendAway } from './hub-upsets.ts'
import type { ModelClient } from './model-client.ts'
import { finishTelling, readBells, settleSettings, tell } from './bell-senders.ts'
import { finishMails, sendMail } from './mail-senders.ts'
import { finishReplies, openChats, rush, sendAgain, sendReply, sweep, takeBack, tellNews, work } from './outbox.ts'
import { describeOperation, type Operation, type Plan } from './plan.ts'
import type { HistoryRecord, TenantRecord } from './record.ts'
import type { ReplyOperation } from './replies.ts'
import { hubOf, openScene, type Scene, type SceneTenant, tenantOf, track, upgrade } from './scene.ts'
import { broadcast, changeConversation, deliver, storeElsewhere } from './senders.ts'
import { dropTenant, readTables } from './tables.ts'
import { calm } from './weather.ts'
import { clock, faults, platform, realNow, mailRelay } from './worker.ts'
import { historyStart } from './world.ts'

const sleep = (ms: number): Promise<void> => scheduler.wait(ms)

/** Plays one history on the real parts and gives what came of it. */
export async function playHistory(plan: Plan): Promise<HistoryRecord> {
  const scene = await openScene(plan)
  await openChats(scene)
  for (const operation of plan.operations) {
    if (!(await endsInTime(scene, describeOperation(operation), perform(scene, operation)))) break
  }
  const faultCount = faults.count
  await endsInTime(scene, 'coming to rest', comeToRest(scene))
  const record = await closeScene(scene, faultCount)
  await Promise.all(scene.tenants.map(({ id }) => dropTenant(env.DB, id)))
  return record
}

/** Longer than anything takes on a slow machine. */
const operationMs = 120_000

/** Whether some work ends at all. What never answers is a finding; stopping the hubs lets the history go on. */
async function endsInTime(scene: Scene, what: string, work: Promise<unknown>): Promise<boolean> {
  if (await orLate(work, operationMs)) return true
  scene.stuck.push(`no end of this within ${operationMs} ms: ${what}`)
  await abortAllDurableObjects()
  return false
}

/** Waits no longer than `ms`. False when it was not done by then. */
async function orLate(work: Promise<unknown>, ms: number): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<false>()
  const timer = setTimeout(() => resolve(false), ms)
  try {
    return await Promise.race([work.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}

/** In the history's own time, then how long it really took. */
function note(scene: Scene, line: string): void {
  scene.trace.push(`${seconds(clock.now() - historyStart)} ${String(realNow() - scene.startedAt).padStart(5)} ${line}`)
}

const seconds = (ms: number): string => (ms / 1000).toFixed(1).padStart(6)

async function perform(scene: Scene, operation: Operation): Promise<void> {
  const line = describeOperation(operation)
  note(scene, line)
  const answered: Answered = (work) =>
    track(
      scene,
      work.then(
        (outcome) => note(scene, `  ${line}: ${String(outcome)}`),
        (error: unknown) => scene.stuck.push(`${line} failed in the simulator: ${String(error)}`),
      ),
    )
  switch (operation.kind) {
    case 'deliver': {
      const { copies, updates } = operation
      const work = answered(Promise.all(Array.from({ length: copies }, () => deliver(scene, updates))))
      return waitIf(operation.isAwaited, work)
    }
    case 'broadcast':
      return waitIf(operation.isAwaited, answered(broadcast(scene, operation.updates)))
    case 'overlap':
      return waitIf(operation.isAwaited, answered(storeElsewhere(scene, operation.updates)))
    case 'duel': {
      const { elsewhere, updates } = operation
      return waitIf(true, answered(Promise.all([storeElsewhere(scene, elsewhere), deliver(scene, updates)])))
    }
    case 'relay':
      return waitIf(true, answered(relay(scene, operation)))
    case 'gap':
      return waitIf(true, answered(leaveGap(scene, operation)))
    case 'resend':
      return waitIf(true, answered(resend(scene)))
    case 'read':
    case 'change':
      return waitIf(true, answered(changeConversation(scene, operation)))
    case 'weather':
      faults.weather = operation.weather
      return
    case 'evict':
      return evict(tenantOf(scene, operation.tenant), operation.webSockets)
    case 'abort':
      return abortAllDurableObjects()
    case 'send_away':
      return waitIf(false, answered(sendAway(tenantOf(scene, operation.tenant))))
    case 'client':
      return actOn(scene, operation)
    case 'wait':
      return advance(scene, operation.ms, operation.isHasty)
    case 'clock':
      clock.jumpServer(operation.ms)
      // A ticket is spent until it has expired: a clock that goes back brings it to life again, and no store helps.
      scene.canJudgeTickets &&= operation.ms > 0
      for (const client of scene.clients) client.record.excuses += 1
      return
    case 'settle':
      return quiet(scene)
    case 'mail':
      return waitIf(operation.isAwaited, answered(sendMail(scene, operation)))
    case 'note':
    case 'notice':
    case 'settings':
    case 'read_all':
      return waitIf(!('isAwaited' in operation) || operation.isAwaited, answered(tell(scene, operation)))
    default:
      return performReply(scene, operation, answered)
  }
}

type Answered = (work: Promise<unknown>) => Promise<unknown>

/** What has to do with replies. */
async function performReply(scene: Scene, operation: ReplyOperation, answered: Answered): Promise<void> {
  switch (operation.kind) {
    case 'reply': {
      const { reply, copies, isAwaited } = operation
      return waitIf(isAwaited, answered(Promise.all(Array.from({ length: copies }, () => sendReply(scene, reply)))))
    }
    case 'again':
      return waitIf(true, answered(sendAgain(scene, operation)))
    case 'rush':
      return waitIf(true, answered(rush(scene, operation)))
    case 'work':
      return waitIf(operation.isAwaited, answered(work()))
    case 'sweep':
      return waitIf(true, answered(sweep()))
    case 'news':
      return waitIf(operation.isAwaited, answered(tellNews(scene, operation.tenant)))
    case 'elsewhere':
      return platform.writeElsewhere(operation, operation.contact, operation)
    case 'mark':
      return platform.mark(operation, operation.contact, operation.status)
    case 'takeback':
      return waitIf(true, answered(takeBack(scene, operation)))
  }
}

async function waitIf(isAwaited: boolean, work: Promise<unknown>): Promise<void> {
  if (isAwaited) await work
  else await sleep(0)
}

async function relay(scene: Scene, keys: Extract<Operation, { kind: 'relay' }>): Promise<number[]> {
  const before = await deliver(scene, [keys.before])
  await storeElsewhere(scene, [keys.elsewhere])
  return [before, await deliver(scene, [keys.between]), await deliver(scene, [keys.here])]
}

async function waitFor(isTime: () => boolean, ms: number): Promise<void> {
  for (let waited = 0; !isTime() && waited < ms; waited += 2) await sleep(2)
}

async function leaveGap(
  scene: Scene,
  { client, notice, deliveries, isLate }: Extract<Operation, { kind: 'gap' }>,
): Promise<number[]> {
  scene.clients[client]?.act('lose_frame')
  await tell(scene, { kind: 'notice', notice, copies: 1, isAwaited: true })
  const [lost = [], noticed = [], ...rest] = deliveries
  const release = isLate ? faults.holdPages() : () => undefined
  try {
    const { pagesHeld } = faults
    const statuses = [await deliver(scene, lost), ...(noticed.length > 0 ? [await deliver(scene, noticed)] : [])]
    if (isLate) await waitFor(() => faults.pagesHeld > pagesHeld, 20)
    for (const updates of rest) statuses.push(await deliver(scene, updates))
    await sleep(0)
    return statuses
  } finally {
    release()
  }
}

/** What failed is sent again, in other pieces. */
async function resend(scene: Scene): Promise<number[]> {
  const keys = scene.random.shuffle([...scene.failing])
  return send(scene, keys)
}

function send(scene: Scene, keys: readonly string[]): Promise<number[]> {
  const isOf = (via: string) => (key: string) => scene.updates.get(key)?.via === via
  const mail = keys.filter(isOf('whatsapp'))
  const parts = Array.from({ length: Math.ceil(mail.length / 6) }, (_, at) => mail.slice(at * 6, at * 6 + 6))
  const ofCompanion = Map.groupBy(keys.filter(isOf('telegram')), (key) => scene.updates.get(key)?.tenant)
  return Promise.all([
    ...parts.map((part) => deliver(scene, part)),
    ...[...ofCompanion.values()].map((part) => broadcast(scene, part)),
  ])
}

async function actOn(scene: Scene, { client: index, action }: Extract<Operation, { kind: 'client' }>): Promise<void> {
  const client = scene.clients[index]
  if (client === undefined) return
  if (action === 'reuse_ticket') await reuseTicket(scene, client)
  else client.act(action)
  await sleep(0)
}

/** Somebody who saw a ticket tries it again. */
async function reuseTicket(scene: Scene, client: ModelClient): Promise<void> {
  const request = client.usedRequest()
  const far = request === null ? null : await upgrade(scene, request).catch(() => null)
  if (far === null) return
  const welcome = new Promise<boolean>((resolve) => {
    far.addEventListener('message', ({ data }) => resolve(String(data).startsWith('{"type":"ready"')))
    far.addEventListener('close', () => resolve(false))
  })
  far.accept()
  const isWelcome = await Promise.race([welcome, sleep(1_000).then(() => false)])
  if (isWelcome && scene.canJudgeTickets) scene.reusedTickets += 1
  far.close(1000)
}

// ---------------------------------------------------------------- time

const patienceMs = 5_000

/** Everything that is on its way arrives: calls are answered, frames are read. No time passes. */
async function quiet(scene: Scene): Promise<void> {
  const until = realNow() + patienceMs
  for (;;) {
    while (scene.inFlight.size > 0 && realNow() < until) await sleep(1)
    await orLate(Promise.all(scene.clients.map((client) => client.barrier())), patienceMs)
    await sleep(0)
    if (scene.inFlight.size === 0) return
    if (realNow() < until) continue
    scene.stuck.push(`${scene.inFlight.size} calls got no answer within ${patienceMs} ms`)
    scene.inFlight.clear()
  }
}

async function advance(scene: Scene, ms: number, isHasty: boolean): Promise<void> {
  const until = clock.now() + ms
  do {
    if (isHasty) await sleep(0)
    else await quiet(scene)
  } while (clock.runNext(until))
}

// ---------------------------------------------------------------- the end

/** The weather clears, senders finish, everybody comes back and catches up. */
async function comeToRest(scene: Scene): Promise<void> {
  note(scene, 'the weather clears')
  await quiet(scene)
  faults.weather = calm
  await finishMails(scene)
  await finishReplies(scene)
  await finishMails(scene)
  await finishTelling(scene)
  await finishSending(scene)
  for (const client of scene.clients) client.wakeUp()
  await sayLastWords(scene)
}

async function finishSending(scene: Scene): Promise<void> {
  const missing = (): string[] => scene.plan.updates.map(({ key }) => key).filter((key) => !scene.acknowledged.has(key))
  for (let round = 0; round < 4 && missing().length > 0; round++) {
    const keys = missing()
    note(scene, `sent at last: ${keys.join()}: ${(await send(scene, keys)).join()}`)
  }
  for (const tenant of scene.tenants) {
    if (tenant.needsNudge) await nudge(scene, tenant)
  }
}

/** A repetition of something known: it stores nothing, and shows what the hub had not heard of. */
async function nudge(scene: Scene, { index }: SceneTenant): Promise<void> {
  const known = scene.plan.updates.find((update) => update.tenant === index && update.kind === 'message')
  if (known !== undefined) await send(scene, [known.key])
}

const maxSettleMs = 600_000

async function settleClients(scene: Scene): Promise<void> {
  const until = clock.now() + maxSettleMs
  for (;;) {
    await quiet(scene)
    const heads = await headsOf(scene)
    const late = scene.clients.filter((client) => !client.isSettledAt(heads[client.record.tenant] ?? 0))
    if (late.length === 0) return
    const next = clock.nextAt()
    if (next === null || next > until) {
      for (const { record, cursor } of late) {
        scene.stuck.push(`${record.name} is ${record.state} at ${cursor()} of ${heads[record.tenant]}`)
      }
      return
    }
    // A page that was told to stay away is loaded again by its user.
    for (const client of late) if (client.record.state === 'stopped') client.wakeUp()
    clock.runNext(next)
  }
}

async function headsOf(scene: Scene): Promise<number[]> {
  const statement = env.DB.prepare('select seq from journal_heads where tenant_id = ?1')
  const results = await env.DB.batch<{ seq: number }>(scene.tenants.map(({ id }) => statement.bind(id)))
  return results.map((result) => result.results[0]?.seq ?? 0)
}

/**
 * Two more messages for each tenant in fair weather. With the first one the hub sends those away whose session ended
 * while nothing was said; a page may lose it. The second has to arrive by itself, before any timer runs.
 */
async function sayLastWords(scene: Scene): Promise<void> {
  for (const [round, words] of scene.plan.lastWords.entries()) {
    await settleClients(scene)
    if (round === 0) {
      await settleSettings(scene)
      scene.clients[scene.plan.deafClient ?? -1]?.act('lose_frame')
    }
    const keys = words.map(({ key }) => key)
    const status = await deliver(scene, keys)
    note(scene, `last words ${keys.join()}: ${status}`)
    if (status !== 200) scene.stuck.push(`the last words were answered with ${status}`)
    await quiet(scene)
  }
  for (const { record, cursor } of scene.clients) record.calmCursor = cursor()
}

async function closeScene(scene: Scene, faultCount: number): Promise<HistoryRecord> {
  const open = await Promise.all(scene.tenants.map((tenant) => hubOf(tenant).countSockets()))
  const clients = scene.clients.map(({ record, cursor }) => ({ ...record, cursor: cursor() }))
  const bells = await Promise.all(scene.tenants.map((tenant) => readBells(scene, tenant)))
  for (const client of scene.clients) client.close()
  const left = await Promise.all(scene.tenants.map(countWhenClosed))
  const tenants = await Promise.all(
    scene.tenants.map(async ({ index, id, channels, mailbox, answers, retried, marks }): Promise<TenantRecord> => {
      const sockets = { socketsOpen: open[index] ?? 0, socketsLeft: left[index] ?? 0 }
      const replies = scene.plan.replies.filter(({ tenant }) => tenant === index)
      const written = platform.written.filter(({ tenant }) => tenant === index)
      const replied = { replies, written, asked: platform.asked, retried, marks }
      const letters = [...scene.letters.values()].filter(({ tenant }) => tenant === index)
      const mailed = { letters, asked: mailRelay.mailed.filter(({ from }) => from === mailbox) }
      const notified = { ...notificationsOf(scene.plan, index), users: bells[index] ?? [] }
      const tables = await readTables(env, { id, channels })
      return { index, id, channels, answers, replied, mailed, notified, ...sockets, tables }
    }),
  )
  return {
    seed: scene.plan.seed,
    updates: [...scene.updates.values()],
    unacknowledged: scene.plan.updates.map(({ key }) => key).filter((key) => !scene.acknowledged.has(key)),
    tenants,
    clients,
    reusedTickets: scene.reusedTickets,
    stuck: scene.stuck,
    trace: scene.trace,
    faults: faultCount,
  }
}

function notificationsOf({ notifications: { notes, notices } }: Plan, index: number) {
  const isOwn = ({ tenant }: { tenant: number }): boolean => tenant === index
  return { notes: notes.filter(isOwn), notices: notices.filter(isOwn) }
}

async function countWhenClosed(tenant: SceneTenant): Promise<number> {
  for (let attempt = 0; ; attempt++) {
    const count = await hubOf(tenant).countSockets()
    if (count === 0 || attempt === 50) return count
    await sleep(1)
  }
}
