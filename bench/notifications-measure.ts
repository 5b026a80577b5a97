import { z } from 'zod'
import { findFreePort } from '../scripts/lib/http.ts'
import { ask } from './companion-ask.ts'
import { type LoadClient, startLoadClient } from './load/load-client.ts'
import type { RunResult, SocketsSpec, Target } from './load/messages.ts'
import { type ServerProcess, startMiniflare } from './peers/child.ts'
import { adminToken, createTenant, inboxSpec, mintToken } from './peers/edge-inbox.ts'
import { appSecret } from './peers/peer.ts'
import { usageOf } from './process-usage.ts'
import { percentile } from './statistics.ts'

export type Feed = 'communications' | 'notifications'

/** Who listens: each of `users` with one socket of the feed that is measured; `beside`: and with one of the other. */
export type Audience = { users: number; feed: Feed; beside: boolean }

/** What one message costs, in one round. `rowsWritten` counts entries of indexes as well, as D1 does. */
export type MessageCost = {
  rowsWritten: number
  databaseCalls: number
  frames: number
  kilobytes: number
  p50Ms: number
  p95Ms: number
  cpuMs: number
}

/** The measured feeds: nobody at all, few users, many; the other feed, and both at once. */
export const audiences: readonly Audience[] = [
  { users: 10, feed: 'notifications', beside: false },
  { users: 1000, feed: 'notifications', beside: false },
  { users: 1000, feed: 'communications', beside: false },
  { users: 1000, feed: 'notifications', beside: true },
]

type Webhook = Extract<Target, { form: 'webhook' }>
type Stage = { server: ServerProcess; url: string; target: Webhook; tokens: readonly Token[]; nextId: number }
type Token = { userId: string; authorization: string }

const messages = 30
const atOnce = 8
const known = 60

/** One round of each, on a Worker that nobody has used. Half of the users have settings of their own. */
export async function measureNotifications(
  workDir: string,
  progress: (text: string) => void,
): Promise<Map<Audience, MessageCost>> {
  const stage = await openStage(workDir, Math.max(...audiences.map(({ users }) => users)))
  try {
    const costs = new Map<Audience, MessageCost>()
    for (const audience of audiences) {
      progress(titleOf(audience))
      costs.set(audience, await measureAudience(stage, audience))
    }
    return costs
  } finally {
    await stage.server.stop()
  }
}

export function titleOf({ users, feed, beside }: Audience): string {
  const n = `${users.toLocaleString('en')} users`
  if (beside) return `${n}, both feeds at once: notifications`
  return feed === 'notifications' ? `${n}, notifications` : `${n}, messages`
}

async function openStage(workDir: string, users: number): Promise<Stage> {
  const port = await findFreePort()
  const url = `http://127.0.0.1:${port}`
  const server = await startMiniflare(await inboxSpec(port, workDir, { entry: 'bench/workers/counting-inbox.ts' }))
  const serviceKey = await createTenant(url, adminToken())
  const path = '/api/v1/communications/webhooks/whatsapp'
  const target: Webhook = { port, path, form: 'webhook', secret: appSecret }
  const tokens = await inTurn(users, async (at) => {
    const userId = crypto.randomUUID()
    const authorization = `Bearer ${await mintToken(url, serviceKey, userId)}`
    if (at % 2 === 0) await putSettings(url, authorization)
    return { userId, authorization }
  })
  return { server, url, target, tokens, nextId: 1 }
}

async function inTurn<Result>(count: number, make: (at: number) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  for (let from = 0; from < count; from += atOnce) {
    const places = Array.from({ length: Math.min(atOnce, count - from) }, (_, n) => from + n)
    results.push(...(await Promise.all(places.map(make))))
  }
  return results
}

/** Silent, and not for everything: other frames than those of users who left all as it was. */
async function putSettings(url: string, authorization: string): Promise<void> {
  const rules = { 'new_message.unassigned': ['socket'], 'new_conversation.unassigned': ['socket'] }
  const { status } = await ask('The Worker', `${url}/api/v1/notifications/settings`, {
    method: 'PUT',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ version: 1, rules, time_zone: 'Europe/Kyiv' }),
  })
  if (status !== 200) throw new Error(`Settings were answered ${status}`)
}

function socketsFor({ target, tokens }: Stage, users: number, feed: Feed): SocketsSpec {
  const requests = tokens.slice(0, users).map(({ userId, authorization }) => ({
    path: `/api/v1/${feed}/ws/${userId}`,
    headers: [`Authorization: ${authorization}`, 'Sec-WebSocket-Protocol: edge-inbox.v1'],
  }))
  return { port: target.port, dialect: 'edge-inbox', requests }
}

async function openLoad(stage: Stage, users: number, feed: Feed): Promise<LoadClient> {
  const load = startLoadClient()
  const { open, firstFailure } = await load.ask({ ask: 'open', sockets: socketsFor(stage, users, feed) })
  if (open !== users) throw new Error(`${open} of ${users} sockets opened: ${firstFailure}`)
  return load
}

async function measureAudience(stage: Stage, { users, feed, beside }: Audience): Promise<MessageCost> {
  const loads = [await openLoad(stage, users, feed)]
  if (beside) loads.push(await openLoad(stage, users, feed === 'notifications' ? 'communications' : 'notifications'))
  try {
    const [load] = loads
    if (load === undefined) throw new Error('There is no load')
    await run(stage, load, { feed, requests: known })
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    const before = await look(stage)
    const result = await run(stage, load, { feed, requests: messages })
    return costOf(result, before, await look(stage))
  } finally {
    for (const load of loads) {
      await load.ask({ ask: 'close' })
      load.end()
    }
  }
}

/** A preview holds a short text whole; on the feed of messages that would be there twice. */
async function run(
  stage: Stage,
  load: LoadClient,
  { feed, requests }: { feed: Feed; requests: number },
): Promise<RunResult> {
  const target: Webhook = feed === 'notifications' ? { ...stage.target, isShort: true } : stage.target
  const spec = {
    target,
    pacing: { kind: 'receipts', atOnce: 1 },
    requests,
    eventsEach: 1,
    firstId: stage.nextId,
  } as const
  stage.nextId += requests
  const { result } = await load.ask({ ask: 'run', run: spec })
  const { missing, repeated, refused, closed } = result
  if (missing + repeated + refused + closed > 0) {
    throw new Error(`${missing} missing, ${repeated} repeated, ${refused} refused, ${closed} closed`)
  }
  return result
}

const Counts = z.object({ reads: z.number(), batches: z.number(), rowsWritten: z.number() })
type Look = z.infer<typeof Counts> & { cpuSeconds: number }

async function look({ url, server }: Stage): Promise<Look> {
  const { body } = await ask('The Worker', `${url}/bench/d1`, {})
  return { ...Counts.parse(body), cpuSeconds: usageOf(server.pid)?.cpuSeconds ?? Number.NaN }
}

function costOf(result: RunResult, before: Look, after: Look): MessageCost {
  return {
    rowsWritten: (after.rowsWritten - before.rowsWritten) / messages,
    databaseCalls: (after.reads + after.batches - before.reads - before.batches) / messages,
    frames: result.frames / messages,
    kilobytes: result.bytes / messages / 1000,
    p50Ms: percentile(result.lastMs, 50),
    p95Ms: percentile(result.lastMs, 95),
    cpuMs: ((after.cpuSeconds - before.cpuSeconds) * 1000) / messages,
  }
}
