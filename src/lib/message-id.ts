import { derivedId } from './derived-id.ts'

/** Longer ids stand for themselves no more: every table that keeps one has room for this much. */
const maxId = 300
/** A References header may hold ids of years; only the nearest can matter. */
const maxIds = 100

/**
 * One id as we compare them: trimmed, without brackets, local part's case kept, no blanks inside (folding puts them there).
 * A long one is replaced by one derived from it, here and wherever it is referred to. Null: nothing that could be one.
 */
export function normaliseMessageId(text: string): string | null {
  // eslint-disable-next-line no-control-regex -- they come in by folding, and must not go on
  const bare = text.replaceAll(/[\s<>\u0000-\u001f\u007f]/g, '').toWellFormed()
  if (bare === '') return null
  return bare.length > maxId ? `${derivedId('mail-id', bare)}@long.invalid` : bare
}

/** A comment beside a dot, the @ or an end. Brackets anywhere else are a careless sender's, and part of the id. */
const comment = /\([^()]*\)(?=[.@]|$)|(?<=^|[.@])\([^()]*\)/g

/** An id as it stands in a mail's header: the blanks and comments of old mail are no part of it (RFC 5322 §4.5.4). */
export function readMessageId(text: string): string | null {
  const squeezed = text.replaceAll(/\s+/g, '')
  return normaliseMessageId(squeezed.replaceAll(comment, '') || squeezed)
}

/**
 * The ids in a header that should hold nothing else but does: comments of old mail programs, addresses, dates. Without
 * a single pair of brackets every word with an @ counts.
 */
export function messageIdsIn(text: string | undefined): string[] {
  if (text === undefined) return []
  const bracketed = [...text.matchAll(/<([^<>]{1,2000})>/g)].map(([, id = '']) => id)
  const found = bracketed.length > 0 ? bracketed : text.split(/[\s,;]+/).filter((word) => word.includes('@'))
  const ids = found.map(readMessageId).filter((id) => id !== null)
  return [...new Set(ids)].slice(-maxIds)
}
