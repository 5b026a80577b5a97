import { closeCodes } from '../protocol/close-codes.ts'
import type { HubSession } from './session.ts'
import { type OpenSocket, type Sockets, allSockets, closeSilent, closeSocket, countSockets } from './sockets.ts'

const maxSocketsPerUser = 20
const maxSockets = 10_000
/** A Worker elsewhere takes what was revoked for as long as it remembers who is let in (5 s), and a little on the way. */
const rememberedMs = 10_000

export type Closing = { code: number; reason: string }

/** Sessions from before `validFrom` (epoch ms) end: a user's, or everybody's. */
export type Revocation = Closing & { userId?: string; validFrom: number }

/** What was revoked in the last seconds, by user; under `everybody` for all of them. What is older the Workers know. */
export type Revoked = Map<string, Revocation & { until: number }>

const everybody = '*'

export function noteRevoked(revoked: Revoked, revocation: Revocation, now: number): void {
  for (const [key, { until }] of revoked) if (until <= now) revoked.delete(key)
  revoked.set(revocation.userId ?? everybody, { ...revocation, until: now + rememberedMs })
}

type Admission = { sockets: Sockets; revoked: Revoked; now: number }

/** Makes room for a socket, or says why it is not let in. */
export function admit({ sockets, revoked, now }: Admission, { userId, issuedAt }: HubSession): Closing | null {
  const ended = [revoked.get(everybody), revoked.get(userId)].find(
    (one) => one !== undefined && one.until > now && issuedAt < one.validFrom,
  )
  return ended ?? makeRoom(sockets, userId, now)
}

/** A user's oldest sockets give way to new ones, after those that are dead; the tenant's limit refuses. */
function makeRoom(sockets: Sockets, userId: string, now: number): Closing | null {
  closeSilent(sockets, now)
  const own = socketsOf(sockets, userId)
  for (const oldest of own.slice(0, Math.max(0, own.length - maxSocketsPerUser + 1))) {
    closeSocket(sockets, oldest, {
      code: closeCodes.tooManySockets,
      reason: 'A newer socket of the same user took its place.',
    })
  }
  if (countSockets(sockets) < maxSockets) return null
  return { code: closeCodes.tooManySockets, reason: 'Too many sockets are open.' }
}

/** A user's, on every feed, oldest first. */
export function socketsOf(sockets: Sockets, userId: string): OpenSocket[] {
  return allSockets(sockets).filter((socket) => socket.attachment.userId === userId)
}
