export type TtlCache<Value> = {
  get(key: string): Value | undefined
  set(key: string, value: Value): void
  delete(key: string): void
}

/** Remembers values for `ttlMs`, at most `maxEntries` of them: the oldest go first. */
export function createTtlCache<Value>(now: () => number, ttlMs: number, maxEntries = 10_000): TtlCache<Value> {
  const entries = new Map<string, { value: Value; until: number }>()
  return {
    get(key) {
      const entry = entries.get(key)
      return entry !== undefined && now() < entry.until ? entry.value : undefined
    },
    set(key, value) {
      entries.delete(key) // so that it becomes the newest
      entries.set(key, { value, until: now() + ttlMs })
      const [oldest] = entries.keys()
      if (entries.size > maxEntries && oldest !== undefined) entries.delete(oldest)
    },
    delete(key) {
      entries.delete(key)
    },
  }
}
