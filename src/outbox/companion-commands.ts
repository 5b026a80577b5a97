import { log } from '../lib/log.ts'
import { normaliseMessageId } from '../lib/message-id.ts'
import type { Command, CommandResult } from '../protocol/companion.ts'
import type { MessageError } from '../protocol/message.ts'
import {
  type CommandTurn,
  findCommands,
  listAbandonedCommands,
  noteWaiting,
  takeCommands,
} from '../store/companion-commands.ts'
import { type JobRow, endJob } from '../store/jobs.ts'
import { readOutgoing } from '../store/outgoing.ts'
import { type CommandDeps, toCommand } from './command.ts'
import type { SendResult } from './send-rules.ts'

/** What became of a command; `at` in epoch ms. */
export type ToldResult = { job: JobRow; result: SendResult | { kind: 'waiting'; error: MessageError }; at: number }

/** `gone`: there is no such message any more. `refused`: it could not be stored, and is to be told again. */
export type ResultFate = 'taken' | 'gone' | 'refused'

export type CompanionDeps = CommandDeps & {
  /** Hands results to the journal of their tenant; throws when nobody can tell whether they were stored. Safe to repeat. */
  deliver: (tenantId: string, told: readonly ToldResult[]) => Promise<ResultFate[]>
}

/**
 * What the holder of a channel's lease has to do now, in order. Whatever another companion had been given before it is of
 * unknown fate: that one alone could tell, and it is not asked any more.
 */
export async function pullCommands(
  deps: CompanionDeps,
  turn: CommandTurn,
): Promise<{ items: Command[]; more: boolean }> {
  const abandoned = await listAbandonedCommands(deps.db, turn)
  await deliver(
    deps,
    abandoned.map((job) => ({ job, result: abandonedResult(), at: deps.now() })),
  )
  const jobs = await takeCommands(deps.db, turn)
  const made = await Promise.all(jobs.map((job) => prepare(job, deps)))
  await deliver(
    deps,
    made.flatMap((one) => ('result' in one ? [one] : [])),
  )
  return { items: made.flatMap((one) => ('command' in one ? [one.command] : [])), more: jobs.length === turn.limit }
}

function abandonedResult(): SendResult {
  const title = 'The companion that was to send this message is gone.'
  return { kind: 'unknown', error: { code: 'companion.replaced', title, details: null, kind: 'unreachable' } }
}

type Prepared = { command: Command } | ToldResult | { isOver: true }

async function prepare(job: JobRow, deps: CompanionDeps): Promise<Prepared> {
  const outgoing = await readOutgoing(deps.db, job.tenantId, job.messageId)
  if (outgoing === null || outgoing.message.deletedAt !== null) {
    await endJob(deps.db, job, { state: 'done' })
    return { isOver: true }
  }
  // It has been seen on the platform; what the companion makes of it ends the job.
  if (outgoing.message.status !== 'queued') return { isOver: true }
  const made = await toCommand(job, outgoing, deps)
  return made.ok ? { command: made.command } : { job, result: made.result, at: deps.now() }
}

// ---------------------------------------------------------------- what became of them

/** Gives those jobs that are over with it; told again, they are so again. */
async function deliver(deps: CompanionDeps, told: readonly ToldResult[]): Promise<ReadonlySet<string>> {
  const [first] = told
  if (first === undefined) return new Set()
  const fates = await deps.deliver(first.job.tenantId, told)
  const over = new Set<string>()
  for (const [at, { job, result }] of told.entries()) {
    const fate = fates[at]
    // Nobody waits for what became of a message that is not there.
    if (fate === 'gone') await endJob(deps.db, job, { state: 'failed' })
    if (fate === 'gone' || (fate === 'taken' && result.kind !== 'waiting')) over.add(job.id)
  }
  return over
}

/** Takes what the companion says of its commands; gives the ids that it need not tell again. */
export async function takeResults(
  deps: CompanionDeps,
  channel: { tenantId: string; id: string; platform: string },
  results: readonly CommandResult[],
): Promise<string[]> {
  const { tenantId, id: channelId } = channel
  const ids = results.map(({ id }) => id)
  const jobs = await findCommands(deps.db, { tenantId, channelId, ids })
  const unknown = ids.filter((id) => !jobs.has(id))
  if (unknown.length > 0) log('warn', 'companion.result_unknown', { tenantId, channelId, jobIds: unknown })
  const told = results.flatMap((result): ToldResult[] => {
    const job = jobs.get(result.id)
    return job === undefined ? [] : [toldOf(job, result, { now: deps.now(), platform: channel.platform })]
  })
  for (const { job, result } of told) {
    if (result.kind === 'waiting') await noteWaiting(deps.db, job, waitOf(result.error))
  }
  const over = await deliver(deps, told)
  const late = told.filter(({ job, result }) => result.kind === 'waiting' && hasEnded(job)).map(({ job }) => job.id)
  return [...new Set([...unknown, ...late, ...over])]
}

const hasEnded = ({ state }: JobRow): boolean => state === 'done' || state === 'failed'

function toldOf(job: JobRow, { outcome, at }: CommandResult, of: { now: number; platform: string }): ToldResult {
  // The companion's clock may be ahead.
  const told = { job, at: Math.min(Date.parse(at), of.now) }
  switch (outcome.kind) {
    case 'waiting':
      return { ...told, result: { kind: 'waiting', error: { ...outcome.error, until: outcome.until } } }
    case 'sent': {
      const externalId = of.platform === 'email' ? normaliseMessageId(outcome.external_id) : outcome.external_id
      return { ...told, result: { kind: 'sent', externalId: externalId ?? outcome.external_id } }
    }
    case 'failed':
    case 'unknown':
      return { ...told, result: outcome }
  }
}

function waitOf(error: Extract<ToldResult['result'], { kind: 'waiting' }>['error']): Parameters<typeof noteWaiting>[2] {
  return error.until === undefined ? { error } : { error, dueAt: Date.parse(error.until) }
}
