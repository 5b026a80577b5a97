type FileKind = 'image' | 'audio' | 'video' | 'document' | 'sticker'

/** Bytes at an offset that only files of one type have. Text stands for its Latin-1 codes. */
type Mark = { type: string; at?: number; bytes: string }

/** How many bytes from the start of a file are enough to tell its type. */
export const headBytes = 64

const marks: readonly Mark[] = [
  { type: 'image/png', bytes: '\x89PNG\r\n\x1a\n' },
  { type: 'image/jpeg', bytes: '\xff\xd8\xff' },
  { type: 'image/gif', bytes: 'GIF87a' },
  { type: 'image/gif', bytes: 'GIF89a' },
  { type: 'audio/mpeg', bytes: 'ID3' },
  { type: 'audio/ogg', bytes: 'OggS' },
  { type: 'audio/amr', bytes: '#!AMR' },
  { type: 'application/pdf', bytes: '%PDF-' },
]

/** The four letters that name the kind of a RIFF file. */
const riffTypes: Readonly<Record<string, string>> = { WEBP: 'image/webp', WAVE: 'audio/wav' }

/** Brands of ISO files (`ftyp`) that are no ordinary film. */
const brandTypes: readonly [brand: RegExp, type: string][] = [
  [/^M4[AB] /, 'audio/mp4'],
  [/^3g/, 'video/3gpp'],
  [/^qt {2}/, 'video/quicktime'],
  [/^(?:heic|heix|hevc|hevx|heim|heis|mif1|msf1)/, 'image/heic'],
  [/^(?:avif|avis)/, 'image/avif'],
]

/** Types that are told from a file's own bytes; one that only says it is one of these is not believed. */
const provable: ReadonlySet<string> = new Set([
  ...marks.map(({ type }) => type),
  ...Object.values(riffTypes),
  ...brandTypes.map(([, type]) => type),
  'audio/aac',
  'audio/webm',
  'video/mp4',
  'video/webm',
])

/**
 * What to serve a file as. A type that a browser shows has to be proved by the first bytes. Of the rest, which are only
 * ever downloaded, the platform's word is kept: a spreadsheet is more than the ZIP that its bytes are.
 */
export function typeOfFile(head: Uint8Array, told: { kind: FileKind; mimeType: string | null }): string {
  const found = sniff(head, told.kind === 'audio')
  if (found !== null) return found
  const declared = told.mimeType?.split(';')[0]?.trim().toLowerCase() ?? ''
  const isType = /^[\w!#$&^.+-]{1,80}\/[\w!#$&^.+-]{1,120}$/.test(declared)
  return isType && !provable.has(declared) ? declared : 'application/octet-stream'
}

/** The type of a picture that any browser shows; null when the bytes are something else. */
export function rasterType(head: Uint8Array): string | null {
  const found = sniff(head, false)
  return found !== null && /^image\/(?:png|jpeg|gif|webp)$/.test(found) ? found : null
}

/** `isSound`: containers that hold film or sound alike are taken for sound. */
function sniff(head: Uint8Array, isSound: boolean): string | null {
  const text = Array.from(head.subarray(0, headBytes), (byte) => String.fromCharCode(byte)).join('')
  const mark = marks.find(({ bytes }) => text.startsWith(bytes))
  if (mark !== undefined) return mark.type
  if (text.startsWith('RIFF')) return riffTypes[text.slice(8, 12)] ?? null
  if (text.slice(4, 8) === 'ftyp') return isoType(text.slice(8, 12), isSound)
  // EBML; the document type stands among its first elements. Matroska in general is not for browsers.
  if (text.startsWith('\x1a\x45\xdf\xa3')) return text.includes('webm') ? `${isSound ? 'audio' : 'video'}/webm` : null
  return isSound ? frameType(head) : null
}

function isoType(brand: string, isSound: boolean): string {
  const found = brandTypes.find(([pattern]) => pattern.test(brand))
  return found?.[1] ?? (isSound ? 'audio/mp4' : 'video/mp4')
}

/** Sound without a container begins with a frame: eleven bits or twelve set, then version and layer. */
function frameType(head: Uint8Array): string | null {
  const [first = 0, second = 0] = head
  if (first !== 0xff) return null
  if ((second & 0xf6) === 0xf0) return 'audio/aac'
  const layer = (second >> 1) & 0x3
  return (second & 0xe0) === 0xe0 && layer !== 0 ? 'audio/mpeg' : null
}
