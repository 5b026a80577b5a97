import type { AccountDeps } from '../account.ts'
import { nameOf, type Reconciler } from './reconcile.ts'
import type { Timing } from './timing.ts'

/** Gives what ends it. */
export function every(ms: number, work: () => void): () => void {
  const timer = setInterval(work, ms)
  return () => clearInterval(timer)
}

type BeatDeps = Pick<AccountDeps, 'random' | 'log'> & { timing: Timing }
type Beating = { reconciler: Reconciler; isReady(): boolean; catchUp(): void }

/**
 * Asks for what was missed about once a minute. It also finds a link that is half open, which would go unnoticed for
 * more than two, and a session that was ended, which is never said unasked.
 */
export function beat({ timing, random, log }: BeatDeps, { catchUp, reconciler, isReady }: Beating): () => void {
  let timer: NodeJS.Timeout
  let sinceCheckMs = 0
  const next = () => {
    const wait = timing.catchUpMs * (0.85 + 0.3 * random())
    timer = setTimeout(() => {
      catchUp()
      sinceCheckMs += wait
      if (sinceCheckMs >= timing.channelCheckMs && isReady()) {
        sinceCheckMs = 0
        reconciler.checkChannels().catch((error: unknown) => {
          log.warn({ event: 'telegram.channel_check_failed', reason: nameOf(error) })
        })
      }
      next()
    }, wait)
  }
  next()
  return () => clearTimeout(timer)
}

/** Waits for something, but not for ever. */
export async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms)))
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** False when there is nothing to go on with. */
export function pauseUntil(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return Promise.resolve(false)
  return new Promise((resolve) => {
    const done = (goesOn: boolean) => {
      clearTimeout(timer)
      signal.removeEventListener('abort', stop)
      resolve(goesOn)
    }
    const stop = () => done(false)
    const timer = setTimeout(() => done(true), ms)
    signal.addEventListener('abort', stop)
  })
}
