import { cleanText } from '../../lib/text.ts'
import { decodeText } from './charset.ts'
import { unflow } from './flowed.ts'
import { htmlToText } from './html-text.ts'
import type { MimePart } from './mime-tree.ts'
import { textToHtml } from './text-html.ts'

/** What a mail says at one place of it, in one form or in two. */
type Section = { plain: string[]; html: string[] }

export type MailBody = { text: string; isTextFromHtml: boolean; html: string | null }

/** The parts that a mail shows as its text, each with what it holds. */
export type ShownPart = { part: MimePart; bytes: Uint8Array }

/** Whether a part is text to be read rather than a file. */
export function isShown(part: MimePart): boolean {
  if (part.type.startsWith('multipart/')) return true
  return (part.type === 'text/plain' || part.type === 'text/html') && part.disposition.value !== 'attachment'
}

/**
 * Puts together what a mail says. Of an alternative both forms are kept; a place that has only one form is converted
 * where the other is wanted, so that neither the text nor the HTML lacks what the other one says.
 */
export function bodyOf(root: MimePart, shown: readonly ShownPart[]): MailBody {
  const sections = sectionsOf(root, new Map(shown.map(({ part, bytes }) => [part, bytes])))
  const hasPlain = sections.some(({ plain }) => !isBlank(plain))
  const hasHtml = sections.some(({ html }) => !isBlank(html))
  const text = sections.map(({ plain, html }) => (isBlank(plain) ? htmlToText(html.join('\n')) : plain.join('\n')))
  const html = sections.map(({ plain, html }) => (isBlank(html) ? textToHtml(plain.join('\n')) : html.join('\n')))
  return {
    text: text
      .filter((one) => one !== '')
      .join('\n')
      .trimEnd(),
    isTextFromHtml: hasHtml && !hasPlain,
    html: hasHtml ? html.filter((one) => one !== '').join('\n') : null,
  }
}

const isBlank = (texts: readonly string[]) => texts.every((text) => text.trim() === '')

function sectionsOf(root: MimePart, shown: ReadonlyMap<MimePart, Uint8Array>): Section[] {
  const sections: Section[] = []
  const visit = (part: MimePart, alternative: Section | null) => {
    const bytes = shown.get(part)
    if (bytes !== undefined) {
      const section = alternative ?? addSection(sections)
      section[part.type === 'text/html' ? 'html' : 'plain'].push(textOf(part, bytes))
    }
    const inner = alternative ?? (part.type === 'multipart/alternative' ? addSection(sections) : null)
    for (const child of part.parts) visit(child, inner)
  }
  visit(root, null)
  return sections
}

function addSection(sections: Section[]): Section {
  const section: Section = { plain: [], html: [] }
  sections.push(section)
  return section
}

function textOf({ params }: MimePart, bytes: Uint8Array): string {
  const text = cleanText(decodeText(bytes, params.get('charset')).replaceAll(/\r\n?/g, '\n'))
  if (params.get('format')?.toLowerCase() !== 'flowed') return text
  return unflow(text, params.get('delsp')?.toLowerCase() === 'yes')
}
