import { decodeUtf8 } from './charset.ts'
import { cleanLine } from './clean-line.ts'
import { fieldsOf, type RawField } from './header-block.ts'
import type { MailAttachment } from './mail.ts'
import { readMessageId } from '../../lib/message-id.ts'

/** Reports are short; whatever is longer is not read to its end. */
const maxReport = 65_536
const maxValue = 1024

/** The blocks of fields of a delivery report (RFC 3464): the first about the message, one for each recipient after it. */
export function reportBlocks(bytes: Uint8Array): RawField[][] {
  const text = decodeUtf8(bytes.subarray(0, maxReport)).replaceAll(/\r\n?/g, '\n')
  return text
    .split(/\n[ \t]*\n/)
    .map(readBlock)
    .filter((fields) => fields.length > 0)
}

function readBlock(block: string): RawField[] {
  const bytes = new TextEncoder().encode(block.replace(/^\n+/, ''))
  return fieldsOf(bytes, { start: 0, end: bytes.length })
}

/** `rfc822; user@example.com` without the type in front (RFC 3464 §2.1.2). */
export function reportedValue(fields: readonly RawField[], name: string): string | null {
  const value = fields.find((field) => field.name === name)?.value
  if (value === undefined) return null
  const bare = value
    .replace(/^[\w.-]+\s*;\s*/, '')
    .replace(/^<(.*)>$/, '$1')
    .replaceAll(/\s+/g, ' ')
  return cleanLine(bare, maxValue) || null
}

/** The id of the mail that a report is about, from the copy or the header of it that reports carry. */
export function returnedMessageId(attachments: readonly MailAttachment[]): string | null {
  for (const { mimeType, bytes } of attachments) {
    if (!/^(?:message\/rfc822|text\/rfc822-headers|message\/global|message\/global-headers)$/.test(mimeType)) continue
    const [fields = []] = reportBlocks(bytes)
    const id = idOf(fields.find(({ name }) => name === 'message-id')?.value)
    if (id !== null) return id
  }
  return null
}

export function idOf(value: string | undefined): string | null {
  return value === undefined ? null : readMessageId(/<([^<>]+)>/.exec(value)?.[1] ?? value)
}
