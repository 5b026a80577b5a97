import { bodyStart } from './mail-head.ts'

/** Why a mail is not there itself. `unreadable`: its header came, the rest does not. `withheld`: not even that. */
export type StandInReason = 'too_large' | 'unreadable' | 'withheld'

export type StandInMail = {
  reason: StandInReason
  /** The mail's own; empty where even that cannot be had. */
  header: Uint8Array
  /** Its first part of text, as it stands: header of the part and body. */
  text: { header: Uint8Array; body: Uint8Array } | null
  files: readonly { filename: string; bytes: number }[]
  bytes: number
  receivedAt: Date | null
}

const reasons: Readonly<Record<StandInReason, string>> = {
  too_large: 'is too large to be shown here',
  unreadable: 'could not be fetched from the mailbox',
  withheld: 'could not be fetched from the mailbox, not even its header',
}

const boundary = '=_stand-in_of_edge-inbox'
const maxFiles = 50

/**
 * A mail in place of one that cannot be taken in: its header, its text, and a note that says where the rest is. Nothing
 * is lost, as the mail stays in its mailbox, which is never written to. Always the same bytes for the same mail.
 */
export function standInFor(mail: StandInMail): Uint8Array {
  const lines = [noteOf(mail), ...mail.files.slice(0, maxFiles).map(fileLine)]
  const note = Buffer.from(`${lines.join('\r\n')}\r\n`)
    .toString('base64')
    .replaceAll(/.{76}/g, '$&\r\n')
  const parts = [
    headerOf(mail),
    `MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n`,
    `--${boundary}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${note}\r\n`,
    ...(mail.text === null ? [] : [`--${boundary}\r\n`, partHeader(mail.text.header), mail.text.body, '\r\n']),
    `--${boundary}--\r\n`,
  ]
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)))
}

/** For a mail of which the server says nothing at all but that it is there. `name` keeps two of them apart. */
export function blankStandIn(name: string): Uint8Array {
  const header = Buffer.from(`Subject: A mail that could not be fetched (${name})\r\n\r\n`)
  return standInFor({ reason: 'withheld', header, text: null, files: [], bytes: 0, receivedAt: null })
}

function noteOf({ reason, bytes }: StandInMail): string {
  const size = bytes > 0 ? ` (${megabytes(bytes)})` : ''
  return `[This mail${size} ${reasons[reason]}. It is in the mailbox itself, whole.]`
}

function fileLine({ filename, bytes }: { filename: string; bytes: number }): string {
  const name = filename.replaceAll(/\s+/g, ' ').slice(0, 200)
  return `[File: ${name === '' ? 'without a name' : name}${bytes > 0 ? `, ${megabytes(bytes)}` : ''}]`
}

function megabytes(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`
}

/** What tells how the body is made up is replaced; all else stands as it came. */
function headerOf({ header, receivedAt }: StandInMail): string | Buffer {
  const block = Buffer.from(header.buffer, header.byteOffset, bodyStart(header)).toString('latin1').trimEnd()
  const fields = block.split(/\r?\n(?![ \t])/).filter((field) => !/^(?:content-[\w-]+|mime-version)\s*:/i.test(field))
  const kept = fields.filter((field) => field !== '')
  if (kept.length > 0) return Buffer.from(`${kept.join('\r\n')}\r\n`, 'latin1')
  const date = receivedAt === null ? '' : `Date: ${receivedAt.toUTCString().replace('GMT', '+0000')}\r\n`
  return `${date}Subject: A mail that could not be fetched\r\n`
}

function partHeader(header: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from(Buffer.from(header).toString('latin1').trimEnd(), 'latin1'),
    Buffer.from('\r\n\r\n'),
  ])
}
