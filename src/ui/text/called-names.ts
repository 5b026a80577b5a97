/** A piece of a text: as it is, or the name of somebody it calls, with its `@`. */
export type NamedPart = { text: string; isName: boolean }

/** Cuts a text at the names that it calls, however they are typed: capitals and the number of blanks do not matter. */
export function splitAtNames(text: string, names: readonly string[]): NamedPart[] {
  const sign = signOf(names)
  if (sign === null) return [{ text, isName: false }]
  // `split` with one group: every second piece is a name.
  return text
    .split(sign)
    .map((piece, index) => ({ text: piece, isName: index % 2 === 1 }))
    .filter((part) => part.text !== '')
}

/** An @ inside a word is an address, and a name ends where a word does. The longest name counts. */
function signOf(names: readonly string[]): RegExp | null {
  const patterns = names
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .toSorted((a, b) => b.length - a.length)
    .map((name) =>
      name
        .split(/\s+/u)
        .map(escaped)
        .join(String.raw`\s+`),
    )
  if (patterns.length === 0) return null
  return new RegExp(String.raw`(?<![\p{L}\p{N}_.@-])(@(?:${patterns.join('|')}))(?![\p{L}\p{N}_])`, 'iu')
}

function escaped(word: string): string {
  return word.replaceAll(/[\\^$.*+?()[\]{}|/]/gu, String.raw`\$&`)
}
