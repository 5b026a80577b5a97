import { derivedId } from '../../lib/derived-id.ts'
import type { OutboundFile, PlatformAnswer } from '../outbound.ts'
import { answerOf, askGraph, type GraphAccess, ownFailure } from './graph.ts'
import { multipart } from './graph-multipart.ts'
import { Id } from './wire.ts'

const uploadTimeoutMs = 120_000

/** Which form an upload fills in: the address, the texts beside the file, the file's field, and where its id comes back. */
export type UploadForm = {
  path: readonly string[]
  texts: Readonly<Record<string, string>>
  field: string
  idField: string
}

/** Sends a file ahead and gives the id under which a message can name it. The customer sees nothing of it. */
export async function uploadFile(
  access: GraphAccess,
  file: OutboundFile,
  form: UploadForm,
): Promise<PlatformAnswer<string>> {
  const bytes = await openFile(file)
  if (!bytes.ok) return bytes
  const { filename, mimeType, size } = file
  const upload = multipart(
    form.texts,
    { field: form.field, filename, mimeType, size, bytes: bytes.value },
    // The token makes it unknown to everybody; the name keeps two files apart.
    `edge-inbox-${derivedId('boundary', access.token, filename)}`,
  )
  const answer = answerOf(await askGraph(access, { path: form.path, upload, timeoutMs: uploadTimeoutMs }))
  if (!answer.ok) return answer
  const id = Id.safeParse(answer.value[form.idField])
  if (id.success) return { ok: true, value: id.data }
  return { ok: false, ...ownFailure('platform', 'upload.without_id', 'The platform took the file but gave it no id') }
}

async function openFile(file: OutboundFile): Promise<PlatformAnswer<ReadableStream<Uint8Array>>> {
  try {
    const bytes = await file.open()
    if (bytes !== null) return { ok: true, value: bytes }
    return { ok: false, ...ownFailure('content', 'file.gone', 'The file is no longer stored') }
  } catch {
    // Nothing was sent yet, so the storage may simply be asked again.
    const failure = ownFailure('unreachable', 'file.unreadable', 'The file could not be read')
    return { ok: false, ...failure, retryAfterMs: 30_000 }
  }
}
