import type { BroadcastItem } from '../../src/protocol/api.ts'

export type MessageItem = Extract<BroadcastItem, { message: { direction: unknown } }>
type Attachment = NonNullable<MessageItem['message']['attachments']>[number]

/** A part of an album as it is remembered: what later edits and deletions need. */
export type AlbumPart = { messageId: string; headId: string; position: number; content: string; fileKeys: string[] }

/** Files of different parts may have the same key. */
export function albumFileKey(position: number, key: string): string {
  return `${position}:${key}`
}

/** The texts of an album as one: mostly only one part has any. */
export function albumText(contents: readonly string[]): string {
  return contents.filter((content) => content !== '').join('\n')
}

/** Stands for the text of an album without one; parts have no words of their own. */
const filesWord = (count: number): string => (count === 1 ? '1 attachment' : `${count} attachments`)

/** One message of the parts of an album, under the first one's id, and what each part gave to it. */
export function joinAlbum(items: readonly MessageItem[]): { item: MessageItem; parts: AlbumPart[] } | null {
  const [first] = items
  if (first === undefined) return null
  const messages = items.map(({ message }) => message)
  const attachments = messages.map(({ attachments = [] }, position) => attachments.map((one) => moved(one, position)))
  // Where the text comes from, its formatting does too.
  const speaking = messages.find(({ content }) => content !== '') ?? first.message
  const reply = messages.find(({ reply_to_external_id: id }) => id != null)?.reply_to_external_id
  const reference = messages.find((message) => message.reference !== undefined)?.reference
  const details = { ...first.message.details, ...speaking.details }
  const item: MessageItem = {
    ...first,
    message: {
      ...first.message,
      content: albumText(messages.map(({ content }) => content)) || filesWord(messages.length),
      attachments: attachments.flat(),
      ...(reply != null && { reply_to_external_id: reply }),
      ...(reference !== undefined && { reference }),
      ...(Object.keys(details).length > 0 && { details }),
    },
  }
  const headId = first.message.external_id
  const parts = messages.map(({ external_id: messageId, content }, position) => {
    const fileKeys = (attachments[position] ?? []).flatMap((one) => ('key' in one ? [one.key] : []))
    return { messageId, headId, position, content, fileKeys }
  })
  return { item, parts }
}

function moved(attachment: Attachment, position: number): Attachment {
  return 'key' in attachment ? { ...attachment, key: albumFileKey(position, attachment.key) } : attachment
}
