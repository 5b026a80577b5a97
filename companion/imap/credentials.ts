import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { AccountDeps, AccountSpool } from '../account.ts'
import type { MailAuth } from '../accounts-config.ts'
import { TokenRefused } from './imap-failure.ts'

export type Secret = { kind: 'password'; password: string } | { kind: 'token'; token: string }

/** What a mailbox logs in with. */
export type Credentials = {
  /** @throws TokenRefused when somebody has to log in again; anything else is worth another try. */
  get(): Promise<Secret>
  /** The server refused what `get` gave. True: `get` gives another one next time, so one more try makes sense. */
  refuse(secret: Secret): boolean
}

export type CredentialDeps = Pick<AccountDeps, 'spool' | 'sealer' | 'now' | 'log'> & {
  fetch: typeof fetch
  context: string
}

/** A token is renewed this long before it ends, so that none ends in the middle of a login. */
const marginMs = 5 * 60_000
const requestMs = 20_000

const Answer = z.object({
  access_token: z.string().min(1),
  expires_in: z.coerce.number().positive().default(3600),
  refresh_token: z.string().min(1).optional(),
})

export function createCredentials(auth: MailAuth, deps: CredentialDeps): Credentials {
  if (auth.kind === 'password') {
    const secret: Secret = { kind: 'password', password: auth.password }
    return { get: () => Promise.resolve(secret), refuse: () => false }
  }
  return createTokens(auth, deps)
}

type OAuth2 = Extract<MailAuth, { kind: 'oauth2' }>

function createTokens(auth: OAuth2, deps: CredentialDeps): Credentials {
  let held: { token: string; endsAt: number } | null = null
  let renewal: Promise<{ token: string; endsAt: number }> | null = null
  return {
    async get() {
      if (held === null || held.endsAt - marginMs <= deps.now()) {
        renewal ??= renew(auth, deps).finally(() => (renewal = null))
        held = await renewal
      }
      return { kind: 'token', token: held.token }
    },
    refuse(secret) {
      // A token that was made a moment ago is no better when it is made again: `refuse` is asked once for each login.
      if (secret.kind !== 'token') return false
      if (held?.token === secret.token) held = null
      return true
    },
  }
}

/** RFC 6749 §6. */
async function renew(auth: OAuth2, deps: CredentialDeps): Promise<{ token: string; endsAt: number }> {
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: storedRefreshToken(auth, deps) ?? auth.refreshToken,
    client_id: auth.clientId,
    ...(auth.clientSecret !== '' && { client_secret: auth.clientSecret }),
  })
  const signal = AbortSignal.timeout(requestMs)
  const response = await deps.fetch(auth.tokenUrl, { method: 'POST', body, signal, redirect: 'error' })
  const text = await response.text()
  if (response.status === 400 || response.status === 401 || response.status === 403) throw new TokenRefused()
  if (!response.ok) throw new Error(`the token address answered ${response.status}`)
  const { access_token: token, expires_in: seconds, refresh_token: next } = Answer.parse(JSON.parse(text))
  if (next !== undefined && next !== auth.refreshToken) storeRefreshToken(auth, deps, next)
  return { token, endsAt: deps.now() + seconds * 1000 }
}

const tokenPrefix = 'refresh-token:'

/** Where a provider hands out a new refresh token with each renewal, the old one soon counts for nothing. */
function storedName({ refreshToken }: OAuth2): string {
  return `${tokenPrefix}${createHash('sha256').update(refreshToken).digest('hex').slice(0, 16)}`
}

/** Null: there is none, or none that this key opens. Then the configured one may still count. */
function storedRefreshToken(auth: OAuth2, { spool, sealer, context, log }: CredentialDeps): string | null {
  const sealed = spool.read(storedName(auth))
  if (sealed === null) return null
  try {
    return sealer.open(sealed, context).toString('utf8')
  } catch (error) {
    log.error({ event: 'mail.token_unreadable', reason: error instanceof Error ? error.message : 'unknown' })
    return null
  }
}

function storeRefreshToken(auth: OAuth2, { spool, sealer, context }: CredentialDeps, token: string): void {
  spool.transaction((write) => write.set(storedName(auth), sealer.seal(token, context)))
}

/** The refresh tokens that replaced configured ones, as they are stored: sealed. */
export function storedTokens(spool: AccountSpool): Record<string, string> {
  return Object.fromEntries(spool.list(tokenPrefix))
}

/** Stores what `storedTokens` gave on a disk that is lost; what this disk has itself is newer. */
export function restoreTokens(spool: AccountSpool, tokens: Readonly<Record<string, string>>): void {
  const missing = Object.entries(tokens).filter(([name]) => spool.read(`${tokenPrefix}${name}`) === null)
  if (missing.length === 0) return
  spool.transaction((write) => {
    for (const [name, sealed] of missing) write.set(`${tokenPrefix}${name}`, sealed)
  })
}
