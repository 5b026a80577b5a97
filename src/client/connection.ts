import { closeCodes } from '../protocol/close-codes.ts'
import { subprotocol, ticketPrefix } from '../protocol/frames.ts'
import { isRefusal } from './api-error.ts'
import type { Environment, SocketLike, SocketRequest } from './environment.ts'
import { trimSlash } from './request.ts'

/**
 * How a socket proves whose it is; asked for anew before every attempt. `getTicket`: a one-time ticket, the way of
 * browsers. `getToken`: a JWT or service key for the `Authorization` header, where the runtime can send one (Node).
 */
export type Credential = { getTicket(): Promise<string> } | { getToken(): Promise<string> }

export type ConnectionOptions = {
  environment: Pick<Environment, 'openWebSocket'>
  url: string
  credential: Credential
  onOpen(): void
  onText(text: unknown): void
  /** Ended by anybody but us, at most once. `code` is a close code; 1006 also stands for "never got that far". */
  onEnd(code: number): void
}

/** One attempt, from its credential to its end. */
export type Connection = { send(text: string): void; close(): void }

const noCloseFrame = 1006
const normalClosure = 1000

/** Opens one socket. After `close()` nothing is reported any more. */
export function openConnection(options: ConnectionOptions): Connection {
  let socket: SocketLike | null = null
  let isOver = false
  const end = (code: number): void => {
    if (isOver) return
    isOver = true
    options.onEnd(code)
  }
  const begin = async (): Promise<void> => {
    try {
      const request = await authorise(options.url, options.credential)
      if (isOver) return
      socket = options.environment.openWebSocket(request)
      attach(socket, { ...options, onEnd: end }, () => isOver)
    } catch (error) {
      // A refusal stays one however often it is repeated; anything else may pass.
      end(isRefusal(error) ? closeCodes.unauthorised : noCloseFrame)
    }
  }
  void begin()
  return {
    send: (text) => trySend(socket, text),
    close() {
      isOver = true
      if (socket !== null) detachAndClose(socket)
    },
  }
}

async function authorise(url: string, credential: Credential): Promise<SocketRequest> {
  if ('getTicket' in credential) {
    const ticket = await credential.getTicket()
    return { url, protocols: [subprotocol, ticketPrefix + ticket] }
  }
  const token = await credential.getToken()
  return { url, protocols: [subprotocol], headers: { authorization: `Bearer ${token}` } }
}

function attach(socket: SocketLike, options: ConnectionOptions, isOver: () => boolean): void {
  socket.onopen = () => {
    if (!isOver()) options.onOpen()
  }
  socket.onmessage = (event: { data: unknown }) => {
    if (!isOver()) options.onText(event.data)
  }
  socket.onclose = (event: { code: number }) => options.onEnd(event.code)
  // A close event follows wherever this matters; without a handler Node would complain.
  socket.onerror = () => undefined
}

function trySend(socket: SocketLike | null, text: string): void {
  try {
    socket?.send(text)
  } catch {
    // Still opening, or closing already: its end is reported by itself, and nothing we send has to arrive.
  }
}

function detachAndClose(socket: SocketLike): void {
  socket.onopen = null
  socket.onmessage = null
  socket.onclose = null
  socket.onerror = () => undefined
  try {
    socket.close(normalClosure)
  } catch {
    // Some runtimes throw while the socket is still opening; it was let go anyway.
  }
}

/** The address of a user's socket. `cursor`: where to resume. Throws where neither `baseUrl` nor a page gives a host. */
export function socketUrl(
  baseUrl: string,
  feed: 'communications' | 'notifications',
  userId: string,
  cursor: { seq: number; epoch: string } | null,
): string {
  const url = new URL(
    trimSlash(baseUrl) + `/api/v1/${feed}/ws/${encodeURIComponent(userId)}`,
    globalThis.location?.href,
  )
  url.protocol = url.protocol === 'http:' || url.protocol === 'ws:' ? 'ws:' : 'wss:'
  if (cursor !== null) {
    url.searchParams.set('since', String(cursor.seq))
    url.searchParams.set('epoch', cursor.epoch)
  }
  return url.href
}
