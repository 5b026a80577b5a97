/** Whether the Worker takes our key. Shut: nothing is sent but a probe now and then. */
export type Access = {
  isOpen(): boolean
  /** Why it is shut; null while it is open. */
  refusal(): { status: number; code: string; since: number } | null
  /** Resolves when it is open, or when the signal is given. */
  whenOpen(signal: AbortSignal): Promise<void>
  shut(refusal: { status: number; code: string }): void
  open(): void
}

type Deps = { now: () => number; changed: (isOpen: boolean, code: string) => void }

export function createAccess({ now, changed }: Deps): Access {
  let refusal: ReturnType<Access['refusal']> = null
  const waiting = new Set<() => void>()
  return {
    isOpen: () => refusal === null,
    refusal: () => refusal,
    whenOpen(signal) {
      if (refusal === null || signal.aborted) return Promise.resolve()
      return new Promise((resolve) => {
        const done = () => {
          waiting.delete(done)
          signal.removeEventListener('abort', done)
          resolve()
        }
        waiting.add(done)
        signal.addEventListener('abort', done)
      })
    },
    shut(reason) {
      if (refusal !== null) return
      refusal = { ...reason, since: now() }
      changed(false, reason.code)
    },
    open() {
      if (refusal === null) return
      refusal = null
      changed(true, 'ok')
      for (const done of waiting) done()
    },
  }
}
