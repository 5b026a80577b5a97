import type { z } from 'zod'
import { AppError } from '../lib/app-error.ts'
import { decodeBase64, encodeBase64Url } from '../lib/base64.ts'

/** A place in a list, as an opaque text for the address line. Only this server reads it, so its form may change. */
export function encodeCursor(parts: readonly (string | number)[]): string {
  return encodeBase64Url(new TextEncoder().encode(JSON.stringify(parts)))
}

/**
 * The parts of a cursor; null where there is no cursor.
 * @throws AppError 400 `cursor.invalid`
 */
export function decodeCursor<Parts>(cursor: string | undefined, form: z.ZodType<Parts>): Parts | null {
  if (cursor === undefined) return null
  const parts = form.safeParse(partsOf(cursor))
  if (!parts.success) throw new AppError('cursor.invalid', 400, 'This cursor was not given by this list.')
  return parts.data
}

function partsOf(cursor: string): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(decodeBase64(cursor) ?? new Uint8Array(0))) as unknown
  } catch {
    return null // not one of ours; the caller says so
  }
}

/** The rows of a page that were read with one more than it holds, and whether there are others. */
export function cutPage<Row>(rows: readonly Row[], limit: number): { page: Row[]; last: Row | null } {
  const page = rows.slice(0, limit)
  return { page, last: rows.length > limit ? (page.at(-1) ?? null) : null }
}
