import { describe, expect, it } from 'vitest'
import { readFileLink, signFileLink } from '../../src/lib/file-link.ts'

const secret = 'a-secret-of-at-least-thirty-two-characters'
const tenantId = '0d3a5c1e-5f2b-4c7a-9e64-2b8f1a7c9d10'
const link = {
  tenantId,
  objectKey: `t/${tenantId}/a-file`,
  mimeType: 'image/png',
  filename: 'Рахунок №5.png',
  expiresAt: 1_000,
}

describe('a link to a file', () => {
  it('gives back what it was made for, until it expires', async () => {
    const token = await signFileLink(secret, link)
    expect(token).toMatch(/^[\w-]+\.[\w-]+$/)
    expect(await readFileLink(secret, token, 999)).toEqual(link)
    expect(await readFileLink(secret, token, 1_000)).toBeNull()
  })

  it('of another secret is none', async () => {
    expect(await readFileLink(`${secret}!`, await signFileLink(secret, link), 0)).toBeNull()
  })

  it('cannot be changed by a single character', async () => {
    const token = await signFileLink(secret, link)
    // The last letter of base64 holds two bits that mean nothing.
    for (let at = 0; at < token.length - 1; at++) {
      const other = token[at] === 'A' ? 'B' : 'A'
      expect(await readFileLink(secret, `${token.slice(0, at)}${other}${token.slice(at + 1)}`, 0)).toBeNull()
    }
  })

  it.each(['', '.', 'a.b', 'a', 'a.b.c', '%.%', `${'A'.repeat(100)}.${'A'.repeat(43)}`])('is not %j', async (token) => {
    expect(await readFileLink(secret, token, 0)).toBeNull()
  })

  it("never leads out of its tenant's folder", async () => {
    for (const objectKey of ['t/another/file', `t/${tenantId}`, 'quarantine/x', '']) {
      expect(await readFileLink(secret, await signFileLink(secret, { ...link, objectKey }), 0)).toBeNull()
    }
  })
})
