import { afterEach, expect, test, vi } from 'vitest'
import { createUploadTransport, type UploadRequest } from '../../src/client/upload-transport.ts'

afterEach(() => vi.unstubAllGlobals())

/** XMLHttpRequest as far as it is used; the test plays the network. */
class FakeXhr extends EventTarget {
  static made: FakeXhr[] = []
  upload = new EventTarget()
  status = 0
  responseText = ''
  log: string[] = []
  constructor() {
    super()
    FakeXhr.made.push(this)
  }
  open(method: string, url: string): void {
    this.log.push(`${method} ${url}`)
  }
  setRequestHeader(name: string, value: string): void {
    this.log.push(`${name}: ${value}`)
  }
  send(body: Blob): void {
    this.log.push(`${body.size} bytes`)
  }
  abort(): void {
    this.log.push('abort')
    this.dispatchEvent(new Event('abort'))
  }
}

function begin(): { sent: Promise<unknown>; xhr: FakeXhr | undefined; progress: number[]; abort: AbortController } {
  vi.stubGlobal('XMLHttpRequest', FakeXhr)
  const progress: number[] = []
  const abort = new AbortController()
  const request: UploadRequest = {
    ...{ url: '/uploads', headers: { 'content-type': 'image/png' }, body: new Blob(['12345']) },
    ...{ onProgress: (bytes: number) => void progress.push(bytes), signal: abort.signal },
  }
  const sent = createUploadTransport(undefined)(request)
  return { sent, xhr: FakeXhr.made.at(-1), progress, abort }
}

test('sends the file as the body and tells how far it is', async () => {
  const { sent, xhr, progress } = begin()
  expect(xhr?.log).toEqual(['POST /uploads', 'content-type: image/png', '5 bytes'])
  xhr?.upload.dispatchEvent(Object.assign(new Event('progress'), { loaded: 3 }))
  Object.assign(xhr ?? {}, { status: 201, responseText: '{}' })
  xhr?.dispatchEvent(new Event('load'))
  await expect(sent).resolves.toEqual({ status: 201, text: '{}' })
  expect(progress).toEqual([3])
})

test.each(['error', 'timeout'])('rejects on %s', async (name) => {
  const { sent, xhr } = begin()
  xhr?.dispatchEvent(new Event(name))
  await expect(sent).rejects.toThrow('broke off')
})

test('ends when it is told to', async () => {
  const { sent, xhr, abort } = begin()
  abort.abort()
  await expect(sent).rejects.toThrow('broke off')
  expect(xhr?.log.at(-1)).toBe('abort')
})
