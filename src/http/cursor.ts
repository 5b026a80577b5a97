import { AppError } from '../lib/app-error.ts'
import { decodeBase64, encodeBase64Url } from '../lib/base64.ts'

/** A place in a list, as an opaque text for the address line. Only this server reads it, so its form may change. */
export function encodeCursor(parts: readonly (string | number)[]): string {
  return encodeBase64Url(new TextEncoder().encode(JSON.stringify(parts)))
}

/**
 * The parts of a cursor, each of the kind named in `form`; null where there is no cursor.
 * @throws AppError 400 `cursor.invalid`
 */
export function decodeCursor<Form extends readonly ('text' | 'number')[]>(
  cursor: string | undefined,
  form: Form,
): { [At in keyof Form]: Form[At] extends 'text' ? string : number } | null {
  if (cursor === undefined) return null
  const parts = partsOf(cursor)
  const fits =
    parts.length === form.length &&
    form.every((kind, at) => (kind === 'text' ? typeof parts[at] === 'string' : Number.isFinite(parts[at])))
  if (!fits) throw new AppError('cursor.invalid', 400, 'This cursor was not given by this list.')
  return parts as { [At in keyof Form]: Form[At] extends 'text' ? string : number }
}

function partsOf(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(decodeBase64(cursor) ?? new Uint8Array(0)))
    return Array.isArray(value) ? value : []
  } catch {
    return [] // not one of ours; the caller says so
  }
}

/** The rows of a page that were read with one more than it holds, and whether there are others. */
export function cutPage<Row>(rows: readonly Row[], limit: number): { page: Row[]; last: Row | null } {
  const page = rows.slice(0, limit)
  return { page, last: rows.length > limit ? (page.at(-1) ?? null) : null }
}
