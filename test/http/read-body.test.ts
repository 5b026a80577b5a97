import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readBody, refuseEncodedBody } from '../../src/http/read-body.ts'
import { readJson } from '../../src/http/read-json.ts'

function requestOf(chunks: readonly Uint8Array[], headers: Record<string, string> = {}): Request {
  const body = new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
  const init: RequestInit & { duplex: 'half' } = { method: 'POST', body, headers, duplex: 'half' }
  return new Request('http://localhost', init)
}

const bytes = (text: string) => new TextEncoder().encode(text)

describe('a body', () => {
  it('is what its pieces make together, however it was cut', async () => {
    const piece = fc.uint8Array({ maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 8 }), async (pieces) => {
        const whole = pieces.flatMap((one) => [...one])
        expect([...(await readBody(requestOf(pieces), 200))]).toEqual(whole)
      }),
    )
  })

  it('may have as many bytes as allowed and not one more, whatever its header says', async () => {
    expect((await readBody(requestOf([bytes('12345')]), 5)).length).toBe(5)
    await expect(readBody(requestOf([bytes('123'), bytes('456')], { 'content-length': '3' }), 5)).rejects.toMatchObject(
      {
        code: 'body.too_large',
        status: 413,
      },
    )
  })

  it('may be missing', async () => {
    expect((await readBody(new Request('http://localhost', { method: 'POST' }), 5)).length).toBe(0)
  })

  it('may not be encoded', () => {
    expect(() => refuseEncodedBody(requestOf([], { 'content-encoding': 'gzip' }))).toThrowError(
      expect.objectContaining({ status: 415 }),
    )
    expect(refuseEncodedBody(requestOf([]))).toBeUndefined()
  })
})

describe('JSON from outside', () => {
  it('is read, or refused with a reason, and never throws', () => {
    expect(readJson(bytes('\ufeff{"a":[1]}'))).toEqual({ ok: true, value: { a: [1] } })
    expect(readJson(bytes('{"a":'))).toEqual({ ok: false, reason: 'body.json' })
    expect(readJson(bytes(''))).toEqual({ ok: false, reason: 'body.json' })
    expect(readJson(Uint8Array.from([0x22, 0xff, 0x22]))).toEqual({ ok: false, reason: 'body.encoding' })
    expect(readJson(bytes('['.repeat(33) + ']'.repeat(33)))).toEqual({ ok: false, reason: 'body.depth' })
    expect(readJson(bytes('['.repeat(32) + ']'.repeat(32))).ok).toBe(true)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (some) => {
        expect(typeof readJson(some).ok).toBe('boolean')
      }),
    )
  })
})
