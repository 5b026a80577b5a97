/** How long wrong signatures are only counted after they were reported. */
const reportIntervalMs = 60_000
/** Paths beyond this many are not told apart any more; only known apps get one. */
const maxKeys = 1_000

type Count = { pending: number; reportedAt: number }

/**
 * Counts wrong signatures in this isolate, and says when it is time to tell (G9): at once, then once a minute at most,
 * so that whoever sends garbage cannot make us write.
 */
export function createFailureCounter(now: () => number): { count: (key: string) => number | null } {
  const counts = new Map<string, Count>()

  return {
    /** How many to report; null while a report has just been made. */
    count(key) {
      const at = now()
      const known = counts.get(key) ?? { pending: 0, reportedAt: Number.NEGATIVE_INFINITY }
      const pending = known.pending + 1
      const isDue = at - known.reportedAt >= reportIntervalMs
      if (counts.size >= maxKeys && !counts.has(key)) counts.clear()
      counts.set(key, isDue ? { pending: 0, reportedAt: at } : { ...known, pending })
      return isDue ? pending : null
    },
  }
}

/** This isolate's own. */
export const signatureFailures = createFailureCounter(() => Date.now())
