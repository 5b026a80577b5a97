// Trust boundary: the hub is called only for a socket whose user is known.
import { type Context, Hono } from 'hono'
import { openSocket } from '../hub/call-hub.ts'
import type { HubSession } from '../hub/session.ts'
import { AppError } from '../lib/app-error.ts'
import { errorFields, log } from '../lib/log.ts'
import { closeCodes } from '../protocol/close-codes.ts'
import { subprotocol, ticketPrefix } from '../protocol/frames.ts'
import { Uuid } from '../protocol/words.ts'
import { openDatabase } from '../store/database.ts'
import { consumeToken } from '../store/used-tokens.ts'
import type { AppEnv, UserCaller } from './app-env.ts'
import { originRefused, requireActiveUser, verifyBearer } from './callers.ts'
import { describe } from './describe.ts'
import { noteSeen } from './staff-seen.ts'
import { type Ticket, verifyTicket } from './tokens.ts'

type Feed = HubSession['feed']

const graceMs = 60_000

const describeFeed = (summary: string) =>
  describe({
    tag: 'sockets',
    summary,
    description:
      'A WebSocket. Browsers offer the subprotocols `edge-inbox.v1` and `ticket.<ticket>`, other clients send the ' +
      'Authorization header of a user. `?since=<seq>&epoch=<epoch>` resumes. A client that offered a subprotocol is ' +
      'told by a close code (4500 and above) what is wrong, any other by the status.',
    caller: 'anyone',
    answers: { 101: { description: 'Frames follow, the first one is `ready`' } },
    errors: {
      401: '`auth.required`, `auth.invalid`, `auth.revoked`, `ticket.expired`',
      403: '`origin.refused`, `user.other`, `tenant.disabled`',
      426: '`socket.upgrade_required`',
    },
  })

export const socketRoutes = new Hono<AppEnv>()
  .get('/api/v1/communications/ws/:user_id', describeFeed('Messages and conversations, live'), (c) =>
    answerUpgrade(c, 'communications'),
  )
  .get('/api/v1/notifications/ws/:user_id', describeFeed('Notifications, live'), (c) =>
    answerUpgrade(c, 'notifications'),
  )

async function answerUpgrade(c: Context<AppEnv>, feed: Feed): Promise<Response> {
  if (c.req.header('upgrade')?.toLowerCase() !== 'websocket') {
    c.header('Upgrade', 'websocket')
    throw new AppError('socket.upgrade_required', 426, 'This address is for WebSockets.')
  }
  const offered = offeredProtocols(c.req.header('sec-websocket-protocol'))
  try {
    return await connect(c, feed, offered)
  } catch (error) {
    if (offered === null) throw error
    return closeAtOnce(error, feed, offered)
  }
}

async function connect(c: Context<AppEnv>, feed: Feed, offered: readonly string[] | null): Promise<Response> {
  const userId = requireUserId(c)
  const origin = c.req.header('origin')
  if (origin !== undefined && !c.var.config.allowedOrigins.has(origin)) throw originRefused()
  const isV1 = offered?.includes(subprotocol) === true
  if (offered !== null && !isV1) throw new AppError('socket.protocol', 400, `Offer the subprotocol ${subprotocol}.`)
  const position = readPosition(new URL(c.req.url).searchParams)
  const user = await identify(c, userId, offered ?? [])
  noteSeen(c, user)
  const { tenantId, name, issuedAt, expiresAt } = user
  return hand(c, { tenantId, userId, name, issuedAt, expiresAt, feed, isV1, ...position })
}

async function hand(c: Context<AppEnv>, session: HubSession): Promise<Response> {
  try {
    return await openSocket(c.env, session, c.req.raw)
  } catch (cause) {
    const error = new AppError('hub.unavailable', 503, 'Live updates cannot be reached right now.')
    error.cause = cause
    throw error
  }
}

/** The path as it was sent: a decoded one would let many spellings pass for one id. */
function requireUserId(c: Context<AppEnv>): string {
  const parsed = Uuid.safeParse(new URL(c.req.url).pathname.split('/').at(-1))
  if (!parsed.success) throw malformed('The user id is no UUID in lower case.')
  return parsed.data
}

function readPosition(query: URLSearchParams): Pick<HubSession, 'since' | 'epoch'> {
  const [since, ...moreSince] = query.getAll('since')
  const [epoch, ...moreEpoch] = query.getAll('epoch')
  const isNumber = since === undefined || (/^\d{1,16}$/.test(since) && Number.isSafeInteger(Number(since)))
  const isEpoch = epoch === undefined || /^[A-Za-z0-9_-]{1,64}$/.test(epoch)
  if (!isNumber || !isEpoch || moreSince.length > 0 || moreEpoch.length > 0) {
    throw malformed('since is a sequence number, epoch the text that came with it, each at most once.')
  }
  return { since: since === undefined ? null : Number(since), epoch: epoch ?? null }
}

/** Never the cookie: a browser would add it to a socket that any page opens. */
async function identify(c: Context<AppEnv>, userId: string, offered: readonly string[]): Promise<UserCaller> {
  const db = openDatabase(c.env.DB)
  const given = offered.find((name) => name.startsWith(ticketPrefix))
  const ticket =
    given === undefined || c.req.header('authorization') !== undefined
      ? null
      : await readTicket(c, given.slice(ticketPrefix.length))
  const user = ticket ?? (await verifyBearer(c))
  if (user.userId !== userId) throw new AppError('user.other', 403, 'This credential belongs to another user.')
  await requireActiveUser(db, user)
  if (ticket === null) return user
  // Last of all, so that no attempt that fails for another reason uses a ticket up.
  const used = { tenantId: ticket.tenantId, id: ticket.id, expiresAt: ticket.ticketExpiresAt }
  if (!(await consumeToken(db, used, { now: Date.now(), graceMs }))) throw ticketRefused()
  return ticket
}

async function readTicket(c: Context<AppEnv>, text: string): Promise<Ticket> {
  const verified = await verifyTicket(text, { authSecret: c.var.config.authSecret, now: Date.now() })
  if (!verified.ok && verified.reason === 'expired') throw ticketExpired()
  if (!verified.ok || verified.value.origin !== (c.req.header('origin') ?? null)) throw ticketRefused()
  return verified.value
}

const ticketRefused = () => new AppError('auth.invalid', 401, 'This ticket is not valid, or was used already.')
const ticketExpired = () => new AppError('ticket.expired', 401, 'This ticket has expired. Ask for a new one.')
const malformed = (message: string) => new AppError('socket.malformed', 400, message)

function offeredProtocols(header: string | undefined): string[] | null {
  if (header === undefined) return null
  const names = header.split(',').map((name) => name.trim())
  return names.filter((name) => name !== '')
}

/** A browser hides the status of a failed upgrade from its page, but not the code of a close. */
function closeAtOnce(error: unknown, feed: Feed, offered: readonly string[]): Response {
  const code = closeCodeOf(error)
  if (code === closeCodes.internal) log('error', 'socket.failed', { feed, closeCode: code, ...errorFields(error) })
  const { 0: client, 1: server } = new WebSocketPair()
  server.accept()
  server.close(code, error instanceof AppError ? error.message : 'Something went wrong on our side.')
  const headers = offered.includes(subprotocol) ? { 'Sec-WebSocket-Protocol': subprotocol } : {}
  return new Response(null, { status: 101, webSocket: client, headers })
}

function closeCodeOf(error: unknown): number {
  if (!(error instanceof AppError)) return closeCodes.internal
  switch (error.code) {
    case 'origin.refused':
      return closeCodes.origin
    case 'socket.protocol':
      return closeCodes.protocol
    case 'socket.malformed':
      return closeCodes.malformed
    case 'ticket.expired': // a laptop that slept on the way; a new ticket will do
      return closeCodes.sessionExpired
    case 'tenant.disabled':
      return closeCodes.tenantOff
    default:
      return error.status < 500 ? closeCodes.unauthorised : closeCodes.internal
  }
}
