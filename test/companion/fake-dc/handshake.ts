import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto'
import { Long, type mtp } from '@mtcute/node'
import { generateKeyAndIvFromNonce, parsePublicKey } from '@mtcute/node/utils.js'
import { crypto, sha1, sha256 } from './cipher.ts'
import { reader, writeObject } from './tl-codec.ts'

// The prime of the real servers: clients know it, and need not prove that it is one.
export const dhPrime = BigInt(
  '0xC71CAEB9C6B1C9048E6C522F70F13F73980D40238E3E21C14934D037563D930F48198A0AA7C14058229493D22530F4DBFA336F6E0AC925139543AED44CCE7C3720FD51F69458705AC68CD4FE6B6B13ABDC9746512969328454F18FAF8C595F642477FE96BB2A941D5BCD1D4AC8CC49880708FA9B378E3C4F3A9060BEE67CF9A4A4A695811051907E162753B56B0F6B410DBA74D8A84B2A14B3144E0EF1284754FD17ED950D5965B4B9DD46582DB1178D169C6BC465B0D6FF9CA3928FEF5B9AE4E418FC15E83EBEA0F87FA9FF5EED70050DED2849F47BF959D956850CE929851F0D8115F635B105EE2E4E15D04B2454BF6F4FADF034B10403119CD8E3B92FCC5B',
)
const generator = 3
const pq = { whole: 1724114033281923457n, p: 1229739323n, q: 1402015859n }

export function modPow(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  let factor = base % modulus
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * factor) % modulus
    factor = (factor * factor) % modulus
  }
  return result
}
export const toBigInt = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString('hex') || '0'}`)
export const toBytes = (value: bigint, length: number) =>
  Buffer.from(value.toString(16).padStart(length * 2, '0'), 'hex')
const unpadded = (value: bigint) => Buffer.from(value.toString(16).padStart(8, '0'), 'hex')

export type ServerKey = { pem: string; fingerprint: string; modulus: bigint; secret: bigint }
/** A data centre's RSA key. `pem`: what a client has to be told (PKCS#1). */
export function makeServerKey(): ServerKey {
  for (;;) {
    const made = anyServerKey()
    // mtcute looks for the key by its number without leading zeros, and keeps it under the name with them.
    if (!made.fingerprint.startsWith('0')) return made
  }
}

function anyServerKey(): ServerKey {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const pem = createPublicKey(privateKey).export({ type: 'pkcs1', format: 'pem' }).toString()
  const { n = '', d = '' } = privateKey.export({ format: 'jwk' })
  const fromBase64 = (text: string) => toBigInt(Buffer.from(text, 'base64url'))
  return { pem, fingerprint: parsePublicKey(crypto, pem).fingerprint, modulus: fromBase64(n), secret: fromBase64(d) }
}

/** What RSA_PAD wrapped, or null: https://core.telegram.org/mtproto/auth_key#presenting-proof-of-work-server-authentication */
function unwrap(key: ServerKey, sealed: Uint8Array): Buffer | null {
  const plain = toBytes(modPow(toBigInt(sealed), key.secret, key.modulus), 256)
  const encrypted = plain.subarray(32)
  const aesKey = Buffer.from(sha256(encrypted).map((byte, at) => byte ^ (plain[at] ?? 0)))
  const withHash = Buffer.from(crypto.createAesIge(aesKey, Buffer.alloc(32)).decrypt(encrypted))
  const data = Buffer.from(withHash.subarray(0, 192).toReversed())
  return sha256(aesKey, data).equals(withHash.subarray(192)) ? data : null
}

export type MadeKey = { key: Buffer; salt: Long }
type Step = { answer: mtp.TlObject; made?: MadeKey } | null

/** The server's side of making one authorization key, message by message. Null: the client said something wrong. */
export class Handshake {
  #key: ServerKey
  #serverNonce = randomBytes(16)
  #secret = toBigInt(randomBytes(256))
  #newNonce: Uint8Array | null = null

  constructor(key: ServerKey) {
    this.#key = key
  }

  step(request: mtp.TlObject): Step {
    switch (request._) {
      case 'mt_req_pq_multi':
        return { answer: this.#offer(request.nonce) }
      case 'mt_req_DH_params':
        return this.#params(request)
      case 'mt_set_client_DH_params':
        return this.#finish(request)
      default:
        return null
    }
  }

  #offer(nonce: Uint8Array): mtp.RawMt_resPQ {
    const fingerprint = Long.fromString(this.#key.fingerprint, true, 16).toSigned()
    const serverPublicKeyFingerprints = [fingerprint]
    return { _: 'mt_resPQ', nonce, serverNonce: this.#serverNonce, pq: unpadded(pq.whole), serverPublicKeyFingerprints }
  }

  #params({ nonce, p, q, encryptedData }: mtp.RawMt_req_DH_params): Step {
    const data = unwrap(this.#key, encryptedData)
    if (data === null || toBigInt(p) !== pq.p || toBigInt(q) !== pq.q) return null
    const inner = reader(data).object() as mtp.RawMt_p_q_inner_data_dc
    if (inner._ !== 'mt_p_q_inner_data_dc' || !this.#serverNonce.equals(inner.serverNonce)) return null
    this.#newNonce = inner.newNonce
    const plain = writeObject({
      _: 'mt_server_DH_inner_data',
      nonce,
      serverNonce: this.#serverNonce,
      g: generator,
      dhPrime: toBytes(dhPrime, 256),
      gA: toBytes(modPow(BigInt(generator), this.#secret, dhPrime), 256),
      serverTime: Math.floor(Date.now() / 1000),
    })
    const hashed = Buffer.concat([sha1(plain), plain])
    const padded = Buffer.concat([hashed, randomBytes((16 - (hashed.length % 16)) % 16)])
    const encryptedAnswer = this.#cipher(this.#newNonce).encrypt(padded)
    return { answer: { _: 'mt_server_DH_params_ok', nonce, serverNonce: this.#serverNonce, encryptedAnswer } }
  }

  #finish({ nonce, encryptedData }: mtp.RawMt_set_client_DH_params): Step {
    if (this.#newNonce === null) return null
    const plain = Buffer.from(this.#cipher(this.#newNonce).decrypt(encryptedData))
    const inner = reader(plain.subarray(20)).object() as mtp.RawMt_client_DH_inner_data
    if (inner._ !== 'mt_client_DH_inner_data') return null
    const key = toBytes(modPow(toBigInt(inner.gB), this.#secret, dhPrime), 256)
    const proof = sha1(this.#newNonce, Buffer.from([1]), sha1(key).subarray(0, 8))
    const saltBytes = Buffer.from(this.#newNonce.subarray(0, 8)).map((byte, at) => byte ^ (this.#serverNonce[at] ?? 0))
    const salt = Long.fromBytesLE([...saltBytes])
    const serverNonce = this.#serverNonce
    return { answer: { _: 'mt_dh_gen_ok', nonce, serverNonce, newNonceHash1: proof.subarray(4) }, made: { key, salt } }
  }

  #cipher(newNonce: Uint8Array) {
    return crypto.createAesIge(...generateKeyAndIvFromNonce(crypto, this.#serverNonce, newNonce))
  }
}
