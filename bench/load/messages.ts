import type { RunSpec } from './run.ts'

/** How the sockets of a peer are opened, and what is spoken on them. */
export type Dialect = 'plain' | 'edge-inbox' | 'socket-io'
export type SocketsSpec = {
  port: number
  dialect: Dialect
  /** Remember the offset of each event, to resume from there (Socket.IO). */
  tracksOffset?: boolean
  /** One for each socket: the path, and header lines of its own. */
  requests: { path: string; headers: string[] }[]
}

/**
 * How events get in. `event`: the frame itself, for peers that only fan out. `webhook`: WhatsApp's delivery, signed with
 * `secret`, for those that store it first.
 */
export type Target = { port: number; path: string } & (
  | { form: 'event' }
  /** `isShort`: a text so short that a notification's preview holds all of it, marker and all. */
  | { form: 'webhook'; secret: string; isShort?: boolean }
)

export type RunResult = {
  events: number
  deliveries: number
  /** From the first request to the last receipt and answer. */
  elapsedMs: number
  /** For each event: from its request until the first socket, and until every socket, had it. */
  firstMs: number[]
  lastMs: number[]
  missing: number
  repeated: number
  /** Requests that were not answered with success. */
  refused: number
  /** Sockets that the server closed, with what it said about the first of them. */
  closed: number
  closedBecause: string
  frames: number
  bytes: number
  /** The generator's own share of one core, 0…1. */
  load: number
}

/** What the benchmark asks the generator, and what it answers. */
export type Question =
  | { ask: 'open'; sockets: SocketsSpec }
  | { ask: 'settle' }
  | { ask: 'run'; run: RunSpec }
  | { ask: 'leave'; run: RunSpec }
  | { ask: 'return' }
  | { ask: 'close' }
export type Answer =
  | { of: 'open'; openedMs: number; open: number; firstFailure: string }
  | { of: 'settle'; open: number }
  | { of: 'run'; result: RunResult }
  | { of: 'leave' }
  | { of: 'return'; result: RunResult; reopenedMs: number; caughtUpMs: number }
  | { of: 'close' }
  | { of: 'failure'; message: string }
