import { Long, type tl } from '@mtcute/core'
import { describe, expect, it } from 'vitest'
import { type FileLocator, fileKey } from '../../../../companion/telegram/media.ts'
import { type DownloadClient, openTelegramFile } from '../../../../companion/telegram/media-open.ts'
import { rpcError } from './sending.ts'
import { bytes, message, rawDocument } from './telegram.ts'

const part = 512 * 1024
const whole = (size: number) => Uint8Array.from({ length: size }, (_, at) => at % 251)
const locator = (fields: Partial<FileLocator> = {}): FileLocator => ({
  kind: 'document',
  id: '6301234567890123456',
  access_hash: '88',
  file_reference: Buffer.from('ref').toString('base64'),
  dc_id: 4,
  thumb: '',
  size: 1234,
  peer_id: 101,
  message_id: 7,
  place: 0,
  ...fields,
})

type Request = {
  _: string
  offset?: number
  limit?: number
  location?: { fileReference: Uint8Array; thumbSize: string }
}
type World = { file: Uint8Array; reference?: string; expiresAt?: number; found?: tl.TypeMessage[] | Error }

/** Serves a file under one reference, which can run out at a place of it. */
function server({ file, reference = 'ref', expiresAt, found = [] }: World) {
  const requests: Request[] = []
  const dcs: unknown[] = []
  let valid = reference
  const client = {
    call: (request: Request, params?: { dcId?: number }) => {
      requests.push(request)
      if (request._ !== 'upload.getFile') {
        if (found instanceof Error) return Promise.reject(found)
        return Promise.resolve({ _: 'messages.messages', messages: found, users: [], chats: [], topics: [] })
      }
      dcs.push(params?.dcId)
      const { offset = 0, limit = 0, location } = request
      if (expiresAt !== undefined && offset >= expiresAt) valid = 'fresh'
      const given = Buffer.from(location?.fileReference ?? []).toString()
      if (given !== valid) return Promise.reject(rpcError(400, 'FILE_REFERENCE_EXPIRED'))
      return Promise.resolve({
        _: 'upload.file',
        type: { _: 'storage.filePartial' },
        mtime: 0,
        bytes: file.subarray(offset, offset + limit),
      })
    },
    resolveChannel: () => Promise.resolve({ _: 'inputChannel', channelId: 77, accessHash: Long.ONE }),
    resolvePeer: () => Promise.reject(new Error('not asked for')),
  } as unknown as DownloadClient
  return { client, requests, dcs }
}

const freshMessage = (fields: Partial<tl.RawDocument> = {}) =>
  message({
    id: 7,
    media: { _: 'messageMediaDocument', document: rawDocument({ fileReference: bytes('fresh'), ...fields }) },
  })

async function read(opened: Awaited<ReturnType<typeof openTelegramFile>>): Promise<Uint8Array> {
  if (typeof opened === 'string') throw new Error(opened)
  return new Uint8Array(await new Response(opened.body).arrayBuffer())
}

const isSame = (one: Uint8Array, other: Uint8Array) => Buffer.from(one).equals(other)

describe('openTelegramFile', () => {
  it('streams the file in parts, asking for the next one only when it is wanted', async () => {
    const file = whole(part * 2 + 100)
    const { client, requests, dcs } = server({ file })
    const opened = await openTelegramFile(client, locator({ size: file.length }))
    expect(requests.map(({ offset, limit }) => [offset, limit])).toEqual([[0, part]])
    expect(opened).toMatchObject({ size: file.length })
    expect(isSame(await read(opened), file)).toBe(true)
    expect(requests.map(({ offset }) => offset)).toEqual([0, part, part * 2])
    expect(dcs).toEqual([4, 4, 4])
  })

  it('ends where a file ends that fills its parts', async () => {
    const file = whole(part * 2)
    const { client, requests } = server({ file })
    expect(isSame(await read(await openTelegramFile(client, locator({ size: file.length }))), file)).toBe(true)
    expect(requests).toHaveLength(2)
  })

  it('believes a small file more than what was said of its size', async () => {
    const { client } = server({ file: whole(900) })
    const opened = await openTelegramFile(client, locator({ kind: 'photo', thumb: 'y', size: 1000 }))
    expect(opened).toMatchObject({ size: 900 })
    expect(await read(opened)).toHaveLength(900)
  })

  it('fails when a large file is shorter than was said, so that no half of one is kept', async () => {
    const { client } = server({ file: whole(part + 5) })
    await expect(read(await openTelegramFile(client, locator({ size: part * 2 })))).rejects.toThrow(/bytes of/)
  })

  it('asks the message for a fresh address when the one at hand has expired', async () => {
    const { client, requests } = server({ file: whole(50), reference: 'fresh', found: [freshMessage()] })
    expect(await read(await openTelegramFile(client, locator()))).toHaveLength(50)
    expect(requests.map(({ _ }) => _)).toEqual(['upload.getFile', 'messages.getMessages', 'upload.getFile'])
  })

  it('also in the middle of the file, and asks the channel where the message is one’s', async () => {
    const file = whole(part * 2)
    const { client, requests } = server({ file, expiresAt: part, found: [freshMessage()] })
    const opened = await openTelegramFile(client, locator({ size: file.length, peer_id: -1_000_000_000_077 }))
    expect(isSame(await read(opened), file)).toBe(true)
    expect(requests.map(({ _ }) => _)).toContain('channels.getMessages')
  })

  it.each<[string, tl.TypeMessage[] | Error]>([
    ['its message was deleted', [{ _: 'messageEmpty', id: 7 }]],
    ['nothing is found', []],
    ['another file has its place', [freshMessage({ id: Long.ONE })]],
    ['the chat is closed to us', rpcError(406, 'CHANNEL_PRIVATE')],
  ])('is gone when %s', async (_, found) => {
    const { client } = server({ file: whole(50), reference: 'fresh', found })
    expect(await openTelegramFile(client, locator())).toBe('gone')
  })

  it('goes where Telegram has moved the file to', async () => {
    const file = whole(50)
    const dcs: unknown[] = []
    const client = {
      call: (_: Request, params?: { dcId?: number }) => {
        dcs.push(params?.dcId)
        return params?.dcId === 5
          ? Promise.resolve({ _: 'upload.file', bytes: file })
          : Promise.reject(rpcError(303, 'FILE_MIGRATE_5'))
      },
    } as unknown as DownloadClient
    expect(isSame(await read(await openTelegramFile(client, locator())), file)).toBe(true)
    expect(dcs).toEqual([4, 5])
  })

  it('asks for nothing of what is too large, or of what it cannot read', async () => {
    const { client, requests } = server({ file: whole(1) })
    expect(await openTelegramFile(client, locator({ size: 104_857_601 }))).toBe('too_large')
    expect(await openTelegramFile(client, { kind: 'photo' })).toBe('gone')
    expect(await openTelegramFile(client, null)).toBe('gone')
    expect(requests).toEqual([])
  })

  it('throws what may be better later', async () => {
    const client = { call: () => Promise.reject(new Error('offline')) } as unknown as DownloadClient
    await expect(openTelegramFile(client, locator())).rejects.toThrow('offline')
  })

  it('is found by a key of its own in its message', () => {
    expect(fileKey({ peerId: 1, messageId: 7, place: 2 })).toBe('7.2')
  })
})
