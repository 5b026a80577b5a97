import { stopChild } from '../lib/run.ts'
import type { ChildProcess } from 'node:child_process'

export type Supervision = {
  start: () => ChildProcess
  /** It ended without being asked to, and is about to be started again. */
  onEnd: (reason: string) => void
  wait: (ms: number, signal: AbortSignal) => Promise<void>
  now: () => number
  aborted: AbortSignal
}
export type Supervised = { stop: () => Promise<void> }

const soonMs = 1000
const lateMs = 30_000
const goodLifeMs = 10_000

/** Keeps a process going until `stop`: at once after a life of some length, later and later where it keeps failing. */
export function supervise({ start, onEnd, wait, now, aborted }: Supervision): Supervised {
  const stopping = new AbortController()
  const isOver = AbortSignal.any([aborted, stopping.signal])
  let child: ChildProcess | null = null
  const run = async (): Promise<void> => {
    let waitMs = soonMs
    while (!isOver.aborted) {
      const startedAt = now()
      child = start()
      const reason = await endOf(child)
      if (now() - startedAt >= goodLifeMs) waitMs = soonMs
      // Ctrl-C ends the whole group, and may get there before it gets here.
      await wait(waitMs, isOver)
      waitMs = Math.min(waitMs * 2, lateMs)
      if (!isOver.aborted) onEnd(reason)
    }
  }
  const running = run()
  return {
    stop: async () => {
      stopping.abort()
      if (child !== null) await stopChild(child)
      await running
    },
  }
}

function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('exit', (code, signal) => resolve(signal ?? `code ${code ?? 'unknown'}`))
  })
}
