/** Holds one immutable value and tells of its changes. */
export type Store<T extends object> = {
  get(): T
  /** Replaces the given fields; tells nobody when nothing changed. */
  set(patch: Partial<T>): void
  subscribe(listener: () => void): () => void
}

export function createStore<T extends object>(initial: T): Store<T> {
  let value = initial
  const listeners = new Set<() => void>()
  return {
    get: () => value,
    set(patch) {
      const next = { ...value, ...patch }
      const keys = Object.keys(next) as (keyof T)[]
      if (keys.every((key) => Object.is(next[key], value[key]))) return
      value = next
      for (const listener of [...listeners]) listener()
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}
