import { announcement, isForwardMark, isHeaderBlock, isOriginalMark, isRule } from './quotation-marks.ts'
import { withoutSignature } from './signatures.ts'
import { hasForwardPrefix } from './subject.ts'

/** No answer is longer; announcements are not looked for beyond, where a mail is a document. */
const maxLines = 5000

/**
 * What its writer wrote this time, without quotations and signature; the whole text where nothing would be left, and
 * where a mail passes on another one, which its `subject` tells.
 */
export function visibleText(text: string, subject: string): string {
  const whole = text.trim()
  const lines = whole.split('\n')
  if (hasForwardPrefix(subject) || lines.length > maxLines) return trimLines(lines)
  const start = quotationStart(lines)
  // What is passed on is there to be read, unless it is itself below an announcement.
  if (lines.slice(0, start?.above).some((line) => isForwardMark(line.trim()))) return trimLines(lines)
  const kept = start === null ? withoutLastQuote(lines) : withoutQuotation(lines, start)
  return trimLines(withoutSignature(kept)) || trimLines(kept) || whole
}

function trimLines(lines: readonly string[]): string {
  return lines
    .map((line) => line.trimEnd())
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .replace(/^\n+/, '')
    .trimEnd()
}

const isQuoted = (line: string | undefined) => /^\s?[>»]/.test(line ?? '')
const isEmpty = (line: string | undefined) => (line ?? '').trim() === ''

function withoutQuotation(lines: readonly string[], start: Start): readonly string[] {
  const above = lines.slice(0, start.above)
  const quoteEnd = endOfQuote(lines, start.below)
  // What is quoted without a mark on its lines goes on to the end.
  if (quoteEnd === start.below) return above
  const below = lines.slice(quoteEnd)
  if (below.every((line) => isEmpty(line))) return above
  // Answers between the lines mean nothing without them.
  if (below.some((line) => isQuoted(line))) return withoutLastQuote(lines)
  return [...above, ...below]
}

type Start = { above: number; below: number }

/** Where the writer's own text ends, and where the quotation below its announcement begins; null where there is none. */
function quotationStart(lines: readonly string[]): Start | null {
  for (const [at, line] of lines.entries()) {
    const text = line.trim()
    if (isQuoted(line)) continue
    if (isOriginalMark(text) || isHeaderBlock(lines, at)) return startAbove(lines, at, at + 1)
    const first = text.endsWith(':') ? announcementStart(lines, at) : null
    if (first !== null) return startAbove(lines, first, at + 1)
  }
  return null
}

const mostLines = 4

/** Announcements are broken where they get too long; the shortest run of lines that has a beginning of its own is meant. */
function announcementStart(lines: readonly string[], at: number): number | null {
  let loose: number | null = null
  for (let first = at; first > at - mostLines && first >= 0; first--) {
    if (first < at && (isEmpty(lines[first]) || isQuoted(lines[first]))) break
    const joined = lines
      .slice(first, at + 1)
      .map((line) => line.trim())
      .join(' ')
    const found = announcement(joined)
    if (found?.isWhole === true) return first
    if (found !== null) loose ??= first
  }
  return loose
}

/** The rule above an announcement belongs to it. */
function startAbove(lines: readonly string[], first: number, below: number): Start {
  let above = first
  while (above > 0 && (isEmpty(lines[above - 1]) || isRule((lines[above - 1] ?? '').trim()))) above--
  return { above, below }
}

/** Where the marked lines from here on end; `start` where there are none. Empty lines between them belong to them. */
function endOfQuote(lines: readonly string[], start: number): number {
  let end = start
  for (let at = start; at < lines.length && (isEmpty(lines[at]) || isQuoted(lines[at])); at++) {
    if (isQuoted(lines[at])) end = at + 1
  }
  return end
}

/** A quotation at the end that nobody announced. */
function withoutLastQuote(lines: readonly string[]): readonly string[] {
  let end = lines.length
  while (end > 0 && (isEmpty(lines[end - 1]) || isQuoted(lines[end - 1]))) end--
  const isMarked = lines.slice(end).some((line) => isQuoted(line))
  return isMarked && end > 0 ? lines.slice(0, end) : lines
}
