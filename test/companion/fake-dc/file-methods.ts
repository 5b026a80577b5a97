import type { tl } from '@mtcute/node'
import { documentOf, photoOf } from './media-forms.ts'
import { failure, type Methods } from './method.ts'
import { seconds, type World } from './world.ts'

function savePart(world: World, fileId: string, part: number, bytes: Uint8Array): boolean {
  const parts = world.uploads.get(fileId) ?? new Map<number, Uint8Array>()
  world.uploads.set(fileId, parts.set(part, Uint8Array.from(bytes)))
  return true
}

function uploaded(world: World, file: tl.TypeInputFile): Buffer {
  if (file._ === 'inputFileStoryDocument') throw failure(400, 'FILE_PARTS_INVALID')
  const parts = world.uploads.get(file.id.toString())
  if (parts?.size !== file.parts) throw failure(400, 'FILE_PARTS_INVALID')
  return Buffer.concat(Array.from({ length: file.parts }, (_, at) => parts.get(at) ?? Buffer.alloc(0)))
}

/** A file under a document's id, wherever it was put before. */
function knownDocument(world: World, id: string): Buffer {
  const file = world.files.get(id)
  if (!file) throw failure(400, 'MEDIA_INVALID')
  return file.bytes
}

export function mediaOf(world: World, input: tl.TypeInputMedia): tl.TypeMessageMedia {
  switch (input._) {
    case 'inputMediaUploadedPhoto':
      return photoOf(world, uploaded(world, input.file))
    case 'inputMediaUploadedDocument': {
      const { mimeType, attributes } = input
      return documentOf(world, { bytes: uploaded(world, input.file), mimeType, attributes })
    }
    case 'inputMediaPhoto':
      if (input.id._ !== 'inputPhoto') throw failure(400, 'MEDIA_INVALID')
      return photoOf(world, knownDocument(world, input.id.id.toString()))
    case 'inputMediaDocument': {
      if (input.id._ !== 'inputDocument') throw failure(400, 'MEDIA_INVALID')
      const bytes = knownDocument(world, input.id.id.toString())
      return documentOf(world, { bytes, mimeType: 'application/octet-stream', attributes: [] })
    }
    default:
      throw failure(400, 'MEDIA_INVALID')
  }
}

function fileOf(world: World, location: tl.TypeInputFileLocation): Buffer {
  if (location._ !== 'inputPhotoFileLocation' && location._ !== 'inputDocumentFileLocation') {
    throw failure(400, 'LOCATION_INVALID')
  }
  const file = world.files.get(location.id.toString())
  if (!file) throw failure(400, 'FILE_ID_INVALID')
  if (!file.reference.equals(location.fileReference)) throw failure(400, 'FILE_REFERENCE_EXPIRED')
  return file.bytes
}

export const fileMethods: Methods = {
  'upload.saveFilePart': ({ world }, { fileId, filePart, bytes }) =>
    savePart(world, fileId.toString(), filePart, bytes),
  'upload.saveBigFilePart': ({ world }, { fileId, filePart, bytes }) =>
    savePart(world, fileId.toString(), filePart, bytes),
  'messages.uploadMedia': ({ world }, { media }) => mediaOf(world, media),
  'upload.getFile': ({ world }, { location, offset, limit }) => {
    const bytes = fileOf(world, location)
    if (limit > 1024 * 1024) throw failure(400, 'LIMIT_INVALID')
    const type = { _: 'storage.fileUnknown' } as const
    return { _: 'upload.file', type, mtime: seconds(), bytes: bytes.subarray(offset, offset + limit) }
  },
}
