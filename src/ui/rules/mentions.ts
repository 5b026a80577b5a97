import type { StaffMember } from '../types.ts'

/** One of the staff whom a note names. */
export type Mention = { id: string; name: string }

/** What is typed after an `@` right before the caret, and where the `@` is. */
export type MentionQuery = { from: number; query: string }

const maxQuery = 60
const maxSuggestions = 6

/** The name that is being typed at the caret; null where none is. An @ inside a word is an address. */
export function mentionAt(text: string, caret: number): MentionQuery | null {
  const before = text.slice(0, caret)
  const from = before.lastIndexOf('@')
  if (from === -1 || caret - from > maxQuery) return null
  const query = before.slice(from + 1)
  if (/[\n@]|\s{2}|^\s/u.test(query) || /[\p{L}\p{N}_.-]$/u.test(before.slice(0, from))) return null
  return { from, query }
}

/** Who is meant: whose name, or one of whose names, begins so. The writer is not told of their own notes. */
export function suggest(staff: readonly StaffMember[], query: string, ownId: string | null): readonly Mention[] {
  const wanted = fold(query)
  return staff
    .filter(({ user_id: id, name }) => id !== ownId && namesOf(name).some((part) => part.startsWith(wanted)))
    .map(({ user_id: id, name }) => ({ id, name }))
    .slice(0, maxSuggestions)
}

/** The whole name, and what is left of it from each of its words on. */
function namesOf(name: string): string[] {
  const words = fold(name).split(' ')
  return words.map((_, index) => words.slice(index).join(' '))
}

function fold(text: string): string {
  return text.normalize('NFKC').toLowerCase().replaceAll(/\s+/gu, ' ').trim()
}

/** The text with a name in place of what was typed, and where the caret goes then. */
export function withMention(
  text: string,
  { from, query }: MentionQuery,
  { name }: Mention,
): { text: string; caret: number } {
  const after = text.slice(from + 1 + query.length)
  const inserted = `@${name} `
  return { text: text.slice(0, from) + inserted + after.replace(/^ /u, ''), caret: from + inserted.length }
}

/** Those that were picked and still stand in the text. */
export function mentionsIn(text: string, picked: readonly Mention[]): readonly Mention[] {
  return picked.filter(({ name }) => text.includes(`@${name}`))
}
