import type { tl } from '@mtcute/core'

const maxText = 32_768
/** Blocks lie in blocks; nobody writes deeper, and no text may exhaust the stack. */
const maxDepth = 16
/** Fields of a block that hold blocks or texts to be read one after the other. */
const blockFields = [
  'title',
  'text',
  'items',
  'blocks',
  'rows',
  'cells',
  'texts',
  'caption',
  'credit',
  'cover',
] as const
const blockStart = /^page(?:Block|ListItem|ListOrderedItem|TableRow)/

/** The plain text of a message that is set like a page: one line for each of its blocks. Its pictures are not in it. */
export function richText(message: tl.TypeRichMessage): string {
  const lines: string[] = []
  read(message.blocks, { lines, depth: 0 })
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('\n')
    .slice(0, maxText)
    .toWellFormed()
}

type Reading = { lines: string[]; depth: number }

function read(value: unknown, { lines, depth }: Reading): void {
  if (depth > maxDepth || typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    for (const one of value) read(one, { lines, depth: depth + 1 })
    return
  }
  const node = value as Record<string, unknown>
  if (typeof node['_'] === 'string' && blockStart.test(node['_'])) lines.push('')
  const own = [node['text'], node['alt'], node['source']].find((one) => typeof one === 'string')
  if (typeof own === 'string') lines.push((lines.pop() ?? '') + own)
  for (const field of blockFields) read(node[field], { lines, depth: depth + 1 })
}
