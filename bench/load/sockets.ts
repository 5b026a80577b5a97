import type { SocketsSpec } from './messages.ts'
import { type Host, type LoadSocket, jsonPing, openSocket } from './socket.ts'

/** Upgrades under way at a time, as many as the listen queue of any peer takes. */
export const openingAtOnce = 64

/** Client sockets that count what they receive. */
export type LoadSockets = { host: Host; all: LoadSocket[] }

export function createSockets(spec: SocketsSpec, onText: Host['onText']): LoadSockets {
  const tally = { frames: 0, bytes: 0, closed: 0, closedBecause: '' }
  return { host: { spec, onText, buffer: Buffer.allocUnsafe(256 * 1024), tally, isLeaving: false }, all: [] }
}

/**
 * Opens all; those that were open before resume where they stood. Gives how many are open, and why the first that failed
 * did.
 */
export async function openSockets(
  sockets: LoadSockets,
  atOnce: number,
): Promise<{ open: number; firstFailure: string }> {
  const { host, all: before } = sockets
  host.isLeaving = false
  sockets.all = []
  let next = 0
  const failures: string[] = []
  const openNext = async (): Promise<void> => {
    while (next < host.spec.requests.length) {
      const at = next
      next += 1
      const position = before[at]?.position ?? { journal: null, recoveryId: '', offset: '' }
      const failure = await new Promise<string | null>((onceOpen) => {
        sockets.all[at] = openSocket(host, at, { position, onceOpen })
      })
      if (failure !== null) failures.push(failure)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, host.spec.requests.length) }, openNext))
  return { open: countOpen(sockets), firstFailure: failures[0] ?? '' }
}

export function countOpen({ all }: LoadSockets): number {
  return all.filter(({ state }) => state === 'open').length
}

/** Hears from the hub for every socket where the journal stands, and shows the hub that the sockets live. */
export async function settleSockets(sockets: LoadSockets): Promise<number> {
  if (sockets.host.spec.dialect === 'edge-inbox') {
    const open = sockets.all.filter(({ state }) => state === 'open')
    await Promise.all(open.map(pong))
  }
  return countOpen(sockets)
}

function pong(socket: LoadSocket): Promise<void> {
  return new Promise((resolve) => {
    socket.oncePong = resolve
    socket.net.write(jsonPing)
  })
}

/** Cuts every connection without a word, as a network does. */
export function cutSockets({ host, all }: LoadSockets): void {
  host.isLeaving = true
  for (const socket of all) {
    socket.state = 'closed'
    socket.net.resetAndDestroy()
  }
}
