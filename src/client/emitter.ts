/** Something others can listen to. `on` gives the way to stop listening. */
export type Emitter<T> = { on(listener: (value: T) => void): () => void; emit(value: T): void }

/** Makes an emitter. A listener that throws does not keep the others, or the sender, from going on. */
export function createEmitter<T>(reportError: (error: unknown) => void): Emitter<T> {
  const listeners = new Set<{ call: (value: T) => void }>()
  return {
    on(call) {
      const entry = { call } // an object of its own, so that one function may listen twice
      listeners.add(entry)
      return () => void listeners.delete(entry)
    },
    emit(value) {
      for (const { call } of [...listeners]) {
        try {
          call(value)
        } catch (error) {
          reportError(error)
        }
      }
    },
  }
}
