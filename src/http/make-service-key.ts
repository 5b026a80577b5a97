import { randomToken, sha256Hex } from '../lib/secret.ts'
import type { KeyScope } from '../protocol/api.ts'
import type { ServiceKeyRow } from '../store/service-keys.ts'
import { formatServiceKey } from './callers.ts'

type Wishes = { name?: string | undefined; scopes?: readonly KeyScope[] | undefined }

/** Of a tenant's own server. Running accounts is asked for by name. */
const serverScopes: readonly KeyScope[] = ['ingest', 'tokens', 'notifications', 'webhooks']

/** A new service key: the row to store, and the key itself, which is shown once and kept nowhere. */
export async function makeServiceKey(
  tenantId: string,
  { name = 'Service key', scopes = serverScopes }: Wishes,
  createdAt: number,
): Promise<{ row: ServiceKeyRow; key: string }> {
  const id = (await sha256Hex(randomToken(16))).slice(0, 16)
  const secret = randomToken(32)
  const secretHash = await sha256Hex(secret)
  const row = {
    tenantId,
    id,
    name,
    secretHash,
    scopes: [...new Set(scopes)],
    createdAt,
    revokedAt: null,
    lastUsedAt: null,
  }
  return { row, key: formatServiceKey(tenantId, id, secret) }
}
