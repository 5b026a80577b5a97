import { type Context, Hono } from 'hono'
import { deleteCookie, setCookie } from 'hono/cookie'
import type { z } from 'zod'
import { AppError } from '../lib/app-error.ts'
import { log } from '../lib/log.ts'
import { randomToken } from '../lib/secret.ts'
import {
  CreateLinkBody,
  CreateSessionBody,
  CreateTokenBody,
  LinkResponse,
  MeResponse,
  TicketResponse,
  TokenResponse,
} from '../protocol/api.ts'
import { openDatabase } from '../store/database.ts'
import { consumeToken } from '../store/used-tokens.ts'
import type { AppEnv, UserCaller } from './app-env.ts'
import {
  originRefused,
  requireActiveTenant,
  requireActiveUser,
  requireEnabled,
  requireService,
  requireUser,
  sessionCookie,
} from './callers.ts'
import { describe } from './describe.ts'
import { noteSeen } from './staff-seen.ts'
import { type Link, type TokenFailure, signToken, verifyLink } from './tokens.ts'
import { validate } from './validate.ts'

const path = '/api/v1/auth'
const defaultTokenSeconds = 3600
const defaultLinkSeconds = 600
const sessionSeconds = 12 * 3600
const ticketMs = 30_000
/** Used links are remembered this much longer than they are valid. */
const graceMs = 60_000

const tag = 'callers'
const minting = describe({
  tag,
  summary: 'A bearer token for a user of this tenant',
  caller: 'service',
  answers: { 200: TokenResponse },
  errors: { 403: '`scope.missing`, `tenant.disabled`, `user.disabled`' },
})
const ticketing = describe({
  tag,
  summary: 'A one-time ticket for one socket of this user, valid for 30 seconds',
  description: 'It goes into the subprotocol `ticket.<ticket>`, and only from the origin that asked for it.',
  caller: 'user',
  answers: { 200: TicketResponse },
})
const linking = describe({
  tag,
  summary: "A one-time address that signs a user in to this server's own page",
  caller: 'service',
  answers: { 200: LinkResponse },
  errors: { 403: '`scope.missing`, `tenant.disabled`, `user.disabled`' },
})
const signingIn = describe({
  tag,
  summary: 'Trades the token of a sign-in link for a session cookie',
  description: 'Only for a page of an allowed origin.',
  caller: 'anyone',
  answers: { 200: MeResponse },
  errors: {
    401: '`link.invalid`, `link.expired`, `link.used`, `auth.revoked`',
    403: '`origin.refused`, `tenant.disabled`',
  },
})
const signingOut = describe({
  tag,
  summary: 'Ends the session of this browser',
  caller: 'anyone',
  answers: { 204: { description: 'Signed out' } },
  errors: { 403: '`origin.refused`' },
})
const introducing = describe({ tag, summary: 'Who is calling', caller: 'user', answers: { 200: MeResponse } })

export const authRoutes = new Hono<AppEnv>()
  .post(`${path}/tokens`, minting, requireService('tokens'), validate('json', CreateTokenBody), async (c) => {
    const wanted = c.req.valid('json')
    const expiresAt = inSeconds(wanted.ttl_seconds ?? defaultTokenSeconds)
    const { authSecret } = c.var.config
    const token = await signToken(await newUserOf(c, wanted), { authSecret, kind: 'user', expiresAt })
    return c.json({ token, expires_at: iso(expiresAt) })
  })
  .post(`${path}/links`, linking, requireService('tokens'), validate('json', CreateLinkBody), async (c) => {
    const wanted = c.req.valid('json')
    const expiresAt = inSeconds(wanted.ttl_seconds ?? defaultLinkSeconds)
    const { authSecret } = c.var.config
    const extra = { jti: randomToken(32) }
    const token = await signToken(await newUserOf(c, wanted), { authSecret, kind: 'link', expiresAt, extra })
    // In the fragment, which a browser keeps to itself: no server log and no Referer ever has it.
    return c.json({ url: `${pageOrigin(c)}/sign-in#${token}`, expires_at: iso(expiresAt) })
  })
  .post(`${path}/tickets`, ticketing, requireUser, async (c) => {
    const { user, config } = c.var
    noteSeen(c, user)
    const expiresAt = wholeSecond(Date.now() + ticketMs)
    const extra = { jti: randomToken(32), session: user.expiresAt, origin: c.req.header('origin') ?? null }
    const ticket = await signToken(user, { authSecret: config.authSecret, kind: 'ticket', expiresAt, extra })
    return c.json({ ticket, expires_at: iso(expiresAt) })
  })
  .post(`${path}/sessions`, signingIn, validate('json', CreateSessionBody), async (c) => {
    requireOwnPage(c)
    const link = await takeLink(c, c.req.valid('json').link_token)
    const user = { ...link, expiresAt: inSeconds(sessionSeconds) }
    const { authSecret } = c.var.config
    const session = await signToken(user, { authSecret, kind: 'session', expiresAt: user.expiresAt })
    setCookie(c, sessionCookie, session, { ...cookieScope, maxAge: sessionSeconds })
    noteSeen(c, user)
    log('info', 'session.created', { tenantId: user.tenantId, userId: user.userId })
    return c.json(await introduce(c, user))
  })
  .delete(`${path}/sessions`, signingOut, (c) => {
    requireOwnPage(c)
    deleteCookie(c, sessionCookie, cookieScope)
    return c.body(null, 204)
  })
  .get(`${path}/me`, introducing, requireUser, async (c) => c.json(await introduce(c, c.var.user)))

const cookieScope = { path: '/', secure: true, httpOnly: true, sameSite: 'Strict' } as const

/** @throws AppError 401 `link.…` */
async function takeLink(c: Context<AppEnv>, token: string): Promise<Link> {
  const now = Date.now()
  const verified = await verifyLink(token, { authSecret: c.var.config.authSecret, now })
  if (!verified.ok) throw linkRefused(verified.reason)
  const { id, tenantId, expiresAt } = verified.value
  const db = openDatabase(c.env.DB)
  await requireActiveUser(db, verified.value)
  if (!(await consumeToken(db, { tenantId, id, expiresAt }, { now, graceMs }))) throw linkRefused('used')
  return verified.value
}

function linkRefused(reason: TokenFailure | 'used'): AppError {
  const words = {
    used: 'This link has been used already. Ask for a new one.',
    expired: 'This link is too old. Ask for a new one.',
    invalid: 'This is no sign-in link of ours.',
  }
  return new AppError(`link.${reason}`, 401, words[reason])
}

async function introduce(c: Context<AppEnv>, user: UserCaller): Promise<MeResponse> {
  const tenant = await requireActiveTenant(openDatabase(c.env.DB), user.tenantId)
  const { userId, name, role, expiresAt } = user
  return {
    user_id: userId,
    name,
    role,
    tenant: { id: tenant.id, name: tenant.name },
    session_expires_at: iso(expiresAt),
  }
}

function requireOwnPage(c: Context<AppEnv>): void {
  if (!c.var.config.allowedOrigins.has(c.req.header('origin') ?? '')) throw originRefused()
}

/** Where the page is: this host where that is one of ours. The Host header alone may be anybody's. */
function pageOrigin(c: Context<AppEnv>): string {
  const { origin } = new URL(c.req.url)
  const { allowedOrigins } = c.var.config
  const [first = origin] = allowedOrigins
  return allowedOrigins.has(origin) ? origin : first
}

/** @throws AppError 403 `user.disabled` */
async function newUserOf(c: Context<AppEnv>, wanted: z.infer<typeof CreateTokenBody>) {
  const { user_id: userId, name, role = 'manager' } = wanted
  const { tenantId } = c.var.service
  await requireEnabled(openDatabase(c.env.DB), { tenantId, userId })
  return { tenantId, userId, name, role, issuedAt: Date.now() }
}

const inSeconds = (seconds: number): number => wholeSecond(Date.now() + seconds * 1000)
const wholeSecond = (at: number): number => Math.floor(at / 1000) * 1000
const iso = (at: number): string => new Date(at).toISOString()
