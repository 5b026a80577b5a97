import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { seal, unseal } from '../../src/lib/seal.ts'

const base64 = (byte: number) => Buffer.alloc(32, byte).toString('base64')
const old = new Map([['k1', base64(1)]])
const rotated = new Map([
  ['k2', base64(2)],
  ['k1', base64(1)],
])
const context = { tenantId: 't', kind: 'credentials', rowId: 'r' }

describe('a sealed text', () => {
  it('opens to what it was', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
        expect(await unseal(old, await seal(old, text, context), context)).toBe(text)
      }),
      { numRuns: 50 },
    )
  })

  it('names its key, and never looks the same twice', async () => {
    const [a, b] = [await seal(old, 'secret', context), await seal(old, 'secret', context)]
    expect(a).toMatch(/^v1\.k1\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]+$/)
    expect(a).not.toBe(b)
    expect(a).not.toContain(Buffer.from('secret').toString('base64url'))
  })

  it('opens after a rotation, and new ones take the new key', async () => {
    expect(await unseal(rotated, await seal(old, 'secret', context), context)).toBe('secret')
    expect(await seal(rotated, 'secret', context)).toMatch(/^v1\.k2\./)
  })

  it.each([
    ['another tenant', { ...context, tenantId: 'u' }],
    ['another kind', { ...context, kind: 'token' }],
    ['another row', { ...context, rowId: 's' }],
  ])('does not open in %s', async (_, other) => {
    await expect(unseal(old, await seal(old, 'secret', context), other)).rejects.toThrow(
      'altered or belongs to another',
    )
  })

  it('does not open after any change', async () => {
    const sealed = await seal(old, 'secret', context)
    const last = sealed.lastIndexOf('.') + 1
    for (let at = last; at < sealed.length - 1; at++) {
      const changed = `${sealed.slice(0, at)}${sealed[at] === 'A' ? 'B' : 'A'}${sealed.slice(at + 1)}`
      await expect(unseal(old, changed, context)).rejects.toThrow('altered')
    }
  })

  it('does not open without its key, nor with another key of the same name', async () => {
    const sealed = await seal(rotated, 'secret', context)
    await expect(unseal(old, sealed, context)).rejects.toThrow('needs a key that is not configured')
    await expect(unseal(new Map([['k2', base64(9)]]), sealed, context)).rejects.toThrow('altered')
  })

  it.each([
    '',
    'secret',
    'v2.k1.AAAAAAAAAAAAAAAA.AAAA',
    'v1.k1.AAAA.AAAA',
    'v1.k1.AAAAAAAAAAAAAAAA',
    'v1.k1.AAAAAAAAAAAAAAAA.A*.x',
  ])('is not %o', async (text) => {
    await expect(unseal(old, text, context)).rejects.toThrow('unknown form')
  })

  it('needs a key to be made', async () => {
    await expect(seal(new Map(), 'secret', context)).rejects.toThrow('no encryption key')
  })
})
