import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { findFreePort } from '../../scripts/lib/http.ts'
import { messagesTable } from '../servers/messages-table.ts'
import type { Target } from '../load/messages.ts'
import { bundle } from './bundle.ts'
import { startMiniflare, startServer } from './child.ts'
import { type Absence, type RunningPeer, appSecret, plainSockets } from './peer.ts'

type Targets = { eventTarget: Target; webhookTarget: Target }

function targetsOf(port: number): Targets {
  return {
    eventTarget: { port, path: '/publish', form: 'event' },
    webhookTarget: { port, path: '/webhook', form: 'webhook', secret: appSecret },
  }
}

type WorkerPeer = { entry: string; object: { binding: string; className: string }; socketPath: string }

async function startWorkerPeer(workDir: string, peer: WorkerPeer): Promise<RunningPeer> {
  const port = await findFreePort()
  const server = await startMiniflare({
    port,
    script: await bundle(peer.entry, workDir),
    stateDir: join(workDir, `worker-${port}`),
    bindings: { APP_SECRET: appSecret },
    object: peer.object,
    schema: [messagesTable],
    buckets: [],
  })
  return { ...server, sockets: plainSockets(port, peer.socketPath), ...targetsOf(port) }
}

export function startBareWorker(workDir: string): Promise<RunningPeer> {
  const object = { binding: 'ROOM', className: 'BareRoom' }
  return startWorkerPeer(workDir, { entry: 'bench/workers/bare-worker.ts', object, socketPath: '/socket' })
}

export function startPartyServer(workDir: string): Promise<RunningPeer> {
  const object = { binding: 'Room', className: 'Room' }
  return startWorkerPeer(workDir, { entry: 'bench/workers/party-worker.ts', object, socketPath: '/parties/room/room' })
}

function makeStateDir(workDir: string, name: string): string {
  const dir = join(workDir, name)
  mkdirSync(dir, { recursive: true })
  return dir
}

export async function startSocketIo(workDir: string): Promise<RunningPeer> {
  const port = await findFreePort()
  const args = [String(port), makeStateDir(workDir, `socket-io-${port}`), appSecret]
  const server = await startServer(process.execPath, 'socket-io-server.ts', args, port)
  return {
    ...server,
    sockets: async (count) => ({
      port,
      dialect: 'socket-io',
      tracksOffset: count === 1000,
      requests: Array.from({ length: count }, () => ({
        path: '/socket.io/?EIO=4&transport=websocket',
        headers: [],
      })),
    }),
    ...targetsOf(port),
  }
}

/** Debian's own Python, with Debian's own packages. */
const python = '/usr/bin/python3'

export async function startFastApi(workDir: string): Promise<RunningPeer | Absence> {
  const found = spawnSync(python, ['-c', 'import fastapi, uvicorn, websockets'])
  if (found.status !== 0) {
    const packages = 'python3-fastapi python3-uvicorn python3-websockets'
    return { absentBecause: `FastAPI is not installed here (apt-get install ${packages})` }
  }
  const port = await findFreePort()
  const args = [String(port), makeStateDir(workDir, `fastapi-${port}`), appSecret, messagesTable]
  const server = await startServer(python, 'fastapi-server.py', args, port)
  return { ...server, sockets: plainSockets(port, '/socket'), ...targetsOf(port) }
}
