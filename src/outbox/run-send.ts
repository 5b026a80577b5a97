import type { OutboundMessage, SendOutcome } from '../channels/outbound.ts'
import { errorFields, log } from '../lib/log.ts'
import type { FailureKind } from '../protocol/message.ts'
import { type JobRow, endJob, extendLease, holdSends, postponeJob } from '../store/jobs.ts'
import { type Outgoing, readOutgoing } from '../store/outgoing.ts'
import { conclude } from './conclude.ts'
import { healthAfterFailure, healthAfterSuccess } from './health-report.ts'
import { type OpenChannel, type Opening, openChannel } from './open-channel.ts'
import { toOutboundMail } from './outbound-mail.ts'
import { replyDetailsOf, toOutboundMessage } from './outbound-message.ts'
import { closingTime } from './reply-window.ts'
import type { SendDeps, SendVerdict } from './send-deps.ts'
import { type SendGate, createSendGate } from './send-gate.ts'
import { type SendResult, type SendStep, exhaustedResult, failedResult, maxAttempts, stepAfter } from './send-rules.ts'

/** For uploading files, in ms. */
const uploadLeaseMs = 10 * 60_000

const ended: SendVerdict = { kind: 'ended' }

/** One attempt, and all that it works with. */
type Attempt = { job: JobRow; deps: SendDeps; outgoing: Outgoing; open: OpenChannel; startedAt: number }

/**
 * Sends the reply of a claimed job. The order makes it safe to break off anywhere: the job says `sending` before the one
 * request that the customer sees, and keeps the platform's answer before the journal is told.
 */
export async function runSend(job: JobRow, deps: SendDeps): Promise<SendVerdict> {
  if (job.attempts > maxAttempts) return refuse(job, deps, exhaustedResult())
  const outgoing = await readOutgoing(deps.db, job.tenantId, job.messageId)
  if (outgoing === null || outgoing.message.status !== 'queued' || outgoing.message.deletedAt !== null) {
    await endJob(deps.db, job, { state: 'done' })
    return ended
  }
  const opening = await openChannel(deps, job.tenantId, job.channelId)
  if (!opening.ok) return refuse(job, deps, closedChannel(opening.reason))
  return attempt({ job, deps, outgoing, open: opening.open, startedAt: deps.now() })
}

/** Ends a reply of which the platform never hears. */
async function refuse(job: JobRow, deps: SendDeps, result: SendResult): Promise<SendVerdict> {
  log('warn', 'outbox.rejected', { ...idsOf(job), code: codeOf(result), ms: 0 })
  return conclude(job, deps, result)
}

function closedChannel(reason: Extract<Opening, { ok: false }>['reason']): SendResult {
  switch (reason) {
    case 'not_found':
      return failed('channel.not_found', 'This channel is not connected any more.', 'token')
    case 'read_only':
      return failed('channel.read_only', 'Replies cannot be sent on this channel.', 'platform')
    case 'credentials':
      return failed('credentials.unreadable', 'The credentials of this channel cannot be read.', 'token')
  }
}

const failed = (code: string, title: string, kind: FailureKind) => failedResult({ code, title, details: null, kind })

async function attempt(one: Attempt): Promise<SendVerdict> {
  const { job, deps, open, startedAt } = one
  const closesAt = closesAtOf(one)
  if (closesAt !== null && startedAt > closesAt) {
    return refuse(job, deps, failed('window.closed', 'The customer has been silent for too long.', 'window'))
  }
  const message = await messageOf(one)
  if (message === null) return refuse(job, deps, failed('recipient.unknown', 'There is no address.', 'recipient'))
  const isLong = message.attachments.length > 0
  if (isLong && !(await extendLease(deps.db, job, { now: deps.now(), leaseMs: uploadLeaseMs }))) return ended
  const gate = createSendGate(job, deps)
  const outcome = await ask(open, message, gate)
  // Somebody else has this job now; nothing was sent from here.
  if (gate.state === 'lost') return ended
  return settle(one, { outcome, closesAt })
}

/** The reply as its platform gets it; null when there is nobody to send it to. */
async function messageOf({ deps, outgoing, open }: Attempt): Promise<OutboundMessage | null> {
  const message = toOutboundMessage(outgoing, deps.files)
  if (message === null || open.channel.platform !== 'email') return message
  return { ...message, mail: await toOutboundMail(deps.threads, outgoing, open) }
}

function closesAtOf({ outgoing, open }: Attempt): number | null {
  const { template, human_agent: humanAgent } = replyDetailsOf(outgoing)
  const rule = {
    lastInboundAt: outgoing.conversation.lastInboundAt,
    windowMs: open.adapter.replyWindowMs ?? null,
    humanAgentMs: open.adapter.limits?.humanAgentMs,
  }
  return closingTime(rule, { isTemplate: template !== undefined, isHumanAgent: humanAgent === true })
}

/** The platform's answer. What is thrown becomes one: by then nothing was sent, or nobody can tell. */
async function ask({ calls, io }: OpenChannel, message: OutboundMessage, gate: SendGate): Promise<SendOutcome> {
  try {
    const outcome = await calls.send(message, io, gate.pass)
    // A gate that could not be opened let nothing through, whatever was made of that.
    return gate.state === 'broken' ? brokenOff() : outcome
  } catch (error) {
    if (gate.state === 'lost') return brokenOff()
    log('error', 'outbox.send_broke_off', { messageId: message.id, gate: gate.state, ...errorFields(error) })
    if (gate.state === 'open') return { kind: 'unknown', reason: 'send.broke_off' }
    return brokenOff()
  }
}

function brokenOff(): SendOutcome {
  const error = { code: 'send.broken', title: 'Sending broke off.', details: null, kind: 'unreachable' } as const
  return { kind: 'rejected', error, retryAfterMs: 0 }
}

async function settle(one: Attempt, of: { outcome: SendOutcome; closesAt: number | null }): Promise<SendVerdict> {
  const { job, deps } = one
  const now = deps.now()
  const { attempts, createdAt } = job
  const step = stepAfter(of.outcome, { now, attempts, createdAt, closesAt: of.closesAt })
  logAttempt(one, step, of.outcome)
  if (step.kind === 'end') {
    const verdict = await conclude(job, deps, step.result)
    await reportHealth(one, of.outcome)
    return verdict
  }
  const isPostponed = await postponeJob(deps.db, job, step)
  if (isLimitOfChannel(of.outcome)) await holdSends(deps.db, job, step.dueAt)
  await reportHealth(one, of.outcome)
  return isPostponed ? { kind: 'postponed', waitMs: Math.max(0, step.dueAt - now) } : ended
}

/** Whoever asks next would meet it too, and may make it last longer. */
function isLimitOfChannel(outcome: SendOutcome): boolean {
  return outcome.kind === 'rejected' && outcome.error.kind === 'rate_limit' && outcome.isPersonal !== true
}

const logNames = { sent: 'outbox.sent', failed: 'outbox.rejected', unknown: 'outbox.unknown' } as const

function logAttempt({ job, deps, open, startedAt }: Attempt, step: SendStep, outcome: SendOutcome): void {
  const name = step.kind === 'postpone' ? 'outbox.postponed' : logNames[step.result.kind]
  const code = step.kind === 'postpone' ? step.error.code : codeOf(step.result)
  const traceId = outcome.kind === 'rejected' ? outcome.traceId : undefined
  const fields = { platform: open.channel.platform, code, traceId, ms: deps.now() - startedAt }
  log(name === 'outbox.sent' ? 'info' : 'warn', name, { ...idsOf(job), ...fields })
}

function idsOf({ tenantId, channelId, conversationId, messageId, id: jobId, attempts }: JobRow) {
  return { tenantId, channelId, conversationId, messageId, jobId, attempts }
}

/** A code of ours or of the platform; never its words, which may repeat what somebody wrote. */
function codeOf(result: SendResult): string | undefined {
  return result.kind === 'sent' ? undefined : result.error.code
}

/** What a call taught of the channel. The reply is done with by then: a failure here is only written down. */
async function reportHealth({ deps, open, job }: Attempt, outcome: SendOutcome): Promise<void> {
  const now = deps.now()
  const health =
    outcome.kind === 'rejected'
      ? healthAfterFailure(outcome, open.health, now)
      : outcome.kind === 'sent'
        ? healthAfterSuccess(open.health, now)
        : null
  if (health === null) return
  try {
    await deps.reportHealth(open.channel, health)
  } catch (error) {
    const { tenantId, channelId } = job
    log('error', 'outbox.health_report_failed', { tenantId, channelId, ...errorFields(error) })
  }
}
