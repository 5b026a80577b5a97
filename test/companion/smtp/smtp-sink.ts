import type { AddressInfo } from 'node:net'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { callbackify } from 'node:util'
import { SMTPServer, type SMTPServerSession } from 'smtp-server'

export type SunkMail = { raw: string; from: string; to: string[] }
/** What the server says besides taking everything. A number is the code it answers with. */
export type SinkRules = {
  login?: (user: string, secret: string) => boolean
  from?: (address: string) => number | null
  to?: (address: string) => number | null
  /** Asked when the whole mail is there, before it counts as taken. */
  content?: () => number | null
  /** Called once a mail was taken, before that is said; what it returns is waited for. */
  onTaken?: (mail: SunkMail) => Promise<void> | void
  /** The line breaks when the mail was taken, so that nobody hears of it. */
  losesAnswer?: () => boolean
  /** The line breaks before the mail is asked for. */
  hangsUp?: () => boolean
  /** The line breaks in the middle of the mail. */
  breaksOff?: () => boolean
  size?: number
}

/** A mail server that takes mail and keeps it. */
export type SmtpSink = {
  port: number
  mails: SunkMail[]
  rules: SinkRules
  connections(): number
  close(): Promise<void>
}

class Refusal extends Error {
  readonly responseCode: number

  constructor(responseCode: number) {
    super(responseCode === 550 ? '5.1.1 no such person here' : 'not now')
    this.responseCode = responseCode
  }
}

export async function openSink(given: SinkRules = {}): Promise<SmtpSink> {
  const sink: Pick<SmtpSink, 'mails' | 'rules'> = { mails: [], rules: given }
  let connections = 0
  const answer = (code: number | null | undefined) => (code === null || code === undefined ? null : new Refusal(code))
  const server = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    authMethods: ['PLAIN', 'LOGIN', 'XOAUTH2'],
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    ...(given.size !== undefined && { size: given.size }),
    onConnect(_session, done) {
      connections += 1
      done()
    },
    onAuth({ username = '', password = '', accessToken = '' }, _session, done) {
      const isIn = sink.rules.login?.(username, password || accessToken) ?? true
      if (isIn) done(null, { user: username })
      else done(Object.assign(new Error('5.7.8 bad credentials'), { responseCode: 535 }))
    },
    onMailFrom: ({ address }, _session, done) => done(answer(sink.rules.from?.(address))),
    onRcptTo({ address }, session, done) {
      if (sink.rules.hangsUp?.() === true) breakLine(session.id)
      else done(answer(sink.rules.to?.(address)))
    },
    onData(stream, session, done) {
      if (sink.rules.breaksOff?.() === true) {
        stream.once('data', () => breakLine(session.id))
        stream.resume()
        return
      }
      callbackify(() => take(stream, session))((error, refusal) => done(error ?? refusal))
    },
  })
  /** Null: it is taken, and that is said. */
  async function take(stream: Readable, { envelope, id }: SMTPServerSession): Promise<Error | null> {
    const raw = await text(stream)
    const refusal = answer(sink.rules.content?.())
    if (refusal !== null) return refusal
    const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
    const mail = { raw, from, to: envelope.rcptTo.map(({ address }) => address) }
    sink.mails.push(mail)
    await sink.rules.onTaken?.(mail)
    if (sink.rules.losesAnswer?.() === true) breakLine(id)
    return null
  }
  type Line = { id: string; _socket: { destroy(): void } }
  const lines = (server as unknown as { connections: Set<Line> }).connections
  const breakLine = (id: string) => [...lines].find((line) => line.id === id)?._socket.destroy()
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.server.address() as AddressInfo).port,
    get mails() {
      return sink.mails
    },
    get rules() {
      return sink.rules
    },
    set rules(rules) {
      sink.rules = rules
    },
    connections: () => connections,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
