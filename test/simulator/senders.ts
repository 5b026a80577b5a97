import { env } from 'cloudflare:workers'
import { adapterFor, hasProfiles, replyWindow } from '../../src/channels/registry.ts'
import { ApiError } from '../../src/client/api-error.ts'
import { ingest } from '../../src/ingest/ingest.ts'
import type { IngestItem } from '../../src/ingest/items.ts'
import { stepAlert } from '../../src/notifications/channel-alert.ts'
import { guardDatabase } from './faulty-bindings.ts'
import type { Operation } from './plan.ts'
import { apiOf, call, type Scene, type SceneTenant, tenantOf, updatesOf } from './scene.ts'
import { broadcastItemOf, deliveryOf } from './wire.ts'
import { faults } from './worker.ts'
import type { Update } from './world.ts'

const communications = '/api/v1/communications'
const hmac = { name: 'HMAC', hash: 'SHA-256' }

async function sign(body: Uint8Array<ArrayBuffer>): Promise<string> {
  const key = await crypto.subtle.importKey('raw', new TextEncoder().encode(env.META_APP_SECRET), hmac, false, ['sign'])
  const signature = new Uint8Array(await crypto.subtle.sign('HMAC', key, body))
  return `sha256=${[...signature].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`
}

/** Notes what a sender knows after an answer: only a 200 that arrived is one. */
function conclude(scene: Scene, keys: readonly string[], isStored: boolean): void {
  const isHeard = isStored && !faults.isAnswerLost()
  for (const key of keys) {
    if (isHeard) scene.acknowledged.add(key)
    if (scene.acknowledged.has(key)) scene.failing.delete(key)
    else scene.failing.add(key)
  }
}

/** Meta posts a delivery. Gives the status. */
export async function deliver(scene: Scene, keys: readonly string[]): Promise<number> {
  const delivery = deliveryOf(updatesOf(scene, keys), (tenant) => tenantOf(scene, tenant).accounts)
  const body = new TextEncoder().encode(JSON.stringify(delivery)) as Uint8Array<ArrayBuffer>
  const headers = { 'x-hub-signature-256': await sign(body) }
  const { status } = await call(scene, `${communications}/webhooks/whatsapp`, { method: 'POST', body, headers })
  conclude(scene, keys, status === 200)
  return status
}

type BroadcastResult = { message_id: string | null; seq: number | null; error?: { code: string } }

/** The companion posts what it saw on one tenant's account. Gives the status. */
export async function broadcast(scene: Scene, keys: readonly string[]): Promise<number> {
  const updates = updatesOf(scene, keys)
  const tenant = tenantOf(scene, updates[0]?.tenant ?? 0)
  const items = updates.map((update) => broadcastItemOf(update, tenant.accounts))
  const headers = { authorization: `Bearer ${tenant.serviceKey}` }
  const init = { method: 'POST', body: JSON.stringify({ items }), headers }
  const response = await call(scene, `${communications}/broadcast-message`, init)
  if (response.status === 200) noteResults(scene, tenant, updates, await response.json<{ items: BroadcastResult[] }>())
  conclude(scene, keys, response.status === 200)
  return response.status
}

function noteResults(
  scene: Scene,
  tenant: SceneTenant,
  updates: readonly Update[],
  { items }: { items: readonly BroadcastResult[] },
): void {
  for (const [at, update] of updates.entries()) {
    const result = items[at]
    if (result === undefined || result.error !== undefined) {
      scene.stuck.push(
        `the companion's ${update.kind} ${update.key} was refused: ${result?.error?.code ?? 'no result'}`,
      )
    } else if (update.kind === 'message') {
      const { message_id: messageId, seq } = result
      tenant.answers.push({ kind: 'message', key: update.key, messageId, seq })
    }
  }
}

/** An older instance of the hub stores a delivery by itself. Its own sockets are not part of the history. */
export async function storeElsewhere(scene: Scene, keys: readonly string[]): Promise<void> {
  const d1 = guardDatabase(env.DB, (work) => faults.aroundD1('edge', work))
  const byTenant = Map.groupBy(updatesOf(scene, keys), ({ tenant }) => tenant)
  const stores = [...byTenant].map(async ([index, updates]) => {
    const tenant = tenantOf(scene, index)
    const ownKeys = updates.map(({ key }) => key)
    tenant.needsNudge = true
    try {
      const context = { tenantId: tenant.id, now: Date.now(), replyWindow, hasProfiles, stepAlert }
      const { results } = await ingest(d1, itemsOf(updates, tenant), context)
      const refused = results.find(({ outcome }) => outcome === 'refused')
      if (refused !== undefined) scene.stuck.push(`${ownKeys.join()} refused elsewhere: ${refused.code}`)
      conclude(scene, ownKeys, refused === undefined)
    } catch {
      conclude(scene, ownKeys, false)
    }
  })
  await Promise.all(stores)
}

function itemsOf(updates: readonly Update[], tenant: SceneTenant): IngestItem[] {
  const delivery = deliveryOf(updates, () => tenant.accounts)
  const parsed = adapterFor('whatsapp')?.parse(delivery) ?? []
  const channel = { id: tenant.channels.whatsapp, platform: 'whatsapp' as const }
  return parsed.flatMap((update) => (update.kind === 'item' ? [{ channel, item: update.item }] : []))
}

type StaffOperation = Extract<Operation, { kind: 'read' | 'change' }>

/** A user does something to a conversation. Gives what came of it in a word. */
export async function changeConversation(scene: Scene, operation: StaffOperation): Promise<string> {
  const client = scene.clients[operation.client]
  if (client === undefined) throw new Error(`There is no client ${operation.client}`)
  const tenant = tenantOf(scene, client.record.tenant)
  const api = apiOf(scene, tenant.id, client.userId)
  const target = await pickMessage(tenant, operation.pick)
  if (target === null) return 'nothing there yet'
  const { conversation_id: conversationId, id } = target
  const status = operation.kind === 'change' && operation.status !== null ? { status: operation.status } : {}
  // To oneself, or to the other one, who gets to hear of it.
  const owner =
    operation.pick % 2 === 0 ? client.userId : tenant.users.find((user) => user.userId !== client.userId)?.userId
  const assignee = operation.kind === 'change' && operation.isAssigned ? { assignee_id: owner ?? null } : {}
  const wanted = { ...status, ...assignee }
  if (operation.kind === 'change' && Object.keys(wanted).length === 0) return 'nothing to change'
  try {
    const call =
      operation.kind === 'read' ? api.markRead(conversationId, id) : api.updateConversation(conversationId, wanted)
    const { seq } = await call
    if (seq !== null) tenant.answers.push({ kind: 'conversation', conversationId, seq, wanted })
    return `seq ${seq}`
  } catch (error) {
    // Nobody repeats it: whether it was stored shows with the next thing that is.
    tenant.needsNudge = true
    return error instanceof ApiError ? error.code : String(error)
  }
}

async function pickMessage(tenant: SceneTenant, pick: number): Promise<{ id: string; conversation_id: string } | null> {
  const sql = `select id, conversation_id from messages where tenant_id = ?1 and direction = 'inbound' order by seq`
  const { results } = await env.DB.prepare(sql).bind(tenant.id).all<{ id: string; conversation_id: string }>()
  return results.length === 0 ? null : (results[pick % results.length] ?? null)
}
