import { generateKeyPairSync } from 'node:crypto'

/** A key pair by which push services know a deployment (RFC 8292), as the variables that hold it. */
export function makePushKeys(): { VAPID_PUBLIC_KEY: string; VAPID_PRIVATE_KEY: string } {
  const {
    x = '',
    y = '',
    d = '',
  } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' })
  const uncompressed = Buffer.concat([Buffer.from([4]), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])
  return { VAPID_PUBLIC_KEY: uncompressed.toString('base64url'), VAPID_PRIVATE_KEY: d }
}
