import type { KeyScope, Role } from '../protocol/api.ts'
import type { Config } from '../lib/config.ts'

/**
 * A member of the staff, from a token or the page's session. `issuedAt` and `expiresAt` in epoch ms: what was made from
 * another credential is as old as that one; 0 where a token does not tell.
 */
export type UserCaller = {
  tenantId: string
  userId: string
  name: string
  role: Role
  issuedAt: number
  expiresAt: number
}

/** A tenant's server or its companion, from a service key. */
export type ServiceCaller = { tenantId: string; keyId: string; scopes: readonly KeyScope[] }

/** What every handler finds in its context. `user`, `service` and `tenantId` are there only behind their middleware. */
export type AppEnv = {
  Bindings: Env
  Variables: { config: Config; user: UserCaller; service: ServiceCaller; tenantId: string }
}
