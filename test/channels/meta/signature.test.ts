import { createHmac } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { verifySignature } from '../../../src/channels/meta/signature.ts'

const secret = 'the-app-secret'
const body = new TextEncoder().encode('{"object":"whatsapp_business_account","entry":[]}')

function sign(bytes: Uint8Array, key = secret): string {
  return `sha256=${createHmac('sha256', key).update(bytes).digest('hex')}`
}

const valid = sign(body)
const hex = valid.slice('sha256='.length)

test('accepts the HMAC of the raw bytes', async () => {
  expect(await verifySignature(body, valid, [secret])).toBe(true)
})

test('accepts an empty body that is signed', async () => {
  const empty = new Uint8Array()
  expect(await verifySignature(empty, sign(empty), [secret])).toBe(true)
})

test.each([
  ['no header', null],
  ['an empty header', ''],
  ['only a SHA-1 signature', `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`],
  ['nothing after the equals sign', 'sha256='],
  ['63 digits', valid.slice(0, -1)],
  ['65 digits', `${valid}0`],
  ['upper-case digits', `sha256=${hex.toUpperCase()}`],
  ['an upper-case prefix', `SHA256=${hex}`],
  ['a leading space', ` ${valid}`],
  ['a trailing line break', `${valid}\n`],
  ['two values', `${valid}, ${valid}`],
  ['the digits alone', hex],
  ['base64', `sha256=${Buffer.from(hex, 'hex').toString('base64')}`],
])('refuses %s', async (_, header) => {
  expect(await verifySignature(body, header, [secret])).toBe(false)
})

test('refuses a right form under another secret', async () => {
  expect(await verifySignature(body, sign(body, 'another-app'), [secret])).toBe(false)
})

test('refuses any change of one character of the header', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(valid.length - 1), fc.string({ minLength: 1, maxLength: 1 }), async (at, char) => {
      fc.pre(char !== valid[at])
      expect(await verifySignature(body, valid.slice(0, at) + char + valid.slice(at + 1), [secret])).toBe(false)
    }),
  )
})

test('refuses any change of one byte of the body', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
      const changed = body.slice()
      changed[at] = (changed[at] ?? 0) ^ change
      expect(await verifySignature(changed, valid, [secret])).toBe(false)
    }),
  )
})

test('verifies bytes, not meaning: escaped and plain forms each under their own signature', async () => {
  const escaped = new TextEncoder().encode(String.raw`{"a":"\u00e4 \ud83c\udf93 \/"}`)
  const plain = new TextEncoder().encode('{"a":"ä 🎓 /"}')
  expect(await verifySignature(escaped, sign(escaped), [secret])).toBe(true)
  expect(await verifySignature(plain, sign(plain), [secret])).toBe(true)
  expect(await verifySignature(plain, sign(escaped), [secret])).toBe(false)
})

describe('secrets', () => {
  test('may be two while one replaces the other', async () => {
    expect(await verifySignature(body, sign(body, 'new'), ['new', 'old'])).toBe(true)
    expect(await verifySignature(body, sign(body, 'old'), ['new', 'old'])).toBe(true)
    expect(await verifySignature(body, sign(body, 'old'), ['new'])).toBe(false)
  })

  test('that are missing or empty stop everything instead of letting anybody sign', async () => {
    await expect(verifySignature(body, sign(body, ''), [])).rejects.toThrow('no app secret')
    await expect(verifySignature(body, sign(body, ''), [''])).rejects.toThrow('no app secret')
    await expect(verifySignature(body, null, ['', ''])).rejects.toThrow('no app secret')
  })

  test('that are empty beside a good one are never used', async () => {
    expect(await verifySignature(body, sign(body, ''), [secret, ''])).toBe(false)
    expect(await verifySignature(body, valid, ['', secret])).toBe(true)
  })
})
