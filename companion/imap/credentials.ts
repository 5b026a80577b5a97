import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { AccountDeps } from '../account.ts'
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

export type CredentialDeps = Pick<AccountDeps, 'spool' | 'sealer' | 'now'> & { fetch: typeof fetch; context: string }

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

/** Where a provider hands out a new refresh token with each renewal, the old one soon counts for nothing. */
function storedName({ refreshToken }: OAuth2): string {
  return `refresh-token:${createHash('sha256').update(refreshToken).digest('hex').slice(0, 16)}`
}

function storedRefreshToken(auth: OAuth2, { spool, sealer, context }: CredentialDeps): string | null {
  const sealed = spool.read(storedName(auth))
  return sealed === null ? null : sealer.open(sealed, context).toString('utf8')
}

function storeRefreshToken(auth: OAuth2, { spool, sealer, context }: CredentialDeps, token: string): void {
  spool.transaction((write) => write.set(storedName(auth), sealer.seal(token, context)))
}
