import { isObject, textOf } from './wire.ts'

/** A file of a message as the Conversations API shows it, in the words of a webhook. */
export type ListedFile = { type: 'image' | 'video' | 'audio' | 'file'; url: string }

/** "Message" of the Graph API: pictures and films have data of their own, everything else has a `file_url`. */
export function fileOf(attachment: unknown): ListedFile | undefined {
  if (!isObject(attachment)) return undefined
  const image = urlOf(attachment['image_data'])
  if (image !== undefined) return { type: 'image', url: image }
  const video = urlOf(attachment['video_data'])
  if (video !== undefined) return { type: 'video', url: video }
  const url = addressOf(attachment['file_url'])
  if (url === undefined) return undefined
  return { type: mainTypeOf(attachment['mime_type']), url }
}

function mainTypeOf(mimeType: unknown): ListedFile['type'] {
  const main = textOf(mimeType, 128)?.split('/')[0]
  return main === 'image' || main === 'video' || main === 'audio' ? main : 'file'
}

function urlOf(data: unknown): string | undefined {
  return isObject(data) ? addressOf(data['url']) : undefined
}

function addressOf(value: unknown): string | undefined {
  return textOf(value, 4096)
}
