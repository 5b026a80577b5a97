import { describe, expect, test } from 'vitest'
import { askGraph, openGraph } from '../../../src/channels/meta/graph.ts'
import { type FormFile, multipart } from '../../../src/channels/meta/graph-multipart.ts'
import type { PlatformIo } from '../../../src/channels/outbound.ts'

// What only the real runtime can say: which init its fetch takes, and how it streams a body of known length.

const io: PlatformIo = {
  fetch,
  now: () => Date.now(),
  apiUrl: 'https://graph.example',
  instagramApiUrl: 'https://instagram.example',
  channel: { externalId: '1', alternateExternalId: null, accountId: null },
  credentials: { access_token: 'EAAtoken' },
}
// Nothing of a test reaches a network; what would, is answered with this status.
const refused = { kind: 'lost', reason: 'http.599' }

function access() {
  const opened = openGraph(io)
  if (!opened.ok) throw new Error(opened.error.code)
  return opened.value
}

function file(bytes: Uint8Array<ArrayBuffer>, size = bytes.byteLength): FormFile {
  return { field: 'file', filename: 'a.png', mimeType: 'image/png', size, bytes: new Blob([bytes]).stream() }
}

describe("the runtime's own fetch", () => {
  test('takes a question, a body of JSON and a form', async () => {
    expect(await askGraph(access(), { path: ['me'] })).toEqual(refused)
    expect(await askGraph(access(), { path: ['me', 'messages'], json: { a: 1 } })).toEqual(refused)
    const upload = multipart({ type: 'image/png' }, file(new Uint8Array(64)), 'boundary')
    expect(await askGraph(access(), { path: ['1', 'media'], upload })).toEqual(refused)
  })
})

describe('a form in the runtime', () => {
  test('is streamed whole', async () => {
    const bytes = new Uint8Array(300_000).map((_, i) => i % 251)
    const { contentType, stream } = multipart({ type: 'image/png' }, file(bytes), 'boundary')
    const form = await new Response(stream, { headers: { 'content-type': contentType } }).formData()
    expect(form.get('type')).toBe('image/png')
    const sent = form.get('file') as unknown as File
    expect([sent.name, sent.type]).toEqual(['a.png', 'image/png'])
    expect(new Uint8Array(await sent.arrayBuffer())).toEqual(bytes)
  })

  test.each([1, 9])('fails when its file is %i bytes instead of the five it was said to be', async (length) => {
    const { stream } = multipart({}, file(new Uint8Array(length), 5), 'boundary')
    await expect(new Response(stream).arrayBuffer()).rejects.toThrow()
  })
})
