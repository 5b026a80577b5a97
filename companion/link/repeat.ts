import { backoffMs, pause } from './backoff.ts'

type Deps = { random: () => number; signal: AbortSignal; crash: (error: unknown) => never }

/**
 * Work that is wanted now and then and never runs twice at a time: wanted while it runs, it runs once more. `work` says
 * whether it is done; if not it is tried again after a while.
 */
export function repeatable(work: () => Promise<boolean>, { random, signal, crash }: Deps): () => void {
  let isRunning = false
  let isWanted = false

  async function run(): Promise<void> {
    for (let failures = 0; isWanted && !signal.aborted;) {
      isWanted = false
      if (await work()) failures = 0
      else {
        failures += 1
        isWanted = true
        await pause(backoffMs(failures, random), signal)
      }
    }
  }

  function begin(): void {
    if (isRunning || !isWanted || signal.aborted) return
    isRunning = true
    void run()
      .catch(crash)
      .finally(() => {
        isRunning = false
        // Wanted once more while it was ending.
        begin()
      })
  }

  return () => {
    isWanted = true
    begin()
  }
}
