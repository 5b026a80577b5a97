import type { Context } from 'hono'
import type { PlatformFailure } from '../channels/outbound.ts'
import { receive } from '../hub/call-hub.ts'
import { AppError } from '../lib/app-error.ts'
import { errorFields, log } from '../lib/log.ts'
import type { SignalOutcome } from '../outbox/customer-signals.ts'
import { healthAfterFailure } from '../outbox/health-report.ts'
import { type CallContext, type OpenChannel, openChannel } from '../outbox/open-channel.ts'
import { openDatabase } from '../store/database.ts'
import type { AppEnv } from './app-env.ts'
import { channelNotFound, readOnly } from './refusals.ts'

/** What a request's calls of a platform work with. */
export function callContextOf(c: Context<AppEnv>): CallContext {
  return {
    db: openDatabase(c.env.DB),
    config: c.var.config,
    fetch: (input, init) => fetch(input, init),
    now: () => Date.now(),
  }
}

/** A channel of the caller's tenant, ready to be spoken for. */
export async function requireOpenChannel(c: Context<AppEnv>, channelId: string): Promise<OpenChannel> {
  const opening = await openChannel(callContextOf(c), c.var.user.tenantId, channelId)
  if (opening.ok) return opening.open
  switch (opening.reason) {
    case 'not_found':
      throw channelNotFound()
    case 'read_only':
      throw readOnly()
    case 'credentials':
      throw new AppError('platform.token', 502, 'The credentials of this channel cannot be read: connect it again.')
  }
}

/** What the platform said, in its own words. The channel's health hears of it too. */
export function platformRefused(c: Context<AppEnv>, open: OpenChannel, failure: PlatformFailure): AppError {
  c.executionCtx.waitUntil(reportFailure(c.env, open, failure))
  const { kind, title, details } = failure.error
  return new AppError(`platform.${kind}`, 502, details === null ? title : `${title}: ${details}`)
}

/** Ends a signal that nobody waits for: what went wrong is only written down. */
export async function finishSignal(env: Env, signal: Promise<SignalOutcome>, event: string): Promise<void> {
  try {
    const outcome = await signal
    if (outcome === null || outcome.answer.ok) return
    const { open, answer } = outcome
    const { tenantId, id: channelId } = open.channel
    log('warn', event, { tenantId, channelId, code: answer.error.code, kind: answer.error.kind })
    await reportFailure(env, open, answer)
  } catch (error) {
    log('warn', event, errorFields(error))
  }
}

async function reportFailure(env: Env, { channel, health }: OpenChannel, failure: PlatformFailure): Promise<void> {
  const { tenantId, id, platform } = channel
  const item = healthAfterFailure(failure, health, Date.now())
  if (item === null) return
  try {
    await receive(env, tenantId, [{ channel: { id, platform }, item }])
  } catch (error) {
    log('error', 'channel.health_report_failed', { tenantId, channelId: id, ...errorFields(error) })
  }
}
