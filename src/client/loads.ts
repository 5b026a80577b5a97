import { toActionError } from './action-result.ts'
import type { Environment } from './environment.ts'
import { afterSendFailure, noFailures } from './send-policy.ts'

/** One thing to load. `show` is given the answer and `fail` the reason, unless neither is wanted any more. */
type Load<T> = {
  read(): Promise<T>
  show(answer: T): void | Promise<void>
  fail(error: unknown): void
}

/** What is being loaded, and whether its answer is still wanted when it comes. */
export type Loads = {
  /** Begins a load; the function given back says whether no later one of the same key, and no `cancelAll`, came after it. */
  begin(key: string): () => boolean
  /**
   * Loads something. What failed and may pass is tried again by itself, with growing waits, until it succeeds or a later
   * load of the same key begins: nobody else would notice that it is missing. Ends with the first attempt; never rejects.
   */
  run<T>(key: string, load: Load<T>): Promise<void>
  cancelAll(): void
}

type Options = {
  environment: Pick<Environment, 'random' | 'setTimer'>
  /** Whether nothing is kept live any more; then nothing is tried again. */
  isStopped(): boolean
}

export function createLoads({ environment, isStopped }: Options): Loads {
  const latest = new Map<string, symbol>()
  const waiting = new Map<string, () => void>()
  const begin = (key: string): (() => boolean) => {
    const token = Symbol(key)
    latest.set(key, token)
    waiting.get(key)?.()
    waiting.delete(key)
    return () => latest.get(key) === token
  }
  const attempt = async <T>(key: string, load: Load<T>, count: number): Promise<void> => {
    const isWanted = begin(key)
    try {
      const answer = await load.read()
      if (isWanted()) await load.show(answer)
    } catch (error) {
      if (!isWanted()) return
      load.fail(error)
      // As for what is sent, a refusal stays one; but reading does no harm however often the server was in trouble.
      const next = afterSendFailure(toActionError(error), { ...noFailures, count }, environment.random)
      if (next.kind === 'give_up' || isStopped()) return
      waiting.set(
        key,
        environment.setTimer(() => void attempt(key, load, count + 1), next.delayMs),
      )
    }
  }
  return {
    begin,
    run: (key, load) => attempt(key, load, 0),
    cancelAll() {
      latest.clear()
      for (const cancel of waiting.values()) cancel()
      waiting.clear()
    },
  }
}
