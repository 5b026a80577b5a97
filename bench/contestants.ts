import { startEdgeInbox } from './peers/edge-inbox.ts'
import { startBareWorker, startFastApi, startPartyServer, startSocketIo } from './peers/others.ts'
import type { StartPeer } from './peers/peer.ts'

export type PeerId = 'edge-inbox' | 'bare' | 'partyserver' | 'socket-io' | 'fastapi'

export const peers: Readonly<Record<PeerId, StartPeer>> = {
  'edge-inbox': (workDir) => startEdgeInbox(workDir),
  bare: startBareWorker,
  partyserver: startPartyServer,
  'socket-io': startSocketIo,
  fastapi: startFastApi,
}

/** One column of the tables: a peer, and the way in that is used. `webhook` stores before it fans out, `event` does not. */
export type Contestant = { id: string; title: string; peer: PeerId; form: 'event' | 'webhook' }

export const ourId = 'edge-inbox'
/** Whose figures the goals are set against. */
export const bareObjectId = 'bare-object'
export const bareWorkerId = 'bare-worker'

export const contestants: readonly Contestant[] = [
  { id: ourId, title: 'Edge Inbox', peer: 'edge-inbox', form: 'webhook' },
  { id: bareObjectId, title: 'bare DO', peer: 'bare', form: 'event' },
  { id: bareWorkerId, title: 'bare Worker', peer: 'bare', form: 'webhook' },
  { id: 'partyserver', title: 'PartyServer', peer: 'partyserver', form: 'event' },
  { id: 'partyserver-stored', title: 'PartyServer', peer: 'partyserver', form: 'webhook' },
  { id: 'socket-io', title: 'Socket.IO', peer: 'socket-io', form: 'event' },
  { id: 'socket-io-stored', title: 'Socket.IO', peer: 'socket-io', form: 'webhook' },
  { id: 'fastapi', title: 'FastAPI', peer: 'fastapi', form: 'event' },
  { id: 'fastapi-stored', title: 'FastAPI', peer: 'fastapi', form: 'webhook' },
]

export function isPeerId(name: string): name is PeerId {
  return Object.hasOwn(peers, name)
}
