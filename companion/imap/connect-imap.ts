import { ImapFlow } from 'imapflow'
import type { MailServer } from '../accounts-config.ts'
import type { Credentials, Secret } from './credentials.ts'
import { failureOf } from './imap-failure.ts'
import type { LoginGate } from './login-gate.ts'
import type { MailTiming } from './timing.ts'

/** The largest mail that is taken in whole: what the Worker takes. */
export const maxMailBytes = 26_214_400
/** A server is a stranger: nothing it announces is believed beyond what a mail and its framing can be. */
const limits = {
  maxLiteralSize: maxMailBytes + 64 * 1024,
  maxResponseSize: maxMailBytes + 1024 * 1024,
  maxLineLength: 4 * 1024 * 1024,
  maxResponseTokens: 200_000,
}

export type ImapDeps = { server: MailServer; credentials: Credentials; gate: LoginGate; timing: MailTiming }
type Opening = ImapDeps & { signal: AbortSignal }

/**
 * A connection that is logged in. It has a listener for errors already; whoever uses it learns of its end by `close`.
 * @throws LoginHeld, TokenRefused, and whatever the client throws: see `failureOf`.
 */
export function connectImap(deps: ImapDeps, signal: AbortSignal): Promise<ImapFlow> {
  return deps.gate.pass(() => {
    signal.throwIfAborted()
    return logIn({ ...deps, signal })
  })
}

async function logIn(deps: Opening): Promise<ImapFlow> {
  const secret = await deps.credentials.get()
  try {
    return await open(deps, secret)
  } catch (error) {
    // A token may have been taken back before its time; a fresh one tells that from a login that counts no more.
    if (failureOf(error).kind !== 'login' || !deps.credentials.refuse(secret)) throw error
    return await open(deps, await deps.credentials.get())
  }
}

async function open({ server, timing, signal }: Opening, secret: Secret): Promise<ImapFlow> {
  const { host, port, tls, user } = server
  const client = new ImapFlow({
    host,
    port,
    secure: tls === 'implicit',
    ...(tls !== 'implicit' && { doSTARTTLS: tls === 'starttls' }),
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true },
    auth: secret.kind === 'password' ? { user, pass: secret.password } : { user, accessToken: secret.token },
    clientInfo: { name: 'edge-inbox' },
    logger: false,
    // Its own begins to idle only 15 s after the last command, and mail of that time would come late.
    disableAutoIdle: true,
    disableCompression: true,
    maxIdleTime: timing.maxIdleMs,
    socketTimeout: timing.socketTimeoutMs,
    connectionTimeout: timing.connectMs,
    greetingTimeout: timing.connectMs,
    ...limits,
  })
  // Without a listener a lost connection would end the process. What it means is told by the command that it breaks.
  client.on('error', () => undefined)
  const giveUp = () => client.close()
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    await client.connect()
    return client
  } catch (error) {
    client.close()
    throw error
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

/** Says goodbye if the server listens, and is gone after `ms` in any case. */
export async function leave(client: ImapFlow, ms = 1500): Promise<void> {
  const timer = setTimeout(() => client.close(), ms)
  try {
    await client.logout()
  } catch {
    // it is gone already
  } finally {
    clearTimeout(timer)
    client.close()
  }
}
