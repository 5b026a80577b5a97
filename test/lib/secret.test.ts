import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeBase64, encodeBase64Url } from '../../src/lib/base64.ts'
import { constantTimeEqual, randomToken, sha256Hex } from '../../src/lib/secret.ts'

it('makes tokens of the asked size, each of them new', () => {
  const tokens = Array.from({ length: 1000 }, () => randomToken(32))
  expect(new Set(tokens).size).toBe(1000)
  for (const token of tokens) expect(token).toMatch(/^[A-Za-z0-9_-]{43}$/)
})

it('digests UTF-8', async () => {
  expect(await sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  expect(await sha256Hex('і')).toBe(await sha256Hex('\u0456'))
})

it.each([
  ['secret', 'secret', true],
  ['', '', true],
  ['secret', 'secreT', false],
  ['secret', 'Secret', false],
  ['secret', 'secret ', false],
  ['secret', 'secre', false],
  ['secret', '', false],
])('compares %o with %o: %o', async (a, b, expected) => {
  expect(await constantTimeEqual(a, b)).toBe(expected)
})

it('writes base64url that reads back, also in the other alphabet', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(encodeBase64Url(bytes)).toBe(Buffer.from(bytes).toString('base64url'))
      expect(decodeBase64(encodeBase64Url(bytes))).toEqual(Uint8Array.from(bytes))
      expect(decodeBase64(Buffer.from(bytes).toString('base64'))).toEqual(Uint8Array.from(bytes))
    }),
  )
})

it.each(['a', 'ab=c', 'a b', 'ä', 'AAAA====', 'AAAAA'])('reads no bytes from %o', (text) => {
  expect(decodeBase64(text)).toBeNull()
})
