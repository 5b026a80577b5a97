/** The first `max` code points of a text; a surrogate pair is never cut in two. */
export function capCodePoints(text: string, max: number): string {
  if (text.length <= max) return text
  let end = 0
  for (let count = 0; count < max && end < text.length; count++) {
    end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1
  }
  return text.slice(0, end)
}

/**
 * Makes foreign text safe to store and to send: SQLite's length() stops at a NUL, and a lone surrogate has no UTF-8
 * form (D1 would turn it into three characters). At most `max` code points remain.
 */
export function cleanText(text: string, max = Number.POSITIVE_INFINITY): string {
  const withoutNul = text.includes('\0') ? text.replaceAll('\0', '') : text
  return capCodePoints(withoutNul.toWellFormed(), max)
}
