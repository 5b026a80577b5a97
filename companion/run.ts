import { statfsSync } from 'node:fs'
import type { Logger } from 'pino'
import { type OpenAccount, openAccount as openKnownAccount } from './accounts.ts'
import { type Parts, assemble } from './assemble.ts'
import type { Config } from './config.ts'
import { makePrivateFolder } from './data-folder.ts'
import { startHealthServer } from './health-server.ts'
import { pause } from './link/backoff.ts'
import { type Spool, openSpool } from './spool/open-spool.ts'
import { watchSpool } from './spool-watch.ts'
import { prune } from './spool/prune.ts'
import { type Timing, defaultTiming } from './timing.ts'
import { type StatusParts, describeStatus, hindrances } from './status.ts'

export type RunDeps = {
  config: Config
  log: Logger
  now: () => number
  /** A clock that nobody sets; the process's own unless told. */
  ticks?: () => number
  random: () => number
  crash: (error: unknown) => never
  openAccount?: OpenAccount
  timing?: Timing
}
/** A companion that runs. */
export type Companion = {
  healthPort: number
  /** Takes ten seconds at most; what is not done by then is done after the next start. */
  stop(): Promise<void>
}

/** The companion cannot begin, for a reason that an operator can do something about. */
export class StartError extends Error {
  readonly code: 'disk.full' | 'disk.failed'

  constructor(code: StartError['code'], message: string) {
    super(message)
    this.name = 'StartError'
    this.code = code
  }
}

const minFreeBytes = 32 * 1024 * 1024
/** Every so many pulls asks for everything that is open, not only for what is newer. */
const pullsToAll = 10
const gatherMs = 5
const inFlightMs = 5_000
const goodbyeMs = 1_500
const brokenOffMs = 500

/** @throws StartError */
export async function runCompanion(deps: RunDeps): Promise<Companion> {
  const { config, log, now } = deps
  const spool = openCheckedSpool(deps)
  const ending = new AbortController()
  const breaking = new AbortController()
  const { openAccount = openKnownAccount, timing = defaultTiming, ticks = () => performance.now() } = deps
  const parts = assemble(
    { ...deps, openAccount, timing, ticks, ending: ending.signal, breaking: breaking.signal },
    spool,
  )
  const status: StatusParts = {
    ...parts,
    links: [...parts.links.values()],
    counts: spool.counts,
    startedAt: now(),
    now,
  }
  const health = await startHealthServer({
    host: config.healthHost,
    port: config.healthPort,
    check: spool.checkWritable,
    hindrances: () => hindrances(status),
    status: () => describeStatus(status),
  })
  log.info({ event: 'companion.started', accounts: config.accounts.length, health_port: health.port })
  const timers = startTimers(parts, { ...deps, timing })
  spool.onAdded(soonOnce(() => parts.drain.pump()))
  parts.drain.pump()
  const loops = Promise.all([parts.leases.run(), parts.doorbell.run()]).catch(deps.crash)
  return {
    healthPort: health.port,
    async stop() {
      log.info({ event: 'companion.stopping' })
      ending.abort()
      for (const timer of timers) clearInterval(timer)
      await finish(parts, { log, breaking, loops })
      await health.close()
      spool.close()
      log.info({ event: 'companion.stopped' })
    },
  }
}

function startTimers(parts: Parts, { log, now, crash, timing }: RunDeps & { timing: Timing }): NodeJS.Timeout[] {
  const { spool, links, drain, courier } = parts
  const lookAtSpool = watchSpool({ ...parts, counts: spool.counts, log, now })
  let pulls = 0
  const each = (ms: number, work: () => void) => setInterval(work, ms)
  courier.pump()
  prune(spool.database, now())
  return [
    each(timing.checkpointMs, () => links.forEach((link) => void link.offerCheckpoint().catch(crash))),
    each(timing.refreshMs, () => {
      spool.refresh()
      drain.pump()
      courier.pump()
      lookAtSpool()
    }),
    each(timing.pullMs, () => {
      pulls += 1
      for (const link of links.values()) link.pull(pulls % pullsToAll === 0)
    }),
    each(timing.pruneMs, () => {
      const rows = prune(spool.database, now())
      if (rows > 0) log.info({ event: 'spool.pruned', rows })
    }),
  ]
}

const stopped = {
  state: 'warning',
  session_state: 'stopped',
  code: 'companion.stopped',
  message: 'The companion was stopped.',
} as const

type Ending = { log: Logger; breaking: AbortController; loops: Promise<unknown> }

/** Crash-safe as it all is, it is kept short. */
async function finish(parts: Parts, { log, breaking, loops }: Ending): Promise<void> {
  const { links, drain, courier, states, leases } = parts
  const ran = [...links.values()].filter(({ runner }) => runner.running() !== null)
  const work = Promise.all([...[...links.values()].map((link) => link.stop()), drain.idle(), courier.idle(), loops])
  await atMost(inFlightMs, work)
  for (const { key, account } of ran) if (leases.held(key) !== null) states.report(account, stopped)
  await atMost(goodbyeMs, Promise.all([states.flush(), leases.release(AbortSignal.timeout(goodbyeMs))]))
  breaking.abort()
  // What was broken off has to notice it before the spool is closed.
  await atMost(brokenOffMs, Promise.all([drain.idle(), courier.idle()]))
  log.debug({ event: 'companion.left', accounts: ran.length })
}

/** Rows come in bursts: what is there within a few ms goes out together. */
function soonOnce(work: () => void): () => void {
  let timer: NodeJS.Timeout | null = null
  return () => {
    timer ??= setTimeout(() => {
      timer = null
      work()
    }, gatherMs)
  }
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const isDone = new AbortController()
  await Promise.race([work, pause(ms, isDone.signal)])
  isDone.abort()
}

function openCheckedSpool({ config, now, crash }: RunDeps): Spool {
  const { dataDir } = config
  try {
    makePrivateFolder(dataDir)
    const { bavail, bsize } = statfsSync(dataDir)
    if (bavail * bsize < minFreeBytes) throw new StartError('disk.full', `The disk of ${dataDir} is full.`)
    const spool = openSpool(dataDir, { now, crash })
    spool.checkWritable()
    return spool
  } catch (error) {
    if (error instanceof StartError) throw error
    const reason = error instanceof Error ? error.message : 'unknown'
    const isFull = /full|ENOSPC/.test(reason)
    throw new StartError(isFull ? 'disk.full' : 'disk.failed', `The spool in ${dataDir} cannot be used: ${reason}`)
  }
}
