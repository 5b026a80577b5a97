import { capCodePoints } from '../../lib/text.ts'
import { cleanLine } from './clean-line.ts'

const maxName = 200
const maxExtension = 20

/** Names for what came without one, by type; the rest is called `file`. */
const extensions: ReadonlyMap<string, string> = new Map([
  ['application/pdf', 'pdf'],
  ['application/zip', 'zip'],
  ['audio/mpeg', 'mp3'],
  ['image/gif', 'gif'],
  ['image/jpeg', 'jpg'],
  ['image/png', 'png'],
  ['image/webp', 'webp'],
  ['text/csv', 'csv'],
  ['text/html', 'html'],
  ['text/plain', 'txt'],
])
const wholeNames: ReadonlyMap<string, string> = new Map([
  ['application/ics', 'invite.ics'],
  ['application/ms-tnef', 'winmail.dat'],
  ['application/pgp-signature', 'signature.asc'],
  ['message/delivery-status', 'delivery-status.txt'],
  ['message/feedback-report', 'feedback-report.txt'],
  ['message/rfc822', 'message.eml'],
  ['text/calendar', 'invite.ics'],
  ['text/rfc822-headers', 'headers.txt'],
])

/**
 * A foreign file name, fit to be shown and to be offered for saving: one line, no path, no direction marks, nothing that
 * a file system forbids, at most 200 code points with the extension kept. `position` counts from 0.
 */
export function filenameOf(given: string | null, mimeType: string, position: number): string {
  const name = cleanFilename(given ?? '')
  if (name !== '') return isNamelessMessage(name, mimeType) ? `${name}.eml` : name
  const whole = wholeNames.get(mimeType)
  if (whole !== undefined) return whole
  const base = mimeType.startsWith('image/') ? 'image' : 'file'
  const extension = extensions.get(mimeType)
  return extension === undefined ? `${base}-${position + 1}` : `${base}-${position + 1}.${extension}`
}

function isNamelessMessage(name: string, mimeType: string): boolean {
  return mimeType === 'message/rfc822' && !/\.eml$/i.test(name)
}

export function cleanFilename(given: string): string {
  const line = cleanLine(given, 4096)
  const lastPart = line.slice(Math.max(line.lastIndexOf('/'), line.lastIndexOf('\\')) + 1)
  const name = lastPart.replaceAll(/[<>:"|?*]/g, '_').replaceAll(/\s+/g, ' ')
  // Leading dots hide a file or climb a folder; Windows drops dots and blanks at the end, and with them an extension.
  const bare = name.replace(/^[. ]+/, '').replace(/[. ]+$/, '')
  const dot = bare.lastIndexOf('.')
  const extension = dot > 0 && bare.length - dot <= maxExtension ? bare.slice(dot) : ''
  return capCodePoints(bare.slice(0, bare.length - extension.length), maxName - extension.length) + extension
}
