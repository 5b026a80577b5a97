import type { SocketsSpec, Target } from '../load/messages.ts'

/** A server that runs. `pid`: the root of its process tree, whose processor time and memory are measured. */
export type RunningPeer = {
  pid: number
  /** What to open for `count` sockets. */
  sockets: (count: number) => Promise<SocketsSpec>
  /** Fans an event out and does nothing else; null where there is no such way in. */
  eventTarget: Target | null
  webhookTarget: Target
  /** Calls of D1 so far, where they are counted. */
  databaseCalls?: () => Promise<number>
  stop: () => Promise<void>
}

/** Why a peer cannot take part on this machine. */
export type Absence = { absentBecause: string }

export type StartPeer = (workDir: string) => Promise<RunningPeer | Absence>

export const appSecret = 'bench-app-secret'

export function plainSockets(port: number, path: string): (count: number) => Promise<SocketsSpec> {
  return async (count) => ({
    port,
    dialect: 'plain',
    requests: Array.from({ length: count }, () => ({ path, headers: [] })),
  })
}
