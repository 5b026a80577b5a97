import { createHash } from 'node:crypto'
import { messageIdsIn, normaliseMessageId } from '../../src/lib/message-id.ts'

/** What a mail says of itself in its header, as far as it is needed to know it again. Values as they stand, unfolded. */
export type MailHead = {
  /** Without brackets; null where there is none. */
  messageId: string | null
  /** Of the thread's first mail, or its own. */
  rootId: string | null
  from: string
  date: string
  subject: string
}

/** No header of a mail that people read is longer. */
const maxHeader = 256 * 1024

/** Where the body begins, in bytes; the whole length where there is none. */
export function bodyStart(raw: Uint8Array): number {
  const text = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength)
  const crlf = text.indexOf('\r\n\r\n')
  const lf = text.indexOf('\n\n')
  if (crlf === -1 && lf === -1) return raw.length
  return lf === -1 || (crlf !== -1 && crlf < lf) ? crlf + 4 : lf + 2
}

/** `header`: a whole mail, or some of its fields. */
export function headOf(header: Uint8Array): MailHead {
  const end = Math.min(bodyStart(header), maxHeader)
  const block = Buffer.from(header.buffer, header.byteOffset, end).toString('latin1')
  const lines = block.replaceAll(/\r?\n(?=[ \t])/g, '').split(/\r?\n/)
  const first = (name: string) => {
    const line = lines.find((one) => one.slice(0, name.length + 1).toLowerCase() === `${name}:`)
    return line === undefined ? '' : line.slice(name.length + 1).trim()
  }
  const messageId = messageIdsIn(first('message-id'))[0] ?? normaliseMessageId(first('message-id'))
  const [root] = [...messageIdsIn(first('references')).slice(0, 1), ...messageIdsIn(first('in-reply-to'))]
  return { messageId, rootId: root ?? messageId, from: first('from'), date: first('date'), subject: first('subject') }
}

/**
 * By which a mail is known again when its numbers count no more. A Message-ID alone does not do: some senders repeat
 * theirs. Null: there is no Message-ID, and only the whole mail can tell (`identityOfMail`).
 */
export function identityOfHead({ messageId, from, date, subject }: MailHead): string | null {
  return messageId === null ? null : digest(['id', messageId, from, date, subject])
}

export function identityOfMail(raw: Uint8Array, head = headOf(raw)): string {
  const known = identityOfHead(head)
  if (known !== null) return known
  const body = createHash('sha256')
    .update(raw.subarray(bodyStart(raw)))
    .digest('hex')
  return digest(['body', head.from, head.date, head.subject, body])
}

/** Mails of one thread arrive in the order they were found in; others need not wait for them. */
export function laneOf(raw: Uint8Array, head = headOf(raw)): string {
  return `mail:${head.rootId === null ? identityOfMail(raw, head) : digest(['thread', head.rootId])}`
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)
}
