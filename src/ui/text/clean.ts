// Names, file names and previews are written by strangers. React escapes markup; what is left is characters that
// change how a line reads: direction overrides ("exe.fdp" shown as "pdf.exe"), line breaks and control characters.

/** Embeddings and overrides: they reorder letters after them. Isolates and marks stay, real Arabic text needs them. */
const overrides = /[\u202a-\u202e]/gu
/** Every invisible character that has no place in a one-line label. */
const invisibles = /[\p{Cc}\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff]+/gu

/** Text of several lines, without the characters that could make it read as something else. */
export function cleanText(text: string): string {
  return text.replace(overrides, '')
}

/** Text as one line, at most `max` UTF-16 units long. */
export function oneLine(text: string, max = 300): string {
  // Cut first: cleaning a megabyte to show a line of it would be waste.
  const line = text
    .slice(0, max * 4)
    .replace(/\s+/gu, ' ')
    .replace(invisibles, '')
    .trim()
  return clip(line, max)
}

/** The beginning of a text, never half a surrogate pair. */
export function clip(text: string, max: number): string {
  if (text.length <= max) return text
  const last = text.charCodeAt(max - 1)
  const isHighSurrogate = last >= 0xd800 && last <= 0xdbff
  return `${text.slice(0, isHighSurrogate ? max - 1 : max).trimEnd()}…`
}

const letters = /[\p{L}\p{N}]/u

/** One or two letters that stand for a name; nothing where the name has none (a phone number, an emoji). */
export function initialsOf(name: string): string {
  const words = oneLine(name, 100)
    .split(' ')
    .filter((word) => /\p{L}/u.test(word))
  const chosen = words.length > 1 ? [words[0], words.at(-1)] : [words[0]]
  return chosen
    .map((word) => Array.from(word ?? '').find((letter) => letters.test(letter)) ?? '')
    .join('')
    .toLocaleUpperCase()
}

/** A stable small number for a text, to pick one of `count` colours. */
export function toneOf(text: string, count: number): number {
  let sum = 0
  for (const letter of text.slice(0, 64)) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65_521
  return sum % count
}
