import { type Config, acceptedAppSecrets } from '../lib/config.ts'
import { openDatabase } from '../store/database.ts'
import { findMetaAppByPath } from '../store/meta-apps.ts'
import { openAppSecrets, openVerifyToken } from './meta-app-secrets.ts'

/**
 * The Meta app behind a webhook path. `secrets`: every one that counts now. `metaAppId` null: the operator's own app,
 * whose `tenantId` is empty.
 */
export type SigningApp = { metaAppId: string | null; tenantId: string; secrets: readonly string[]; verifyToken: string }

/** From the environment alone: a refused delivery of the shared app costs no read. */
export function sharedApp(config: Config, now: number): SigningApp {
  const secrets = acceptedAppSecrets(config, now)
  return { metaAppId: null, tenantId: '', secrets, verifyToken: config.metaVerifyToken }
}

/** A tenant's own app, read each time: one row by its index, and a rotated secret counts at once. Null: nobody's. */
export async function ownApp(env: Env, config: Config, metaAppId: string): Promise<SigningApp | null> {
  const row = await findMetaAppByPath(openDatabase(env.DB), metaAppId)
  if (row === undefined) return null
  const [secrets, verifyToken] = await Promise.all([
    openAppSecrets(config.encryptionKeys, row, Date.now()),
    openVerifyToken(config.encryptionKeys, row),
  ])
  return { metaAppId: row.metaAppId, tenantId: row.tenantId, secrets, verifyToken }
}
