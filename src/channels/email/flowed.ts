/** Joins the lines of `format=flowed` text that were broken only to be sent (RFC 3676). Quote marks hold lines apart. */
export function unflow(text: string, deletesSpace: boolean): string {
  const result: string[] = []
  let paragraph: { depth: number; pieces: string[] } | null = null
  for (const line of text.split('\n')) {
    const marks = /^>*/.exec(line)?.[0] ?? ''
    const depth = marks.length
    const content = line.slice(depth).replace(/^ /, '')
    const isFlowing = content.endsWith(' ') && content !== '-- '
    if (paragraph !== null && (paragraph.depth !== depth || content === '-- ')) {
      result.push(written(paragraph))
      paragraph = null
    }
    paragraph ??= { depth, pieces: [] }
    paragraph.pieces.push(isFlowing && deletesSpace ? content.slice(0, -1) : content)
    if (isFlowing) continue
    result.push(written(paragraph))
    paragraph = null
  }
  if (paragraph !== null) result.push(written(paragraph))
  return result.join('\n')
}

function written({ depth, pieces }: { depth: number; pieces: string[] }): string {
  return depth === 0 ? pieces.join('') : `${'>'.repeat(depth)} ${pieces.join('')}`
}
