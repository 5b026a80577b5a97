import { Readable } from 'node:stream'
import SMTPConnection from 'nodemailer/lib/smtp-connection'
import XOAuth2 from 'nodemailer/lib/xoauth2'
import type { MailServer } from '../accounts-config.ts'
import type { Secret } from '../imap/credentials.ts'
import type { MailTiming } from '../imap/timing.ts'

/** How far a conversation got. `handed_over`: the server has all of the mail but has not answered. */
export type SmtpStage = 'connect' | 'login' | 'envelope' | 'content' | 'handed_over'
export type SmtpResult =
  | { kind: 'accepted'; serverMessageId: string | null; rejected: readonly { recipient: string; code: number }[] }
  | { kind: 'failed'; stage: SmtpStage; error: unknown }

export type SmtpMail = {
  from: string
  to: readonly string[]
  bytes: number
  content: Iterable<Uint8Array>
  /** Called before the end of the mail goes out: from then on it may have been sent. When it throws, it does not go out. */
  onHandingOver(): void
}

type SessionDeps = { server: MailServer; timing: MailTiming; signal: AbortSignal }

/** One mail over one connection. A connection that is kept may be dead when it is used, and then nobody knows. */
export async function sendOver(mail: SmtpMail, secret: Secret, deps: SessionDeps): Promise<SmtpResult> {
  const connection = openConnection(deps)
  const progress: { stage: SmtpStage } = { stage: 'connect' }
  const broken = new Promise<never>((_, reject) => {
    connection.once('error', reject)
    connection.once('end', () => reject(new Error('the connection ended')))
    deps.signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true })
  })
  broken.catch(() => undefined)
  try {
    await Promise.race([broken, called((done) => connection.connect(done))])
    progress.stage = 'login'
    await Promise.race([broken, logIn(connection, secret, deps.server)])
    progress.stage = 'envelope'
    const info = await Promise.race([broken, transfer(connection, mail, progress)])
    connection.quit()
    const rejected = (info.rejectedErrors ?? []).map((error) => ({
      recipient: error.recipient ?? '',
      code: error.responseCode ?? 0,
    }))
    return { kind: 'accepted', serverMessageId: info.serverMessageId ?? null, rejected }
  } catch (error) {
    return { kind: 'failed', stage: progress.stage, error }
  } finally {
    connection.close()
  }
}

function openConnection({ server, timing }: SessionDeps): SMTPConnection {
  const { host, port, tls } = server
  return new SMTPConnection({
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true },
    connectionTimeout: timing.connectMs,
    greetingTimeout: timing.connectMs,
    dnsTimeout: timing.connectMs,
    socketTimeout: timing.smtp.socketTimeoutMs,
    logger: false,
  })
}

/** Some servers on this machine know no login; any other that offers none gets no mail of ours. */
async function logIn(connection: SMTPConnection, secret: Secret, { user, tls }: MailServer): Promise<void> {
  if (!connection.allowsAuth && tls === 'none') return
  const auth =
    secret.kind === 'password'
      ? { user, pass: secret.password }
      : { user, method: 'XOAUTH2', oauth2: new XOAuth2({ user, accessToken: secret.token }) }
  await called((done) => connection.login(auth, done))
}

function transfer(connection: SMTPConnection, mail: SmtpMail, progress: { stage: SmtpStage }) {
  const envelope = { from: mail.from, to: [...mail.to], size: mail.bytes }
  // Read only once the server has asked for it, and as far as it has taken it: until then nothing can have been sent.
  const content = Readable.from(followed(mail, progress), { objectMode: false })
  type Info = Parameters<Parameters<SMTPConnection['send']>[2]>[1]
  return called<Info>((done) => connection.send(envelope, content, done))
}

function* followed({ content, onHandingOver }: SmtpMail, progress: { stage: SmtpStage }): Generator<Uint8Array> {
  for (const chunk of content) {
    progress.stage = 'content'
    yield chunk
  }
  onHandingOver()
  progress.stage = 'handed_over'
}

type Done<Value> = (error?: Error | null, value?: Value) => void

function called<Value = unknown>(start: (done: Done<Value>) => void): Promise<Value> {
  return new Promise((resolve, reject) => {
    start((error, value) => {
      if (error) reject(error)
      else resolve(value as Value)
    })
  })
}
