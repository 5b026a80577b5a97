import { type EncryptionKeys, seal, unseal } from '../lib/seal.ts'
import type { MetaAppRow } from '../store/meta-apps.ts'

type AppKey = Pick<MetaAppRow, 'tenantId' | 'metaAppId'>

// One kind for the current and the previous secret: a rotation moves the sealed text from one column to the other.
const secretOf = ({ tenantId, metaAppId }: AppKey) => ({ tenantId, kind: 'meta_app_secret', rowId: metaAppId })
const verifyTokenOf = ({ tenantId, metaAppId }: AppKey) => ({ tenantId, kind: 'meta_verify_token', rowId: metaAppId })

export function sealAppSecret(keys: EncryptionKeys, app: AppKey, appSecret: string): Promise<string> {
  return seal(keys, appSecret, secretOf(app))
}

export function sealVerifyToken(keys: EncryptionKeys, app: AppKey, verifyToken: string): Promise<string> {
  return seal(keys, verifyToken, verifyTokenOf(app))
}

/** The secrets that count at `now`, the current one first. */
export async function openAppSecrets(keys: EncryptionKeys, app: MetaAppRow, now: number): Promise<string[]> {
  const { sealedSecret, sealedPreviousSecret, previousUntil } = app
  const isPreviousValid = sealedPreviousSecret !== null && previousUntil !== null && now < previousUntil
  const sealed = isPreviousValid ? [sealedSecret, sealedPreviousSecret] : [sealedSecret]
  return Promise.all(sealed.map((text) => unseal(keys, text, secretOf(app))))
}

export function openVerifyToken(keys: EncryptionKeys, app: MetaAppRow): Promise<string> {
  return unseal(keys, app.sealedVerifyToken, verifyTokenOf(app))
}
