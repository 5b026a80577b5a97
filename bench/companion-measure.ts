import { type CompanionInbox, startCompanionInbox } from './companion-inbox.ts'
import { awaitCommitted, busiestSecond } from './companion-journal.ts'
import { type Cast, idIn, inChunks, messagesOf } from './companion-messages.ts'
import { type RunningCompanion, prepareCompanion } from './companion-process.ts'
import { type CompanionStatus, areConnected, waitingIn } from './companion-status.ts'
import { type Telegram, startTelegram } from './companion-telegram.ts'
import { percentile } from './statistics.ts'

/** One round at one number of accounts. */
export type MemoryRound = { connectedMs: number; idleBytes: number; workedBytes: number; peakBytes: number }

/** One round of messages. `saidShare`: how much of the time until the last commit the data centre was still speaking. */
export type SpeedRound = {
  storedPerSecond: number
  saidShare: number
  cpuMsEach: number
  spooledPerSecond: number
  drainedPerSecond: number
  busiestPerSecond: number
  p50Ms: number
  p95Ms: number
}

export type Size = {
  accounts: readonly number[]
  /** To each account, between the two looks at the memory. */
  messagesEach: number
  speedAccounts: number
  speedMessages: number
  delays: number
}
export type Progress = (text: string) => void
export type RoundResult = { memory: ReadonlyMap<number, MemoryRound>; speed: SpeedRound }

/** A Worker and a Telegram; `nextId` numbers whatever has to be told from everything before. */
type Stage = { workDir: string; telegram: Telegram; inbox: CompanionInbox; nextId: number }
type Play = Stage & { companion: RunningCompanion; cast: Cast }

const customersEach = 20
const chunk = 50
const settleMs = 2000
const delayEveryMs = 100
const lookEveryMs = 5
const startMs = 120_000

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
const perSecond = (count: number, ms: number) => (count / ms) * 1000

/** One round of everything, on a Worker and a Telegram that nobody has used. */
export async function measureCompanion(workDir: string, size: Size, progress: Progress): Promise<RoundResult> {
  const telegram = await startTelegram()
  try {
    const inbox = await startCompanionInbox(workDir)
    const stage: Stage = { workDir, telegram, inbox, nextId: 100_000 }
    try {
      const memory = new Map<number, MemoryRound>()
      for (const accounts of size.accounts) {
        progress(`memory with ${accounts} accounts`)
        memory.set(accounts, await measureMemory(stage, accounts, size))
      }
      progress('messages')
      return { memory, speed: await measureSpeed(stage, size) }
    } finally {
      await inbox.stop()
    }
  } finally {
    await telegram.stop()
  }
}

/** New accounts with their channels, and customers to write to them. */
async function castOf({ telegram, inbox }: Stage, firstId: number, accounts: number): Promise<Cast> {
  const cast = {
    accounts: Array.from({ length: accounts }, (_, at) => firstId + at),
    customers: Array.from({ length: customersEach }, (_, at) => firstId + accounts + at),
  }
  for (const id of cast.accounts) {
    await telegram.addAccount(id)
    await inbox.addTelegramChannel(String(id))
  }
  for (const id of cast.customers) await telegram.addUser(id)
  return cast
}

/** Takes as many numbers as are wanted. */
function takeIds(stage: Stage, count: number): number {
  const firstId = stage.nextId
  stage.nextId += count
  return firstId
}

async function measureMemory(stage: Stage, accounts: number, { messagesEach }: Size): Promise<MemoryRound> {
  const cast = await castOf(stage, takeIds(stage, accounts + customersEach), accounts)
  const { start } = await prepareCompanion({ ...stage, ids: cast.accounts })
  const startedAt = performance.now()
  const companion = start()
  try {
    await awaitStatus(companion, areConnected)
    const connectedMs = performance.now() - startedAt
    await pause(settleMs)
    const idleBytes = companion.usage().residentBytes
    const firstId = takeIds(stage, accounts * messagesEach)
    await sayAndAwait({ ...stage, companion, cast }, firstId, accounts * messagesEach)
    await pause(settleMs)
    return { connectedMs, idleBytes, workedBytes: companion.usage().residentBytes, peakBytes: companion.peak() }
  } finally {
    await companion.stop()
  }
}

async function measureSpeed(stage: Stage, size: Size): Promise<SpeedRound> {
  const { speedAccounts, speedMessages, delays } = size
  const cast = await castOf(stage, takeIds(stage, speedAccounts + customersEach), speedAccounts)
  const { start } = await prepareCompanion({ ...stage, ids: cast.accounts })
  const companion = start()
  const play: Play = { ...stage, companion, cast }
  const next = (count: number) => [takeIds(stage, count), count] as const
  try {
    await awaitStatus(companion, areConnected)
    // Every conversation begins here, so that none does while it is measured.
    await sayAndAwait(play, ...next(speedAccounts * customersEach))
    const delay = await measureDelay(play, ...next(delays))
    const stored = await measureStored(play, ...next(speedMessages))
    const spooled = await measureSpooled(play, ...next(speedMessages))
    return { ...delay, ...stored, ...spooled }
  } finally {
    await companion.stop()
  }
}

async function say({ telegram, cast }: Play, firstId: number, count: number): Promise<void> {
  for (const some of inChunks(messagesOf(cast, firstId, count), chunk)) await telegram.say(some)
}

/** Speaks, and watches the journal from before the first word on. */
async function sayAndAwait(play: Play, firstId: number, count: number) {
  const { inbox, companion } = play
  const since = await inbox.head()
  const startedAt = performance.now()
  const said = say(play, firstId, count).then(() => performance.now())
  const { requireAlive } = companion
  const [saidAt, committed] = await Promise.all([said, awaitCommitted(inbox, { since, firstId, count, requireAlive })])
  return { startedAt, saidAt, ...committed }
}

type StoredPart = Pick<SpeedRound, 'storedPerSecond' | 'saidShare' | 'cpuMsEach'>

async function measureStored(play: Play, firstId: number, count: number): Promise<StoredPart> {
  const { cpuSeconds } = play.companion.usage()
  const { startedAt, saidAt, lastAt } = await sayAndAwait(play, firstId, count)
  const cpuMs = (play.companion.usage().cpuSeconds - cpuSeconds) * 1000
  return {
    storedPerSecond: perSecond(count, lastAt - startedAt),
    saidShare: (saidAt - startedAt) / (lastAt - startedAt),
    cpuMsEach: cpuMs / count,
  }
}

type SpooledPart = Pick<SpeedRound, 'spooledPerSecond' | 'drainedPerSecond' | 'busiestPerSecond'>

/** The Worker is away while everything is said, and comes back when all of it is on the companion's disk. */
async function measureSpooled(play: Play, firstId: number, count: number): Promise<SpooledPart> {
  const { inbox, companion } = play
  const since = await inbox.head()
  await inbox.takeAway()
  const startedAt = performance.now()
  await Promise.all([say(play, firstId, count), awaitStatus(companion, (status) => waitingIn(status) >= count)])
  const spooledAt = performance.now()
  await inbox.bringBack()
  const backAt = performance.now()
  const { requireAlive } = companion
  const { lastAt, glances } = await awaitCommitted(inbox, { since, firstId, count, requireAlive })
  return {
    spooledPerSecond: perSecond(count, spooledAt - startedAt),
    drainedPerSecond: perSecond(count, lastAt - backAt),
    busiestPerSecond: busiestSecond(glances),
  }
}

/** Each message alone: from before the data centre is told of it until its frame is here. */
async function measureDelay(play: Play, firstId: number, count: number): Promise<Pick<SpeedRound, 'p50Ms' | 'p95Ms'>> {
  const heardAt = new Map<number, number>()
  const socket = await play.inbox.listen((content) => void heardAt.set(idIn(content) ?? -1, performance.now()))
  const delays: number[] = []
  for (let id = firstId; id < firstId + count; id += 1) {
    const saidAt = performance.now()
    await say(play, id, 1)
    await awaitThat(() => heardAt.has(id), play.companion)
    delays.push((heardAt.get(id) ?? Number.NaN) - saidAt)
    await pause(Math.max(0, delayEveryMs - (performance.now() - saidAt)))
  }
  socket.close()
  return { p50Ms: percentile(delays, 50), p95Ms: percentile(delays, 95) }
}

async function awaitStatus(companion: RunningCompanion, holds: (status: CompanionStatus) => boolean): Promise<void> {
  await awaitThat(async () => {
    const status = await companion.status()
    return status !== null && holds(status)
  }, companion)
}

async function awaitThat(holds: () => boolean | Promise<boolean>, companion: RunningCompanion): Promise<void> {
  const deadline = performance.now() + startMs
  while (!(await holds())) {
    companion.requireAlive()
    if (performance.now() > deadline) throw new Error(`The companion was not where it should be after ${startMs} ms`)
    await pause(lookEveryMs)
  }
}
