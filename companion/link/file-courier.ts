import type { Logger } from 'pino'
import type { Account } from '../account.ts'
import type { DueFile, FileQueue } from '../spool/file-queue.ts'
import type { WorkerApi } from './worker-api.ts'

export type CourierDeps = {
  files: FileQueue
  api: Pick<WorkerApi, 'upload'>
  /** The accounts that can be asked for files now. */
  ready: () => ReadonlyMap<string, Account>
  log: Logger
  now: () => number
  random: () => number
  signal: AbortSignal
  crash: (error: unknown) => never
}
/** Fetches files whose messages have arrived, and brings them after. */
export type Courier = { pump(): void; idle(): Promise<void> }

const atOnce = 2
const dayMs = 86_400_000
const maxDelayMs = 600_000
const lookAgainMs = 5_000
const openMs = 120_000

type Opened = Awaited<ReturnType<Account['openSpooledFile']>>
type Ended = Parameters<FileQueue['finish']>[1]
type Outcome = Ended | { again: string }

export function createCourier(deps: CourierDeps): Courier {
  const { files, now, signal } = deps
  const busy = new Map<number, Promise<void>>()
  let timer: NodeJS.Timeout | undefined

  function pump(): void {
    clearTimeout(timer)
    if (signal.aborted) return
    const ready = deps.ready()
    while (busy.size < atOnce) {
      const file = files.next([...ready.keys()], new Set(busy.keys()))
      const account = file === null ? undefined : ready.get(file.account)
      if (file === null || account === undefined) break
      begin(file, account)
    }
    const at = files.nextAt()
    if (at !== null && busy.size < atOnce) timer = setTimeout(pump, Math.max(at - now(), lookAgainMs))
  }

  function begin(file: DueFile, account: Account): void {
    const work = bring(deps, file, account)
      .catch(deps.crash)
      .finally(() => {
        busy.delete(file.id)
        pump()
      })
    busy.set(file.id, work)
  }

  return {
    pump,
    async idle() {
      clearTimeout(timer)
      await Promise.allSettled(busy.values())
    },
  }
}

async function bring(deps: CourierDeps, file: DueFile, account: Account): Promise<void> {
  const { files, log, now, random, signal } = deps
  const startedAt = now()
  const attempts = file.attempts + 1
  const outcome = await attempt(deps, file, account)
  const result = 'again' in outcome ? outcome.again : 'error' in outcome ? outcome.error.code : 'ok'
  log.info({ event: 'file.attempted', file: file.id, result, attempts, ms: now() - startedAt })
  if (!('again' in outcome)) files.finish(file, outcome)
  // It was us who broke it off.
  else if (signal.aborted) return
  else if (now() - (file.firstTriedAt ?? now()) < dayMs) files.postpone(file, now() + delayMs(attempts, random))
  else files.finish(file, failure(file, 'file.unavailable', 'The file could not be fetched within a day'))
}

async function attempt({ api }: CourierDeps, file: DueFile, account: Account): Promise<Outcome> {
  let opened: Opened
  try {
    opened = await within(openMs, account.openSpooledFile(file.locator))
  } catch (error) {
    return { again: error instanceof Error ? error.name : 'unknown' }
  }
  const { key, mimeType } = file
  if (opened === 'gone') return failure(file, 'file.gone', 'The file is no longer there')
  if (opened === 'too_large') return tooLarge(file)
  const answer = await api.upload({ body: opened.body, size: opened.size, mimeType })
  switch (answer.kind) {
    case 'ok':
      return { key, upload_id: answer.value.upload_id, ...(mimeType !== null && { mime_type: mimeType }) }
    case 'refused':
      // The stream broke off or was longer than it said: the fault of one transfer.
      if (answer.code === 'upload.length_mismatch') return { again: answer.code }
      if (answer.status === 413) return tooLarge(file)
      return failure(file, 'file.refused', 'The file was not taken')
    case 'unauthorised':
      return { again: answer.code }
    case 'again':
      return { again: answer.reason }
  }
}

/** At least half of what doubles up to ten minutes: a file that cannot be had is not asked for every second. */
function delayMs(attempts: number, random: () => number): number {
  return Math.round(Math.min(maxDelayMs, 1000 * 2 ** Math.min(attempts, 12)) * (0.5 + random() / 2))
}

function tooLarge(file: DueFile): Ended {
  return failure(file, 'file.too_large', 'The file is too large to be kept')
}

function failure({ key }: DueFile, code: string, title: string): Ended {
  return { key, error: { code, title } }
}

async function within<Value>(ms: number, work: Promise<Value>): Promise<Value> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new DOMException('it took too long', 'TimeoutError')), ms)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}
