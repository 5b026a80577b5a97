import { type EncryptionKeys, seal, unseal } from '../lib/seal.ts'
import type { EndpointRow } from '../store/webhooks.ts'
import { webhookSecret } from './webhook-signature.ts'

type EndpointKey = Pick<EndpointRow, 'tenantId' | 'id'>
type SealedSecrets = Pick<EndpointRow, 'sealedSecret' | 'sealedPreviousSecret' | 'previousUntil'>

const secretBytes = 32

// One kind for the current and the previous secret: a rotation moves the sealed text from one column to the other.
const contextOf = ({ tenantId, id }: EndpointKey) => ({ tenantId, kind: 'webhook_secret', rowId: id })

/** A new secret: as its owner is shown it once, and as it is kept. */
export async function makeWebhookSecret(
  keys: EncryptionKeys,
  endpoint: EndpointKey,
): Promise<{ secret: string; sealedSecret: string }> {
  const secret = webhookSecret(crypto.getRandomValues(new Uint8Array(secretBytes)))
  return { secret, sealedSecret: await seal(keys, secret, contextOf(endpoint)) }
}

/** The secrets that sign at `now`, the current one first. */
export async function openWebhookSecrets(
  keys: EncryptionKeys,
  endpoint: EndpointKey & SealedSecrets,
  now: number,
): Promise<string[]> {
  const { sealedSecret, sealedPreviousSecret, previousUntil } = endpoint
  const isPreviousValid = sealedPreviousSecret !== null && previousUntil !== null && now < previousUntil
  const sealed = isPreviousValid ? [sealedSecret, sealedPreviousSecret] : [sealedSecret]
  return Promise.all(sealed.map((text) => unseal(keys, text, contextOf(endpoint))))
}
