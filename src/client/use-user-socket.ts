import { useEffect, useRef, useState } from 'react'
import type { JournalEvent } from '../protocol/frames.ts'
import { type Api, createApi } from './api.ts'
import { createEnvironment, type Environment } from './environment.ts'
import type { ConnectionState } from './inbox-state.ts'
import { InboxSocket, type InboxSocketOptions } from './socket.ts'

/** Where and as whom a hook's socket connects. `userId`, `baseUrl` and `enabled` changing makes a new connection, the rest does not. */
export type UserSocketOptions = {
  /** The user's UUID; as long as there is none (still signing in), nothing is connected. */
  userId: string | null | undefined
  /** Scheme, host and optional path of the Worker; without it the page's own origin, with its session. */
  baseUrl?: string
  /** How to reach the API where the session cookie does not: pages of another origin give one with their own headers. */
  api?: Api
  /** A new one-time ticket; unless given it is asked for from `api`. */
  getTicket?: () => Promise<string>
  enabled?: boolean
  environment?: Environment
}

/** What the server complained of last, or why it ended the connection for good (`close.<code>`). */
export type UserSocketError = { code: string; message: string }

/** `isConnected`: events arrive, or are being caught up with. */
export type UserSocketState = { isConnected: boolean; connection: ConnectionState; error: UserSocketError | null }

type Feed = NonNullable<InboxSocketOptions['feed']>
type Status = { connection: ConnectionState; error: UserSocketError | null }

const idle: Status = { connection: { kind: 'stopped', code: null }, error: null }

/**
 * Keeps one socket open while the component is mounted and calls `onEvent` for each event since its first connection:
 * before that nobody can say where the journal ends. Callbacks may change with every render. Does nothing in a server
 * render.
 */
export function useUserSocket(
  feed: Feed,
  options: UserSocketOptions,
  onEvent: (event: JournalEvent) => void,
): UserSocketState {
  const { userId, baseUrl, enabled = true } = options
  const [status, setStatus] = useState(idle)
  const latest = useRef({ options, onEvent })
  useEffect(() => {
    latest.current = { options, onEvent }
  })
  useEffect(() => {
    if (!enabled || userId === null || userId === undefined || userId === '') return undefined
    return followUserSocket(
      feed,
      { userId, baseUrl, options: () => latest.current.options },
      {
        onEvent: (event) => latest.current.onEvent(event),
        onStatus: setStatus,
      },
    )
  }, [feed, userId, baseUrl, enabled])
  const isConnected = status.connection.kind === 'live' || status.connection.kind === 'catching_up'
  return { isConnected, ...status }
}

/** `options` gives those of the latest render. */
type SocketUser = { userId: string; baseUrl: string | undefined; options: () => UserSocketOptions }

/** Opens a user's socket at the journal's end and reports what happens to it. Gives the way to close it. */
export function followUserSocket(
  feed: Feed,
  user: SocketUser,
  listeners: { onEvent(event: JournalEvent): void; onStatus(status: Status): void },
): () => void {
  const environment = user.options().environment ?? createEnvironment()
  const socket = new InboxSocket(socketOptions(feed, user, environment))
  let status = idle
  const tell = (patch: Partial<Status>): void => {
    status = { ...status, ...patch }
    listeners.onStatus(status)
  }
  socket.onEvent((event) => listeners.onEvent(event))
  socket.onError((error) => tell({ error }))
  socket.onState((connection) => tell({ connection, ...errorOf(connection) }))
  // Not at once: StrictMode mounts twice in one go, and the first of the two would use up a ticket for nothing.
  const cancel = environment.setTimer(() => socket.open(), 0)
  return () => {
    cancel()
    socket.close()
    listeners.onStatus(idle)
  }
}

function socketOptions(
  feed: Feed,
  { userId, baseUrl, options }: SocketUser,
  environment: Environment,
): InboxSocketOptions {
  const base = baseUrl ?? options().api?.baseUrl ?? ''
  const api = (): Api => options().api ?? createApi({ baseUrl: base })
  const askApi = async (): Promise<string> => (await api().ticket()).ticket
  return {
    feed,
    userId,
    environment,
    baseUrl: base,
    credential: { getTicket: () => (options().getTicket ?? askApi)() },
    fetchEvents: (since, limit) => api().events(since, limit, feed === 'notifications' ? feed : undefined),
  }
}

function errorOf(connection: ConnectionState): Partial<Status> {
  if (connection.kind === 'live') return { error: null }
  if (connection.kind !== 'stopped' || connection.code === null) return {}
  const { code } = connection
  return { error: { code: `close.${code}`, message: `The server ended the connection for good (${code})` } }
}
