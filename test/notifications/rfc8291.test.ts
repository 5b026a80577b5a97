import { Buffer } from 'node:buffer'
import { describe, expect, it } from 'vitest'
import { maxPushBytes } from '../../src/notifications/push-message.ts'
import { type Browser, openPush } from './rfc8291.ts'

// RFC 8291, section 5 and appendix A.
const browser: Browser = {
  privateKey: 'q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94',
  publicKey: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
  auth: 'BTBZMqHH6r4Tts7J_aSIgg',
}
const body = Buffer.from(
  'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl' +
    '7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
  'base64url',
)

describe('what a browser does with a push', () => {
  it('opens the example of RFC 8291', async () => {
    await expect(openPush(body, browser)).resolves.toBe('When I grow up, I want to be a watermelon')
  })

  it('refuses it after any change, and with the secret of another browser', async () => {
    for (const at of [0, 20, 40, body.length - 1]) {
      const altered = Buffer.from(body)
      altered[at] = (altered[at] ?? 0) ^ 1
      await expect(openPush(altered, browser)).rejects.toThrow()
    }
    await expect(openPush(body, { ...browser, auth: 'AAAAAAAAAAAAAAAAAAAAAA' })).rejects.toThrow()
  })

  it('leaves as much room as we fill', () => {
    // RFC 8188 §2: salt, record size and key id in front (86), a delimiter (1) and the tag (16) behind.
    expect(maxPushBytes).toBe(4096 - 86 - 1 - 16)
  })
})
