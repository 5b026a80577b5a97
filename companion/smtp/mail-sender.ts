import type { AccountDeps, Attempt, AttemptOutcome } from '../account.ts'
import type { EmailAccountConfig, MailServer } from '../accounts-config.ts'
import type { ReportPart } from '../imap/account-report.ts'
import type { Credentials } from '../imap/credentials.ts'
import { TokenRefused } from '../imap/imap-failure.ts'
import { createLoginGate, LoginHeld, type LoginGate } from '../imap/login-gate.ts'
import { type MailTiming, steppedMs } from '../imap/timing.ts'
import type { Command } from '../../src/protocol/companion.ts'
import { normaliseMessageId } from '../../src/lib/message-id.ts'
import { type Letter, letterOf } from './letter.ts'
import { FileUnreadable, type MailFile, writeMail } from './mail-file.ts'
import type { SentCopy, SentFolder } from './sent-folder.ts'
import type { SentEntry, SentLog } from './sent-log.ts'
import { meaningOf, type SmtpFailure, statusIn, waiting } from './smtp-outcome.ts'
import { sendOver, type SmtpResult } from './smtp-session.ts'

export type SenderDeps = Pick<AccountDeps, 'openFile' | 'directory' | 'now' | 'log'> & {
  timing: MailTiming
  credentials: Credentials
  sentLog: SentLog
  sentFolder: SentFolder
  report: ReportPart
}
export type MailSender = { send(attempt: Attempt): Promise<AttemptOutcome>; stop(): Promise<void> }

type Sending = SenderDeps & {
  config: EmailAccountConfig
  gate: LoginGate
  signal: AbortSignal
  /** How often in a row each command was put off. */
  tries: Map<string, number>
  /** Copies for the sent folder that are under way. */
  copies: Set<Promise<void>>
  trouble: { since: number | null; isTold: boolean }
}

/** A login that was refused, as the gate wants to see it. */
class LoginRefused extends Error {
  readonly failure: SmtpFailure

  constructor(failure: SmtpFailure) {
    super('the mail server refused the login')
    this.name = 'LoginRefused'
    this.failure = failure
  }
}

export function createMailSender(config: EmailAccountConfig, deps: SenderDeps): MailSender {
  const stopping = new AbortController()
  const isRefusal = (error: unknown) => error instanceof LoginRefused || error instanceof TokenRefused
  const sending: Sending = {
    ...deps,
    config,
    gate: createLoginGate({ now: deps.now, timing: deps.timing.login, isRefusal }),
    signal: stopping.signal,
    tries: new Map(),
    copies: new Set(),
    trouble: { since: null, isTold: false },
  }
  return {
    send: (attempt) => send(sending, attempt),
    async stop() {
      stopping.abort()
      await Promise.allSettled(sending.copies)
    },
  }
}

async function send(sending: Sending, attempt: Attempt): Promise<AttemptOutcome> {
  const { command } = attempt
  const { smtp, externalId } = sending.config
  if (smtp === null) {
    const error = { code: 'mail.no_smtp', title: 'This mailbox is not set up for sending', details: null }
    return { kind: 'failed', error: { ...error, kind: 'permission' } }
  }
  const made = letterOf(command, externalId)
  if (!made.ok) return { kind: 'failed', error: made.error }
  const id = made.letter.messageId.slice(1, -1)
  const before = await lookBack(sending, attempt, id)
  if (before !== null) return before
  const outcome = await sendNow(sending, { command, letter: made.letter, id, smtp })
  if (outcome.kind !== 'waiting') sending.tries.delete(command.id)
  return outcome
}

// ---------------------------------------------------------------- what an earlier attempt may have done

/** What is known of an earlier attempt; null: it has certainly not sent the mail, or there was none. */
async function lookBack(sending: Sending, { command, isRepeat }: Attempt, id: string): Promise<AttemptOutcome | null> {
  const { sentLog, sentFolder, now, timing, log } = sending
  const before = sentLog.find(command.id)
  if (before?.state === 'sent') return sentOutcome(before)
  if (before === null && !isRepeat) return null
  let copy: SentCopy
  try {
    copy = await sentFolder.find(id)
  } catch {
    log.warn({ event: 'smtp.look_failed', command_id: command.id })
    // Without an entry the end of the mail never went out (`SentLog`), so there is nothing to look for.
    if (before === null) return null
    const error = { code: 'smtp.unsure', title: 'Whether this mail was sent cannot be found out yet' } as const
    const until = now() + stepFor(sending, command.id)
    return waiting({ ...error, kind: 'unreachable' }, { until, holds: 'conversation' })
  }
  if (copy.kind === 'there') {
    const sent = { messageId: id, externalId: copy.messageId, refusal: null }
    sentLog.sent(command.id, sent)
    return sentOutcome(sent)
  }
  if (before === null) return null
  const error = { code: 'smtp.lost', title: 'The mail server took the mail and gave no answer' } as const
  const settledAt = before.at + timing.smtp.settleMs
  if (settledAt > now()) {
    return waiting({ ...error, kind: 'unreachable' }, { until: settledAt, holds: 'conversation' })
  }
  if (copy.kind === 'missing') return null
  return { kind: 'unknown', error: { ...error, details: null, kind: 'unreachable' } }
}

// ---------------------------------------------------------------- one attempt

type Job = { command: Command; letter: Letter; id: string; smtp: MailServer }

async function sendNow(sending: Sending, job: Job): Promise<AttemptOutcome> {
  const { gate, now, openFile, directory } = sending
  if (gate.waitMs() > 0) return loginOutcome(sending, 'smtp.login_refused')
  let file: MailFile
  try {
    file = await writeMail(job.letter, { openFile, directory, at: new Date(now()) })
  } catch (error) {
    return fileOutcome(sending, job.command, error)
  }
  try {
    const result = await gate.pass(() => converse(sending, job, file))
    if (result.kind === 'failed') {
      file.close()
      return failureOutcome(sending, job.command, result)
    }
    return accepted(sending, job, { result, file })
  } catch (error) {
    file.close()
    if (error instanceof LoginRefused) return failureOutcome(sending, job.command, error.failure)
    if (error instanceof LoginHeld || error instanceof TokenRefused) return loginOutcome(sending, 'oauth.refused')
    return failureOutcome(sending, job.command, { kind: 'failed', stage: 'connect', error })
  }
}

async function converse(sending: Sending, { command, letter, id, smtp }: Job, file: MailFile): Promise<SmtpResult> {
  const { credentials, sentLog, timing, signal } = sending
  const attempt = async (): Promise<{ result: SmtpResult; isOld: boolean }> => {
    const secret = await credentials.get()
    const mail = {
      from: letter.from.address,
      to: [letter.to, ...letter.cc, ...letter.bcc],
      bytes: file.bytes,
      content: file.chunks(),
      onHandingOver: () => sentLog.handedOver(command.id, id),
    }
    const result = await sendOver(mail, secret, { server: smtp, timing, signal })
    return { result, isOld: isLoginRefusal(result) && credentials.refuse(secret) }
  }
  const first = await attempt()
  const { result } = first.isOld ? await attempt() : first
  if (result.kind === 'failed' && isLoginRefusal(result)) throw new LoginRefused(result)
  return result
}

function isLoginRefusal(result: SmtpResult): boolean {
  return result.kind === 'failed' && meaningOf(result).meaning === 'login'
}

type Accepted = { result: Extract<SmtpResult, { kind: 'accepted' }>; file: MailFile }

function accepted(sending: Sending, { command, letter, id }: Job, { result, file }: Accepted): AttemptOutcome {
  const externalId = normaliseMessageId(result.serverMessageId ?? '') ?? id
  const refused = result.rejected.find(({ recipient }) => recipient === letter.to)
  const sent = { messageId: id, externalId, refusal: refused === undefined ? null : `smtp.${refused.code}` }
  // Before anything else: from here on no attempt may send it again.
  sending.sentLog.sent(command.id, sent)
  tellWell(sending)
  sending.log.info({ event: 'smtp.sent', command_id: command.id, bytes: file.bytes, refused: result.rejected.length })
  putCopy(sending, file, externalId)
  return sentOutcome(sent)
}

function sentOutcome({ externalId, refusal }: Pick<SentEntry, 'externalId' | 'refusal'>): AttemptOutcome {
  if (refusal === null) return { kind: 'sent', external_id: externalId }
  const title = 'This address was refused; the other recipients have got the mail'
  return { kind: 'failed', error: { code: refusal, title, details: null, kind: 'recipient' } }
}

/** The mail is sent, whatever becomes of the copy: nobody waits for it. */
function putCopy(sending: Sending, file: MailFile, id: string): void {
  const { config, sentFolder, log, copies } = sending
  const raw = config.appendToSent ? file.read() : null
  file.close()
  if (raw === null) return
  const copy = sentFolder
    .append(id, raw)
    .catch(() => log.warn({ event: 'smtp.copy_failed' }))
    .finally(() => copies.delete(copy))
  copies.add(copy)
}

// ---------------------------------------------------------------- outcomes

function stepFor({ tries, timing }: Sending, commandId: string): number {
  const count = (tries.get(commandId) ?? 0) + 1
  tries.set(commandId, count)
  return steppedMs(timing.smtp.retry, count)
}

function failureOutcome(sending: Sending, command: Command, failure: SmtpFailure): AttemptOutcome {
  const { log, now, timing, sentLog } = sending
  const { meaning, ...error } = meaningOf(failure)
  const details = statusIn(failure.error)
  log.warn({ event: 'smtp.failed', command_id: command.id, stage: failure.stage, code: error.code, status: details })
  if (meaning !== 'maybe') sentLog.notSent(command.id)
  switch (meaning) {
    case 'never':
      return { kind: 'failed', error: { ...error, details } }
    case 'maybe':
      return waiting(error, { until: now() + timing.smtp.settleMs, details, holds: 'conversation' })
    case 'login':
      return loginOutcome(sending, error.code)
    case 'unreachable':
      tellUnreachable(sending)
      return waiting(error, { until: now() + stepFor(sending, command.id), details, holds: 'account' })
    case 'later': {
      const isTooLate = now() - Date.parse(command.created_at) > timing.smtp.giveUpMs
      if (isTooLate) return { kind: 'failed', error: { ...error, details } }
      return waiting(error, { until: now() + stepFor(sending, command.id), details, holds: 'conversation' })
    }
  }
}

function loginOutcome({ gate, now, report, trouble, timing }: Sending, code: string): AttemptOutcome {
  const message = 'The mail server refuses the login. Check its password, or connect the mailbox again.'
  report({ session: 'needs_login', code, message })
  trouble.isTold = true
  const title = 'The mail server refuses the login'
  // A passing fault of the token address closes no gate, and must not be tried without end.
  const until = now() + Math.max(gate.waitMs(), timing.smtp.retry.firstMs)
  return waiting({ code, title, kind: 'token' }, { until, holds: 'account' })
}

function fileOutcome(sending: Sending, command: Command, error: unknown): AttemptOutcome {
  const { now, timing, log } = sending
  const isFile = error instanceof FileUnreadable
  const code = isFile ? 'file.unreadable' : 'mail.not_written'
  log.warn({ event: 'smtp.not_composed', command_id: command.id, code })
  const told = { code, title: isFile ? 'A file could not be read' : 'The mail could not be put together' }
  const isTooLate = now() - Date.parse(command.created_at) > timing.smtp.giveUpMs
  if (isTooLate) return { kind: 'failed', error: { ...told, details: null, kind: 'content' } }
  return waiting(
    { ...told, kind: 'unreachable' },
    { until: now() + stepFor(sending, command.id), holds: 'conversation' },
  )
}

function tellUnreachable({ trouble, now, timing, report }: Sending): void {
  trouble.since ??= now()
  if (now() - trouble.since < timing.unreachableAfterMs) return
  trouble.isTold = true
  const message = 'The mail server for sending cannot be reached.'
  report({ session: 'unreachable', code: 'smtp.unreachable', message })
}

function tellWell({ trouble, report }: Sending): void {
  trouble.since = null
  if (trouble.isTold) report({ session: 'connected', code: '', message: '' })
  trouble.isTold = false
}
