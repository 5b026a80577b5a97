/**
 * One read for everybody who asks for the same thing at the same time. Whoever comes second waits for the first one's
 * `read`, but no longer than `patience`: on Workers the first one's request may be cut off, and its read never ends.
 * Then, and when the first read failed, everybody reads for themselves.
 */
export function createReadTogether<Value>(patience: () => Promise<void>) {
  const underWay = new Map<string, Promise<Value>>()

  const forget = (key: string, reading: Promise<Value>): void => {
    if (underWay.get(key) === reading) underWay.delete(key)
  }

  return async (key: string, read: () => Promise<Value>): Promise<Value> => {
    const first = underWay.get(key)
    if (first !== undefined) {
      const shared = await Promise.race([valueOf(first), patience()])
      if (shared !== undefined) return shared.value
      forget(key, first)
      return read()
    }
    const own = read()
    underWay.set(key, own)
    try {
      return await own
    } finally {
      forget(key, own)
    }
  }
}

/** Nothing when the read failed: whoever started it reports that. */
async function valueOf<Value>(reading: Promise<Value>): Promise<{ value: Value } | undefined> {
  try {
    return { value: await reading }
  } catch {
    return undefined
  }
}
