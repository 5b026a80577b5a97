type Waiting<Item, Result> = {
  items: readonly Item[]
  resolve: (results: Result[]) => void
  reject: (error: unknown) => void
}

/** How many callers wait now, and how many shared the last commit. */
export type Callers = { waiting: () => number; inLastCommit: number }

/**
 * Group commit: one commit at a time, and all that arrives meanwhile shares the next one. Each caller gets its own
 * results, in its order. The cost of D1 is per call, not per row.
 */
export function createCommitter<Item, Result>(options: {
  commit: (items: Item[]) => Promise<Result[]>
  /** Most items of one commit; a single caller with more still goes in one. */
  maxItems: number
  /** Resolves when the next commit may begin; the longer that takes, the more callers share it. */
  untilReady: (callers: Callers) => Promise<void>
}): { submit: (items: readonly Item[]) => Promise<Result[]> } {
  const queue: Waiting<Item, Result>[] = []
  let isRunning = false
  let inLastCommit = 0

  function takeGroup(): Waiting<Item, Result>[] {
    const group: Waiting<Item, Result>[] = []
    let count = 0
    while (queue.length > 0) {
      const size = queue[0]?.items.length ?? 0
      if (group.length > 0 && count + size > options.maxItems) break
      count += size
      const next = queue.shift()
      if (next !== undefined) group.push(next)
    }
    return group
  }

  async function commitGroup(group: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await options.commit(group.flatMap((waiting) => waiting.items))
      let at = 0
      for (const waiting of group) {
        waiting.resolve(results.slice(at, at + waiting.items.length))
        at += waiting.items.length
      }
    } catch (error) {
      for (const waiting of group) waiting.reject(error)
    }
  }

  async function run(): Promise<void> {
    if (isRunning) return
    isRunning = true
    while (queue.length > 0) {
      await options.untilReady({ waiting: () => queue.length, inLastCommit })
      const group = takeGroup()
      inLastCommit = group.length
      await commitGroup(group)
    }
    isRunning = false
  }

  return {
    submit: (items) =>
      new Promise((resolve, reject) => {
        queue.push({ items, resolve, reject })
        void run()
      }),
  }
}
