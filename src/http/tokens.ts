// Every signed credential: what it holds, by which key, and what makes it valid. Times in epoch ms; in a token, seconds.
import { SignJWT, errors, jwtVerify } from 'jose'
import { z } from 'zod'
import { MeResponse } from '../protocol/api.ts'
import { Uuid } from '../protocol/words.ts'
import type { UserCaller } from './app-env.ts'

const issuer = 'edge-inbox'
const algorithm = 'HS256'
/** Larger ones are nobody's: a token of ours has a few hundred bytes. */
const maxTokenLength = 8192
export const clockToleranceSeconds = 30

/**
 * - `user`: the bearer token of the API, also signed by a tenant's own system that holds AUTH_SECRET.
 * - `session`: the page's cookie. `ticket`: one socket. `link`: one sign-in.
 * Each has its own audience; all but `user` also have a key of their own, so that none passes for another.
 */
export type TokenKind = 'user' | 'session' | 'ticket' | 'link'

const audiences: Readonly<Record<TokenKind, string>> = {
  user: 'edge-inbox',
  session: 'edge-inbox-session',
  ticket: 'edge-inbox-ticket',
  link: 'edge-inbox-link',
}

const UserClaims = z.object({
  sub: Uuid,
  tenant: Uuid,
  name: z.string().min(1).max(200),
  role: MeResponse.shape.role,
  /** Of a token that does not tell, nothing is known but that it was signed. */
  iat: z.number().default(0),
  // The last second that a Date can hold.
  exp: z.number().max(8_640_000_000_000),
})
/** `session`: until when the user may stay connected, in epoch ms. `origin`: of the page that asked, if it was one. */
const TicketClaims = UserClaims.extend({ jti: z.string(), session: z.number(), origin: z.string().nullable() })
const LinkClaims = UserClaims.extend({ jti: z.string() })

type Claims = Omit<UserCaller, 'expiresAt'>
export type Ticket = UserCaller & { id: string; ticketExpiresAt: number; origin: string | null }
export type Link = UserCaller & { id: string }

/** Why a token was not taken. */
export type TokenFailure = 'expired' | 'invalid'
export type Verified<Value> = { ok: true; value: Value } | { ok: false; reason: TokenFailure }

type Signing = { authSecret: string; kind: TokenKind; expiresAt: number; extra?: Record<string, unknown> }

/** Its age is that of `user`: fractions of a second stay, so that it can be told whether it came before a revocation. */
export async function signToken(user: Claims, { authSecret, kind, expiresAt, extra }: Signing): Promise<string> {
  return new SignJWT({ tenant: user.tenantId, name: user.name, role: user.role, ...extra })
    .setProtectedHeader({ alg: algorithm, typ: 'JWT' })
    .setIssuer(issuer)
    .setAudience(audiences[kind])
    .setSubject(user.userId)
    .setIssuedAt(user.issuedAt / 1000)
    .setExpirationTime(Math.floor(expiresAt / 1000))
    .sign(await keyOf(authSecret, kind))
}

type Verification = { authSecret: string; now: number }

export async function verifyUser(
  token: string,
  kind: 'user' | 'session',
  verification: Verification,
): Promise<Verified<UserCaller>> {
  return verify(token, { ...verification, kind, schema: UserClaims, map: toCaller })
}

export function verifyTicket(token: string, verification: Verification): Promise<Verified<Ticket>> {
  const map = (claims: z.infer<typeof TicketClaims>): Ticket => ({
    ...toCaller(claims),
    expiresAt: claims.session,
    id: claims.jti,
    ticketExpiresAt: claims.exp * 1000,
    origin: claims.origin,
  })
  return verify(token, { ...verification, kind: 'ticket', schema: TicketClaims, map })
}

export function verifyLink(token: string, verification: Verification): Promise<Verified<Link>> {
  const map = (claims: z.infer<typeof LinkClaims>): Link => ({ ...toCaller(claims), id: claims.jti })
  return verify(token, { ...verification, kind: 'link', schema: LinkClaims, map })
}

type Reading<Schema extends z.ZodType, Value> = Verification & {
  kind: TokenKind
  schema: Schema
  map: (claims: z.output<Schema>) => Value
}

async function verify<Schema extends z.ZodType, Value>(
  token: string,
  { authSecret, now, kind, schema, map }: Reading<Schema, Value>,
): Promise<Verified<Value>> {
  if (token.length > maxTokenLength) return { ok: false, reason: 'invalid' }
  try {
    const { payload } = await jwtVerify(token, await keyOf(authSecret, kind), {
      algorithms: [algorithm],
      issuer,
      audience: audiences[kind],
      requiredClaims: ['exp', 'sub'],
      // Tickets and links are ours alone, made and read by the same clock: their seconds count.
      clockTolerance: kind === 'user' || kind === 'session' ? clockToleranceSeconds : 0,
      currentDate: new Date(now),
    })
    // Several audiences would make one token good in several places.
    if (typeof payload.aud !== 'string') return { ok: false, reason: 'invalid' }
    const claims = schema.safeParse(payload)
    return claims.success ? { ok: true, value: map(claims.data) } : { ok: false, reason: 'invalid' }
  } catch (error) {
    return { ok: false, reason: error instanceof errors.JWTExpired ? 'expired' : 'invalid' }
  }
}

function toCaller(claims: z.infer<typeof UserClaims>): UserCaller {
  const { tenant, sub, name, role, iat, exp } = claims
  return { tenantId: tenant, userId: sub, name, role, issuedAt: Math.round(iat * 1000), expiresAt: exp * 1000 }
}

async function keyOf(authSecret: string, kind: TokenKind): Promise<Uint8Array> {
  const secret = new TextEncoder().encode(authSecret)
  if (kind === 'user') return secret
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(audiences[kind])))
}
