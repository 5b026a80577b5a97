import { Long, MtPeerNotFoundError, tl } from '@mtcute/core'
import type { TelegramClient } from '@mtcute/core/client.js'
import { z } from 'zod'
import { mediaOf } from './map-body.ts'
import { isChannelPeer } from './map-ids.ts'
import { type FileLocator, maxFileBytes } from './media.ts'

export type DownloadClient = Pick<TelegramClient, 'call' | 'resolvePeer' | 'resolveChannel'>

/** Telegram gives parts of a size that divides one MiB, at places that are multiples of it. */
const partBytes = 512 * 1024
const timeout = 60_000

// Comes back from the disk, perhaps written by an earlier version.
const Locator = z.object({
  kind: z.enum(['photo', 'document']),
  id: z.string().regex(/^-?\d+$/),
  access_hash: z.string().regex(/^-?\d+$/),
  file_reference: z.string(),
  dc_id: z.number().int(),
  thumb: z.string(),
  size: z.number().nonnegative(),
  peer_id: z.number().int(),
  message_id: z.number().int(),
  place: z.number().int(),
})

/**
 * A file of a message as a stream, one part in memory at a time. Its address holds for hours only: an expired one is
 * asked for anew through the message, also in the middle of the file. `gone`: the message or its file is not there any
 * more. `too_large` goes by what was announced: nothing of it is asked for. Throws what may be better later.
 */
export async function openTelegramFile(
  client: DownloadClient,
  locator: unknown,
): Promise<{ body: ReadableStream<Uint8Array>; size: number } | 'gone' | 'too_large'> {
  const read = Locator.safeParse(locator)
  if (!read.success) return 'gone'
  if (read.data.size > maxFileBytes) return 'too_large'
  const reading: Reading = { client, at: read.data, offset: 0 }
  const first = await nextPart(reading)
  if (first === 'gone') return 'gone'
  // What fits into one part has the size it has; photos are announced with sizes that need not be exact.
  if (first.length < partBytes) reading.at = { ...reading.at, size: first.length }
  return { body: streamFrom(reading, first), size: reading.at.size }
}

type Reading = { client: DownloadClient; at: FileLocator; offset: number }

function streamFrom(reading: Reading, first: Uint8Array): ReadableStream<Uint8Array> {
  let waiting: Uint8Array | null = first
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const part = waiting ?? (await nextPart(reading))
        waiting = null
        // Half a file is worse than none: whoever reads it tries again later, and finds it gone from the start.
        if (part === 'gone') throw new Error('the file went away while it was read')
        if (part.length > 0) controller.enqueue(part)
        if (part.length < partBytes || reading.offset >= reading.at.size) return finish(reading, controller)
      },
    },
    { highWaterMark: 0 },
  )
}

function finish({ offset, at }: Reading, controller: ReadableStreamDefaultController<Uint8Array>): void {
  if (offset !== at.size) throw new Error(`Telegram gave ${offset} bytes of ${at.size}`)
  controller.close()
}

/** The bytes at `offset`, which moves on; with a fresh address if the one at hand has expired. */
async function nextPart(reading: Reading): Promise<Uint8Array | 'gone'> {
  try {
    return await fetchPart(reading)
  } catch (error) {
    const moved = movedTo(error)
    if (moved !== null) reading.at = { ...reading.at, dc_id: moved }
    else if (!isExpired(error)) throw error
    else {
      const fresh = await locateAnew(reading)
      if (fresh === null) return 'gone'
      reading.at = { ...reading.at, access_hash: fresh.access_hash, file_reference: fresh.file_reference }
    }
  }
  return fetchPart(reading)
}

/** The data centre that Telegram sends us to; null for any other error. */
function movedTo(error: unknown): number | null {
  return error instanceof tl.RpcError && error.is('FILE_MIGRATE_%d') ? error.newDc : null
}

async function fetchPart(reading: Reading): Promise<Uint8Array> {
  const { client, at, offset } = reading
  const request = { _: 'upload.getFile', location: locationOf(at), offset, limit: partBytes } as const
  const result = await client.call(request, { dcId: at.dc_id, kind: 'download', timeout })
  // We do not say that we can follow to other servers, so Telegram sends nobody there.
  if (result._ !== 'upload.file') throw new Error('Telegram keeps this file elsewhere')
  reading.offset += result.bytes.length
  return result.bytes
}

function locationOf(at: FileLocator): tl.TypeInputFileLocation {
  const common = {
    id: Long.fromString(at.id),
    accessHash: Long.fromString(at.access_hash),
    fileReference: new Uint8Array(Buffer.from(at.file_reference, 'base64')),
    thumbSize: at.thumb,
  }
  return at.kind === 'photo'
    ? { _: 'inputPhotoFileLocation', ...common }
    : { _: 'inputDocumentFileLocation', ...common }
}

function isExpired(error: unknown): boolean {
  return error instanceof tl.RpcError && /^(?:FILE_REFERENCE_|FILEREF_|FILE_ID_INVALID)/.test(error.text)
}

/** The same file of the same message, where it lies now; null when either is gone, or another file has its place. */
async function locateAnew({ client, at }: Reading): Promise<FileLocator | null> {
  const message = await findMessage(client, at)
  if (message?._ !== 'message') return null
  const place = { peerId: at.peer_id, messageId: at.message_id, place: at.place }
  const files = mediaOf(message.media, place)?.files ?? []
  const found = files.map(({ file }) => file.locator as FileLocator).find(({ id }) => id === at.id)
  return found ?? null
}

async function findMessage(client: DownloadClient, at: FileLocator): Promise<tl.TypeMessage | null> {
  const id: tl.TypeInputMessage[] = [{ _: 'inputMessageID', id: at.message_id }]
  try {
    const found = isChannelPeer(at.peer_id)
      ? await client.call(
          { _: 'channels.getMessages', channel: await client.resolveChannel(at.peer_id), id },
          { timeout },
        )
      : await client.call({ _: 'messages.getMessages', id }, { timeout })
    return 'messages' in found ? (found.messages[0] ?? null) : null
  } catch (error) {
    if (error instanceof MtPeerNotFoundError || isShut(error)) return null
    throw error
  }
}

/** The chat is not ours to read any more. */
function isShut(error: unknown): boolean {
  return error instanceof tl.RpcError && /^(?:CHANNEL_PRIVATE|CHANNEL_INVALID|PEER_ID_INVALID)/.test(error.text)
}
