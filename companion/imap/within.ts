/** What `work` gives; `onLate` is called when it takes longer than `ms`, and has to make it end. */
export async function within<Value>(ms: number, work: Promise<Value>, onLate: () => void): Promise<Value> {
  const timer = setTimeout(onLate, ms)
  try {
    return await work
  } finally {
    clearTimeout(timer)
  }
}
