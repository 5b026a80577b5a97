/** One of the staff, as far as a note can name them. */
export type Mentionable = { id: string; name: string }

/** Most users that one note may call. */
export const maxMentions = 20

export type Mentions = {
  ids: string[]
  /** Picked, and nobody of the staff: the client's list is old, or somebody tries. */
  unknown: string[]
}

type Note = { text: string; picked: readonly string[]; staff: readonly Mentionable[] }

/**
 * Whom a note calls. The ids that its writer picked are the truth, whatever the text says: two people may have one name.
 * A name that was only typed, `@Olena Koval`, counts where it is one person's alone. Longer names go first, so that
 * `@Olena Koval` does not call another Olena.
 */
export function resolveMentions({ text, picked, staff }: Note): Mentions {
  const known = new Set(staff.map(({ id }) => id))
  const pickedIds = new Set(picked)
  const typed = typedNames(text, namesOf(staff)).flatMap(({ ids: [id, ...others] }) =>
    id === undefined || others.length > 0 ? [] : [id],
  )
  const ids = [...pickedIds].filter((id) => known.has(id))
  return {
    ids: [...new Set([...ids, ...typed])].slice(0, maxMentions),
    unknown: [...pickedIds].filter((id) => !known.has(id)),
  }
}

type Named = { name: string; ids: readonly string[] }

/** Longest first. */
function namesOf(staff: readonly Mentionable[]): Named[] {
  const byName = Map.groupBy(staff, ({ name }) => fold(name))
  return [...byName]
    .filter(([name]) => name !== '')
    .map(([name, people]) => ({ name, ids: people.map(({ id }) => id) }))
    .sort((a, b) => b.name.length - a.name.length)
}

/** An @ inside a word is an address, not a call. */
const callSign = /(?<![\p{L}\p{N}_.@-])@/gu
const insideWord = /^[\p{L}\p{N}_]/u

function typedNames(text: string, names: readonly Named[]): Named[] {
  const folded = fold(text)
  return [...folded.matchAll(callSign)].flatMap(({ index }) => {
    const rest = folded.slice(index + 1)
    const found = names.find(({ name }) => rest.startsWith(name) && !insideWord.test(rest.slice(name.length)))
    return found === undefined ? [] : [found]
  })
}

/** The same name, however it is typed: capitals, composed letters, apostrophes and the number of blanks do not matter. */
function fold(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\u2018\u2019\u02bc`]/g, "'")
    .replaceAll(/\s+/g, ' ')
    .trim()
}
