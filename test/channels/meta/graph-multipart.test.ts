import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { multipart } from '../../../src/channels/meta/graph-multipart.ts'

const boundary = 'edge-inbox-boundary'

function streamOf(...chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  return new Blob(chunks.map((chunk) => new Uint8Array(chunk))).stream()
}

function upload(filename: string, bytes: Uint8Array, mimeType = 'image/png') {
  const texts = { messaging_product: 'whatsapp', type: mimeType }
  return multipart(
    texts,
    { field: 'file', filename, mimeType, size: bytes.byteLength, bytes: streamOf(bytes) },
    boundary,
  )
}

async function parse({ contentType, stream }: ReturnType<typeof upload>): Promise<FormData> {
  return new Response(stream, { headers: { 'content-type': contentType } }).formData()
}

describe('a form with a file', () => {
  test('has exactly the fields it was given', async () => {
    const form = await parse(upload('receipt.png', new TextEncoder().encode('bytes')))
    expect([...form.keys()]).toEqual(['messaging_product', 'type', 'file'])
    expect(form.get('messaging_product')).toBe('whatsapp')
    const file = form.get('file') as File
    expect([file.name, file.type, await file.text()]).toEqual(['receipt.png', 'image/png', 'bytes'])
  })

  test('is as many bytes as it says', async () => {
    const bytes = new Uint8Array(100_000).fill(7)
    const sent = await new Response(upload('a.png', bytes).stream).arrayBuffer()
    const rest = await new Response(upload('a.png', new Uint8Array()).stream).arrayBuffer()
    expect(sent.byteLength - rest.byteLength).toBe(bytes.byteLength)
  })

  test('carries any bytes, and no name can add a field or a header', async () => {
    const anyName = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('a"; name="type', 'a\r\nX-Evil: 1', '\0', ''),
    )
    await fc.assert(
      fc.asyncProperty(anyName, fc.uint8Array({ maxLength: 2000 }), async (filename, bytes) => {
        const { contentType, stream } = upload(filename, bytes)
        const raw = new Uint8Array(await new Response(stream).arrayBuffer())
        const head = new TextDecoder().decode(raw).split('\r\n\r\n').slice(0, 3).join('\r\n\r\n')
        expect(head.split('\r\n').filter((line) => /^[\w-]+:/.test(line))).toHaveLength(4)
        const form = await new Response(raw, { headers: { 'content-type': contentType } }).formData()
        expect([...form.keys()]).toEqual(['messaging_product', 'type', 'file'])
        const sent = form.get('file')
        expect(new Uint8Array(await (sent as File).arrayBuffer())).toEqual(bytes)
      }),
    )
  })

  test.each(['image/png\r\nX-Evil: 1', '', 'png', 'text/plain; charset=utf-8'])(
    'calls a file of the type %j plain bytes in its header',
    async (mimeType) => {
      const form = await parse(upload('a', new Uint8Array([1]), mimeType))
      expect((form.get('file') as File).type).toBe('application/octet-stream')
    },
  )

  test('fails when its file does', async () => {
    const broken = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array([1]))
        controller.error(new Error('the storage went away'))
      },
    })
    const file = { field: 'file', filename: 'a', mimeType: 'image/png', size: 10, bytes: broken }
    const { stream } = multipart({}, file, boundary)
    await expect(new Response(stream).arrayBuffer()).rejects.toThrow()
  })
})
