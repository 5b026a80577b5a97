import { pause } from '../link/backoff.ts'

/** Remembers that it was rung until it is asked, so that what happens between two looks is not missed. */
export type Bell = {
  ring(): void
  reset(): void
  isRung(): boolean
  wait(ms: number, signal: AbortSignal): Promise<void>
}

export function createBell(): Bell {
  let isRung = false
  let waiter: AbortController | null = null
  return {
    ring() {
      isRung = true
      waiter?.abort()
    },
    reset() {
      isRung = false
    },
    isRung: () => isRung,
    async wait(ms, signal) {
      if (isRung) return
      waiter = new AbortController()
      await pause(ms, AbortSignal.any([signal, waiter.signal]))
      waiter = null
    },
  }
}
