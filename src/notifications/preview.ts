import { capCodePoints } from '../lib/text.ts'

const maxPreview = 140
/** As much of a long text as is looked at. */
const maxRead = 2_000

/** One line of a text; null where there is none. */
export function previewOf(text: string): string | null {
  const line = text.slice(0, maxRead).replaceAll(/\s+/g, ' ').trim()
  return line === '' ? null : capCodePoints(line, maxPreview).toWellFormed()
}
