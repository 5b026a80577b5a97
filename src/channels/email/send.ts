import { problemOf } from '../limits.ts'
import type { OutboundFile, OutboundMessage, PlatformIo, RelayMail, SendOutcome } from '../outbound.ts'
import { loopHeader } from './automation.ts'
import { type Letter, type Made, letterOf, refused } from './letter.ts'
import { limits, maxMailBytes } from './limits.ts'
import { displayName } from '../../lib/mail-headers.ts'
import { normaliseMessageId } from '../../lib/message-id.ts'
import { outcomeOf, refusal } from './send-failure.ts'

type Attachment = RelayMail['attachments'][number]

/**
 * "Send emails" of the Email Service's Workers API. The relay gives the mail its Message-ID, which is what answers name:
 * it becomes the message's external id.
 */
export async function send(
  message: OutboundMessage,
  io: PlatformIo,
  aboutToSend: () => Promise<void>,
): Promise<SendOutcome> {
  const problem = problemOf(message, limits)
  if (problem !== null) return { kind: 'rejected', ...problem }
  if (io.mail === undefined) return refusal('permission', 'mail.no_relay', 'This inbox is not set up for sending mail')
  const letter = letterOf(message)
  if (!letter.ok) return letter.refusal
  const files = await filesOf(message.attachments)
  if (!files.ok) return files.refusal
  if (sizeOf(letter.value, files.value) > maxMailBytes) {
    return refusal('content', 'attachment.too_large', 'The mail with its files is too large')
  }
  await aboutToSend()
  try {
    const { messageId } = await io.mail.send({ ...relayed(letter.value), attachments: files.value })
    const externalId = normaliseMessageId(messageId)
    return externalId === null ? { kind: 'unknown', reason: 'answer.without_id' } : { kind: 'sent', externalId }
  } catch (error) {
    return outcomeOf(error)
  }
}

/** The loop header lets whoever gets the mail know that it has been through here, and us, should it come back. */
function relayed({ from, cc, bcc, replyTo, inReplyTo, references, ...letter }: Letter): Omit<RelayMail, 'attachments'> {
  return {
    from: from.name === '' ? from.address : { email: from.address, name: from.name },
    ...letter,
    ...(cc.length > 0 && { cc }),
    ...(bcc.length > 0 && { bcc }),
    ...(replyTo !== null && { replyTo }),
    headers: {
      [loopHeader]: '1',
      ...(inReplyTo !== null && { 'In-Reply-To': inReplyTo }),
      ...(references !== null && { References: references }),
    },
  }
}

async function filesOf(attachments: readonly OutboundFile[]): Promise<Made<Attachment[]>> {
  const files: Attachment[] = []
  for (const { open, filename, mimeType } of attachments) {
    const bytes = await read(open)
    if (bytes === 'unreadable') {
      const error = {
        code: 'file.unreadable',
        title: 'The file could not be read',
        details: null,
        kind: 'unreachable',
      } as const
      // Nothing was sent yet, so the storage may simply be asked again.
      return { ok: false, refusal: { kind: 'rejected', error, retryAfterMs: 30_000 } }
    }
    if (bytes === null) return refused('file.gone', 'The file is no longer stored')
    files.push({ disposition: 'attachment', filename: fileNameOf(filename), type: typeOf(mimeType), content: bytes })
  }
  return { ok: true, value: files }
}

async function read(open: OutboundFile['open']): Promise<ArrayBuffer | null | 'unreadable'> {
  try {
    const stream = await open()
    return stream === null ? null : await new Response(stream).arrayBuffer()
  } catch {
    return 'unreadable'
  }
}

/** It becomes a parameter of a header as well. */
function fileNameOf(name: string): string {
  return displayName(name).replaceAll(/[/]/g, '_') || 'file'
}

function typeOf(mimeType: string): string {
  const [type = ''] = mimeType.split(';')
  return /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type.trim()) ? type.trim().toLowerCase() : 'application/octet-stream'
}

/** As it goes out at most: text in its longest encoding, files in base64. */
function sizeOf({ text, html }: Letter, files: readonly Attachment[]): number {
  const texts = [text, html].reduce((sum, one) => sum + new TextEncoder().encode(one).byteLength * 1.4, 0)
  const headerBytes = 24 * 1024
  return files.reduce((sum, { content }) => sum + content.byteLength * 1.4 + 1024, texts + headerBytes)
}
