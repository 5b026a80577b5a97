import { cleanText } from './clean.ts'

/** A piece of a message: plain text, or an http(s) link with the text to show for it. */
export type TextPart = { kind: 'text'; text: string } | { kind: 'link'; href: string; text: string }

// Stops at white space, quotes, brackets of markup and anything invisible: what follows an invisible character is not
// part of the address that a reader sees.
const candidates = /https?:\/\/[^\s"'<>`«»“”\p{Cc}\p{Cf}]+/giu
/** Longer ones stay text: no honest link needs it, and nobody can judge it. */
const maxLinkLength = 2048

/** Cuts a text into plain pieces and links. Only http and https become links, and a link shows where it leads. */
export function linkify(raw: string): TextPart[] {
  const text = cleanText(raw)
  const parts: TextPart[] = []
  let done = 0
  for (const match of text.matchAll(candidates)) {
    const shown = trimTail(match[0])
    const link = shown === null ? null : toLink(shown)
    if (shown === null || link === null) continue
    if (match.index > done) parts.push({ kind: 'text', text: text.slice(done, match.index) })
    parts.push(link)
    done = match.index + shown.length
  }
  if (done < text.length) parts.push({ kind: 'text', text: text.slice(done) })
  return parts
}

/** The address without the punctuation of the sentence around it; a closing bracket stays if it was opened inside. */
function trimTail(candidate: string): string | null {
  if (candidate.length > maxLinkLength) return null
  let end = candidate.length
  while (end > 0) {
    const last = candidate.charAt(end - 1)
    if (isUnopened(candidate.slice(0, end), last)) end -= 1
    else if (/[.,;:!?…*_~|]/u.test(last)) end -= 1
    else break
  }
  return candidate.slice(0, end)
}

function isUnopened(text: string, last: string): boolean {
  const open = { ')': '(', ']': '[', '}': '{' }[last]
  return open !== undefined && text.split(open).length < text.split(last).length
}

function toLink(shown: string): TextPart | null {
  const url = URL.parse(shown)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null
  // `https://bank.example@evil.example` leads to evil.example: no honest sender writes that.
  if (url.username !== '' || url.password !== '') return null
  return { kind: 'link', href: url.href, text: url.protocol + '//' + url.host + afterHost(shown) }
}

/** What was written after the host, as written: the path may be in Cyrillic, the host may not pretend to be. */
function afterHost(shown: string): string {
  const start = shown.indexOf('//') + 2
  const rest = shown.slice(start).search(/[/?#\\]/u)
  return rest < 0 ? '' : shown.slice(start + rest)
}
