import { cleanText } from '../../lib/text.ts'
import { readHtml } from './html-tokens.ts'

const setOf = (list: string) => new Set(list.split(' '))

/** What begins and ends a line of its own. */
const blocks = setOf(
  'address article aside body caption center dd div dl dt fieldset figure footer form header hr li main nav section tbody tr',
)
/** What stands apart by an empty line as well. */
const spacedBlocks = setOf('blockquote h1 h2 h3 h4 h5 h6 ol p pre table ul')
/** What holds no text to be read, up to its end tag; the tokenizer takes everything up to there as one. */
const silent = setOf('iframe noembed noframes script style title')

const bullet = '- '
const deepestQuote = 8
const longestLink = 300
/** Characters that newsletters fill their previews with, and soft hyphens. */
const invisible = /\u034f|[\u00ad\u200b\u2060\ufeff]/g

type Writer = {
  lines: string[]
  /** Pieces of the line being written. */
  line: string[]
  isSpaceWanted: boolean
  quoteDepth: number
  preDepth: number
  silentIn: string | null
  link: { href: string; pieces: string[] } | null
}

/**
 * What HTML says, as plain text: lines where it shows lines, `>` before what is quoted, the address after a link that
 * does not show it. Linear in the size of the HTML, whatever is in it.
 */
export function htmlToText(html: string): string {
  const writer: Writer = {
    ...{ lines: [], line: [], isSpaceWanted: false },
    ...{ quoteDepth: 0, preDepth: 0, silentIn: null, link: null },
  }
  readHtml(html, {
    open: (name, attributes) => openTag(writer, name, attributes),
    close: (name) => closeTag(writer, name),
    text: (text) => {
      if (writer.silentIn === null) writeText(writer, text)
    },
  })
  endLine(writer)
  return cleanText(writer.lines.join('\n')).trim()
}

function openTag(writer: Writer, name: string, attributes: ReadonlyMap<string, string>): void {
  if (writer.silentIn !== null) return
  if (silent.has(name)) writer.silentIn = name
  else if (name === 'br') breakLine(writer)
  else if (name === 'a') writer.link = { href: attributes.get('href') ?? '', pieces: [] }
  else if (name === 'img') writeEmoji(writer, attributes.get('alt') ?? '')
  else if (name === 'td' || name === 'th') writer.isSpaceWanted = writer.line.length > 0
  else if (spacedBlocks.has(name)) emptyLine(writer)
  else if (blocks.has(name)) endLine(writer)
  if (name === 'li') writer.line.push(bullet)
  if (name === 'blockquote') writer.quoteDepth++
  if (name === 'pre') writer.preDepth++
}

function closeTag(writer: Writer, name: string): void {
  if (writer.silentIn === name) writer.silentIn = null
  if (writer.silentIn !== null) return
  if (name === 'a') endLink(writer)
  else if (blocks.has(name) || spacedBlocks.has(name)) endLine(writer)
  if (name === 'blockquote') writer.quoteDepth = Math.max(0, writer.quoteDepth - 1)
  if (spacedBlocks.has(name)) emptyLine(writer)
  if (name === 'pre') writer.preDepth = Math.max(0, writer.preDepth - 1)
}

function writeText(writer: Writer, text: string): void {
  const visible = text.replaceAll(invisible, '').replaceAll('\u00a0', ' ')
  if (writer.preDepth > 0) {
    const [first = '', ...others] = visible.split(/\r?\n/)
    writePiece(writer, first)
    for (const other of others) {
      breakLine(writer)
      writePiece(writer, other)
    }
    return
  }
  const words = visible.replaceAll(/[ \t\r\n\f]+/g, ' ')
  if (words.startsWith(' ')) writer.isSpaceWanted = writer.line.length > 0
  writePiece(writer, words.trim())
  if (words.endsWith(' ')) writer.isSpaceWanted = writer.line.length > 0
}

function writePiece(writer: Writer, piece: string): void {
  if (piece === '') return
  if (writer.isSpaceWanted) writer.line.push(' ')
  writer.isSpaceWanted = false
  writer.line.push(piece)
  writer.link?.pieces.push(piece)
}

/** Mail programs send emoji as pictures; other alternative texts are names of files more often than not. */
function writeEmoji(writer: Writer, alternative: string): void {
  if (alternative.length <= 16 && /\p{Extended_Pictographic}/u.test(alternative)) writePiece(writer, alternative)
}

function endLink(writer: Writer): void {
  const { link } = writer
  writer.link = null
  if (link === null || link.pieces.length === 0 || !/^https?:\/\//i.test(link.href)) return
  const shown = link.pieces.join('').toLowerCase()
  const address = link.href.trim()
  const bare = address.replace(/^https?:\/\//i, '').replace(/\/$/, '')
  if (address.length > longestLink || shown.includes(bare.toLowerCase())) return
  writer.isSpaceWanted = true
  writePiece(writer, `<${address}>`)
}

function breakLine(writer: Writer): void {
  const prefix = '> '.repeat(Math.min(writer.quoteDepth, deepestQuote))
  const line = (prefix + writer.line.join('')).trimEnd()
  writer.line = []
  writer.isSpaceWanted = false
  if (line === '' && isEmptyAbove(writer, 2)) return
  writer.lines.push(line)
}

/** A paragraph inside a list item stays beside its bullet. */
function endLine(writer: Writer): void {
  const [only] = writer.line
  if (writer.line.length > 1 || (only !== undefined && only !== bullet)) breakLine(writer)
}

function emptyLine(writer: Writer): void {
  endLine(writer)
  if (writer.line.length === 0 && writer.lines.length > 0 && !isEmptyAbove(writer, 1)) breakLine(writer)
}

function isEmptyAbove({ lines }: Writer, count: number): boolean {
  return lines.slice(-count).every((line) => /^[> ]*$/.test(line))
}
