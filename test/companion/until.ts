/** Limits are for a machine with nothing else to do: where others work beside it, the same takes several times as long. */
const limitOf = (withinMs: number) => withinMs + Math.min(3 * withinMs, 30_000)

/** Looks again and again until it holds, or says what was still missing. `withinMs`: on a quiet machine. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  withinMs: number,
  what: string | (() => unknown) = 'what was waited for',
): Promise<void> {
  const limitMs = limitOf(withinMs)
  const end = Date.now() + limitMs
  while (!(await holds())) {
    if (Date.now() > end) {
      const missing = typeof what === 'string' ? what : JSON.stringify(what())
      throw new Error(`did not happen within ${limitMs} ms: ${missing}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
