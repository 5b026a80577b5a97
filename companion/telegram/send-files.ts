import type { tl } from '@mtcute/core'
import type { TelegramClient } from '@mtcute/core/client.js'
import { FileUnavailable } from './send-failure.ts'
import type { CommandFile, FileKind, PlannedFile } from './send-plan.ts'

export type UploadClient = Pick<TelegramClient, 'call' | 'uploadFile'>
export type OpenFile = (url: string) => Promise<{ body: ReadableStream<Uint8Array>; size: number }>

/** Streams a file from the Worker to Telegram. Nobody sees it yet, so it may be repeated at will. */
export async function uploadMedia(
  { file, kind }: PlannedFile,
  { client, openFile }: { client: UploadClient; openFile: OpenFile },
): Promise<tl.TypeInputMedia> {
  const { body, size } = await open(file, openFile)
  const fileMime = file.mime_type.split(';')[0] ?? 'application/octet-stream'
  const uploaded = await client.uploadFile({ file: body, fileSize: size, fileName: file.filename, fileMime })
  if (kind === 'photo') return { _: 'inputMediaUploadedPhoto', file: uploaded.inputFile }
  return {
    _: 'inputMediaUploadedDocument',
    file: uploaded.inputFile,
    mimeType: kind === 'voice' ? 'audio/ogg' : fileMime,
    attributes: [{ _: 'documentAttributeFilename', fileName: file.filename }, ...attributesOf(kind)],
    ...(kind === 'document' ? { forceFile: true } : {}),
  }
}

async function open({ url }: CommandFile, openFile: OpenFile): ReturnType<OpenFile> {
  try {
    return await openFile(url)
  } catch (error) {
    throw new FileUnavailable('a file of the reply cannot be fetched', { cause: error })
  }
}

/** How long and how large they are, Telegram finds out itself. */
function attributesOf(kind: FileKind): tl.TypeDocumentAttribute[] {
  switch (kind) {
    case 'video':
      return [{ _: 'documentAttributeVideo', supportsStreaming: true, duration: 0, w: 0, h: 0 }]
    case 'animation':
      return [{ _: 'documentAttributeAnimated' }]
    case 'voice':
      return [{ _: 'documentAttributeAudio', voice: true, duration: 0 }]
    case 'audio':
      return [{ _: 'documentAttributeAudio', duration: 0 }]
    default:
      return []
  }
}

/** The parts of an album have to be known to Telegram before: it takes nothing freshly uploaded in one. */
export async function registerMedia(
  media: tl.TypeInputMedia,
  { client, peer }: { client: UploadClient; peer: tl.TypeInputPeer },
): Promise<tl.TypeInputMedia> {
  const known = await client.call({ _: 'messages.uploadMedia', peer, media })
  if (known._ === 'messageMediaPhoto' && known.photo?._ === 'photo') {
    const { id, accessHash, fileReference } = known.photo
    return { _: 'inputMediaPhoto', id: { _: 'inputPhoto', id, accessHash, fileReference } }
  }
  if (known._ === 'messageMediaDocument' && known.document?._ === 'document') {
    const { id, accessHash, fileReference } = known.document
    return { _: 'inputMediaDocument', id: { _: 'inputDocument', id, accessHash, fileReference } }
  }
  return media
}
