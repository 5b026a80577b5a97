import { describe, expect, test } from 'vitest'
import { ApiError } from '../../src/client/api-error.ts'
import type { Upload } from '../../src/client/outgoing.ts'
import { threadRows } from '../../src/client/thread-rows.ts'
import type { SendMessageBody } from '../../src/protocol/api.ts'
import { channel, replyRules, uuid } from './builders.ts'
import { settle } from './fake-environment.ts'
import { type InboxSetup, startInbox } from './inbox-setup.ts'

const open = uuid(10)
const lost = (): ApiError => new ApiError('network', 0, 'The upload broke off')
const file = (name: string, type: string, size = 1000): File => new File(['x'.repeat(size)], name, { type })
const photo = (name = 'photo.jpg'): File => file(name, 'image/jpeg')

type Transfer = {
  file: Blob
  isAborted(): boolean
  progress(sent: number): void
  done(): Promise<void>
  fail(error: ApiError): Promise<void>
}

type Setup = InboxSetup & { transfers: Transfer[]; sent: SendMessageBody[]; only(): Upload | undefined }

/** An open conversation whose uploads wait until the test says what becomes of each. */
async function setUpUploads(): Promise<Setup> {
  const setup = await startInbox()
  await setup.inbox.openConversation(open)
  const transfers: Transfer[] = []
  const sent: SendMessageBody[] = []
  setup.api.upload = (blob, { onProgress, signal } = {}) =>
    new Promise((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(lost()))
      transfers.push({
        file: blob,
        isAborted: () => signal?.aborted === true,
        progress: (bytes) => onProgress?.(bytes),
        async done() {
          resolve({ upload_id: uuid(3000 + transfers.length) })
          await settle()
        },
        async fail(error) {
          reject(error)
          await settle()
        },
      })
    })
  const { sendMessage } = setup.api
  setup.api.sendMessage = (id, body) => {
    sent.push(body)
    return sendMessage(id, body)
  }
  return { ...setup, transfers, sent, only: () => setup.inbox.getState().uploads[0] }
}

describe('a file that is attached', () => {
  test('is uploaded at once, and tells how far it is in whole hundredths', async () => {
    const { inbox, transfers, only } = await setUpUploads()
    const id = inbox.attach(photo())
    expect(only()).toMatchObject({ id, name: 'photo.jpg', type: 'image', size: 1000, sent: 0, state: 'uploading' })
    let told = 0
    inbox.subscribe(() => (told += 1))
    for (let bytes = 0; bytes <= 500; bytes += 1) transfers[0]?.progress(bytes)
    expect(only()?.sent).toBe(500)
    expect(told).toBe(50)
    await transfers[0]?.done()
    expect(only()).toMatchObject({ state: 'ready', sent: 1000, uploadId: uuid(3001) })
  })

  test('has a name and a type also when it comes without', async () => {
    const { inbox } = await setUpUploads()
    inbox.attach(new Blob(['x']))
    inbox.attach(new Blob(['x'], { type: 'image/png' }), 'pasted.png')
    expect(inbox.getState().uploads).toMatchObject([
      { name: 'file', type: 'document', mimeType: 'application/octet-stream' },
      { name: 'pasted.png', type: 'image' },
    ])
  })

  test('goes again by itself when the connection broke', async () => {
    const { inbox, transfers, environment, only } = await setUpUploads()
    inbox.attach(photo())
    transfers[0]?.progress(400)
    await transfers[0]?.fail(lost())
    expect(only()).toMatchObject({ state: 'waiting', sent: 0 })
    await environment.advance(1_000)
    expect(only()?.state).toBe('uploading')
    await transfers[1]?.done()
    expect(only()?.state).toBe('ready')
    expect(environment.timers()).toBe(0)
  })

  test('counts as broken off when no byte moves for a minute', async () => {
    const { inbox, transfers, environment } = await setUpUploads()
    inbox.attach(photo())
    await environment.advance(59_000)
    transfers[0]?.progress(10)
    await environment.advance(59_000)
    expect(transfers[0]?.isAborted()).toBe(false)
    await environment.advance(2_000)
    expect(transfers[0]?.isAborted()).toBe(true)
    expect(transfers).toHaveLength(2)
  })

  test('stays with its reason when the server refuses it, until somebody asks again', async () => {
    const { inbox, transfers, environment, only } = await setUpUploads()
    const id = inbox.attach(photo())
    await transfers[0]?.fail(new ApiError('body.too_large', 413, 'A file may have 100 MB at most.'))
    await environment.advance(120_000)
    expect(only()).toMatchObject({ state: 'failed', error: { code: 'body.too_large', status: 413 } })
    expect(transfers).toHaveLength(1)
    inbox.retryUpload(id)
    await transfers[1]?.done()
    expect(only()).toMatchObject({ state: 'ready', error: null })
  })

  test('is let go when it is removed, and an answer that comes later is not missed', async () => {
    const { inbox, transfers, environment } = await setUpUploads()
    const id = inbox.attach(photo())
    inbox.removeUpload(id)
    expect(transfers[0]?.isAborted()).toBe(true)
    await settle()
    expect(inbox.getState().uploads).toEqual([])
    expect(environment.timers()).toBe(0)
  })

  test('waits when three others are on their way', async () => {
    const { inbox, transfers } = await setUpUploads()
    for (let n = 0; n < 5; n += 1) inbox.attach(photo(`${n}.jpg`))
    expect(transfers).toHaveLength(3)
    await transfers[1]?.done()
    expect(transfers).toHaveLength(4)
    expect(inbox.getState().uploads.map(({ state }) => state)).toEqual([
      'uploading',
      'ready',
      'uploading',
      'uploading',
      'waiting',
    ])
  })

  test('stands still while the inbox is stopped, and begins anew after it', async () => {
    const { inbox, transfers, environment } = await setUpUploads()
    inbox.attach(photo())
    inbox.stop()
    expect(transfers[0]?.isAborted()).toBe(true)
    await environment.advance(120_000)
    expect(transfers).toHaveLength(1)
    await inbox.start()
    expect(transfers).toHaveLength(2)
  })
})

describe('a reply with files', () => {
  test('is on show with them, and goes when they are there', async () => {
    const { inbox, transfers, sent } = await setUpUploads()
    const id = inbox.attach(photo())
    inbox.send(open, { content: 'Look', uploads: [id] })
    const row = (): unknown => threadRows(inbox.getState(), open).at(-1)
    expect(row()).toMatchObject({
      ...{ content: 'Look', type: 'image', local: { state: 'waiting', uploads: [{ id }] } },
      attachments: [{ filename: 'photo.jpg', state: 'pending', url: null, size: 1000 }],
    })
    expect(sent).toEqual([])
    await transfers[0]?.done()
    expect(sent).toMatchObject([{ content: 'Look', attachments: [{ upload_id: uuid(3001), filename: 'photo.jpg' }] }])
    expect(inbox.getState().uploads).toEqual([])
  })

  test('becomes several where a message takes one file, and they keep their order', async () => {
    const { inbox, transfers, sent } = await setUpUploads()
    const files = [photo('1.jpg'), photo('2.jpg')]
    expect(inbox.send(open, { content: 'Both', replyTo: uuid(5001), files })).toHaveLength(2)
    await transfers[1]?.done()
    expect(sent).toEqual([])
    await transfers[0]?.done()
    expect(sent.map(({ content, reply_to: to }) => [content, to])).toEqual([
      ['Both', uuid(5001)],
      ['', undefined],
    ])
    expect(sent.map(({ attachments }) => attachments?.[0]?.filename)).toEqual(['1.jpg', '2.jpg'])
  })

  test('keeps to the rules of its channel', async () => {
    const setup = await setUpUploads()
    setup.api.channels = async () => ({
      ...{ items: [{ ...channel(900), reply_rules: replyRules({ caption: null }) }], next_cursor: null },
      ...{ as_of: 20, epoch: 'k3f' },
    })
    setup.inbox.stop()
    await setup.inbox.start()
    setup.inbox.send(open, { content: 'Text', files: [photo()] })
    await setup.transfers[0]?.done()
    expect(setup.sent.map(({ content, attachments }) => [content, attachments?.length])).toEqual([
      ['Text', undefined],
      ['', 1],
    ])
  })

  test('fails with the reason of its file, and takes the file along when it is tried again', async () => {
    const { inbox, transfers, sent } = await setUpUploads()
    const [id = ''] = inbox.send(open, { files: [photo()] })
    await transfers[0]?.fail(new ApiError('body.too_large', 413, 'Too large'))
    expect(inbox.getState().outgoing[0]).toMatchObject({ state: 'failed', error: { code: 'body.too_large' } })
    await inbox.retry(id)
    expect(inbox.getState().outgoing[0]).toMatchObject({ state: 'waiting', error: null })
    await transfers[1]?.done()
    expect(sent).toHaveLength(1)
  })

  test('sends a file once more that the server has forgotten', async () => {
    const setup = await setUpUploads()
    const { sendMessage } = setup.api
    setup.api.sendMessage = () => Promise.reject(new ApiError('upload.not_found', 422, 'No such file'))
    const [id = ''] = setup.inbox.send(open, { files: [photo()] })
    await setup.transfers[0]?.done()
    setup.api.sendMessage = sendMessage
    await setup.inbox.retry(id)
    await setup.transfers[1]?.done()
    expect(setup.sent.map(({ attachments }) => attachments?.[0]?.upload_id)).toEqual([uuid(3002)])
  })

  test('takes its files away when it is discarded', async () => {
    const { inbox, transfers } = await setUpUploads()
    const [id = ''] = inbox.send(open, { files: [photo()] })
    inbox.discard(id)
    expect(inbox.getState()).toMatchObject({ outgoing: [], uploads: [] })
    expect(transfers[0]?.isAborted()).toBe(true)
  })
})
