import { z } from 'zod'
import { companionRole } from '../channels/registry.ts'
import type { IngestOutcome } from '../ingest/items.ts'
import { closeCodes } from '../protocol/close-codes.ts'
import type { CompanionAccount, Doorbell } from '../protocol/companion.ts'

/*
 * The companions' sockets. They only ring: whoever hears nothing pulls every half minute all the same, so a lost ring is
 * harmless, and nothing about them is kept.
 */

/** Tells these sockets from those of users, also after the hub has slept. */
const tag = 'companion'
const maxDoorbells = 20

/** Whose socket it is, as the Worker verified it. */
export const DoorbellSession = z.object({ tenantId: z.string(), keyId: z.string() })
export type DoorbellSession = z.infer<typeof DoorbellSession>

type Host = Pick<DurableObjectState, 'acceptWebSocket' | 'getWebSockets'>

/** A new one takes the place of the oldest when there are too many. Pings are answered by the runtime. */
export function acceptDoorbell(host: Host, { keyId }: DoorbellSession): Response {
  const { 0: client, 1: server } = new WebSocketPair()
  const before = host.getWebSockets(tag)
  for (const oldest of before.slice(0, Math.max(0, before.length - maxDoorbells + 1))) {
    close(oldest, { code: closeCodes.tooManySockets, reason: 'A newer socket took its place.' })
  }
  host.acceptWebSocket(server, [tag, keyTag(keyId)])
  return new Response(null, { status: 101, webSocket: client })
}

const keyTag = (keyId: string): string => `key:${keyId}`

/** Closes the sockets that a key has opened, or all of them. */
export function closeDoorbells(host: Host, closing: { keyId?: string; code: number; reason: string }): number {
  const sockets = host.getWebSockets(closing.keyId === undefined ? tag : keyTag(closing.keyId))
  for (const ws of sockets) close(ws, closing)
  return sockets.length
}

function close(ws: WebSocket, { code, reason }: { code: number; reason: string }): void {
  try {
    ws.close(code, reason)
  } catch {
    // Closed already, by either side: nothing is left to do.
  }
}

/** Work that only the companion does: no queue needs to hear of it. */
export function isForCompanionOnly({ kind, platform }: IngestOutcome['jobs'][number]): boolean {
  return kind === 'send' && platform !== null && companionRole(platform) === 'always'
}

/** The newest number of each channel with replies that a companion may have to send. */
function ringsOf(jobs: IngestOutcome['jobs']): Map<string, number> {
  const rings = new Map<string, number>()
  for (const { kind, platform, channelId, seq } of jobs) {
    const isCompanions = kind === 'send' && platform !== null && companionRole(platform) !== null
    if (isCompanions) rings.set(channelId, Math.max(seq, rings.get(channelId) ?? 0))
  }
  return rings
}

/** Tells every companion of new work. `accountsOf` knows the accounts of channels; it is asked only if anybody listens. */
export async function ringDoorbells(
  host: Host,
  jobs: IngestOutcome['jobs'],
  accountsOf: (channelIds: string[]) => Promise<ReadonlyMap<string, CompanionAccount>>,
): Promise<void> {
  const rings = ringsOf(jobs)
  if (rings.size === 0 || host.getWebSockets(tag).length === 0) return
  const accounts = await accountsOf([...rings.keys()])
  for (const [channelId, seq] of rings) {
    const account = accounts.get(channelId)
    if (account !== undefined) send(host.getWebSockets(tag), { type: 'commands', account, seq })
  }
}

function send(sockets: readonly WebSocket[], doorbell: Doorbell): void {
  const frame = JSON.stringify(doorbell)
  for (const ws of sockets) {
    try {
      ws.send(frame)
    } catch {
      // The peer is gone: it pulls.
    }
  }
}
