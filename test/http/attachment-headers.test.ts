import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { attachmentHeaders } from '../../src/http/attachment-headers.ts'

const headersOf = (filename: string | null, mimeType: string | null = null) => attachmentHeaders({ filename, mimeType })

describe('the headers of a file', () => {
  it.each([
    ['image/png', 'image/png', 'inline'],
    ['IMAGE/JPEG; name=x', 'image/jpeg', 'inline'],
    ['audio/ogg; codecs=opus', 'audio/ogg', 'inline'],
    ['video/mp4', 'video/mp4', 'inline'],
    ['image/svg+xml', 'application/octet-stream', 'attachment'],
    ['text/html', 'application/octet-stream', 'attachment'],
    ['application/xhtml+xml', 'application/octet-stream', 'attachment'],
    ['application/pdf', 'application/octet-stream', 'attachment'],
    ['text/plain', 'application/octet-stream', 'attachment'],
    ['image/png\r\nSet-Cookie: a=b', 'application/octet-stream', 'attachment'],
    [null, 'application/octet-stream', 'attachment'],
  ])('of type %s are %s, %s', (declared, type, disposition) => {
    const headers = headersOf('a.png', declared)
    expect(headers['Content-Type']).toBe(type)
    expect(headers['Content-Disposition']).toMatch(new RegExp(`^${disposition};`))
  })

  it('keep a name in any script, and nothing that could mislead about it', () => {
    expect(headersOf('Паспорт №1.jpg')['Content-Disposition']).toContain(
      "filename*=UTF-8''%D0%9F%D0%B0%D1%81%D0%BF%D0%BE%D1%80%D1%82%20%E2%84%961.jpg",
    )
    expect(headersOf('gpj\u202egnp.exe')['Content-Disposition']).toContain('filename="gpjgnp.exe"')
    expect(headersOf('../../etc/passwd')['Content-Disposition']).toContain('filename=".._.._etc_passwd"')
    expect(headersOf(null)['Content-Disposition']).toContain('filename="file"')
  })

  it('are valid whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (name) => {
        const value = headersOf(name)['Content-Disposition'] ?? ''
        expect(value).toMatch(/^attachment; filename="[\w.() -]+"; filename\*=UTF-8''[A-Za-z0-9%._~!-]*$/)
        expect(() => new Headers({ 'Content-Disposition': value })).not.toThrow()
      }),
    )
  })
})
