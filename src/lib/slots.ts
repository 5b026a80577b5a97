/** Runs work, at once while a slot is free and else in its turn. */
export type Slots = <Result>(work: () => Promise<Result>) => Promise<Result>

/** Lets at most `count` pieces of work run at the same time. */
export function createSlots(count: number): Slots {
  const waiting: (() => void)[] = []
  let free = count
  return async (work) => {
    if (free > 0) free -= 1
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      // A slot is handed on, not freed: nobody who comes in between gets it.
      if (next === undefined) free += 1
      else next()
    }
  }
}
