import { index, primaryKey, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import type { KeyScope } from '../protocol/api.ts'
import { id, json, tenantId, time } from './columns.ts'

// Who may call, and who may sign. The rules of `schema.ts` hold here too.

/** `eik_<tenant>.<id>_<secret>`: the id part names the tenant, so that the key is found by its primary key. */
export const serviceKeys = sqliteTable(
  'service_keys',
  {
    tenantId,
    id,
    name: text('name').notNull(),
    secretHash: text('secret_hash').notNull(),
    scopes: json<KeyScope[]>('scopes').notNull(),
    createdAt: time('created_at').notNull(),
    revokedAt: time('revoked_at'),
    /** To ten minutes or so; null for one that was never used. */
    lastUsedAt: time('last_used_at'),
  },
  (t) => [primaryKey({ columns: [t.tenantId, t.id] })],
)

/** A tenant's own Meta app: its secrets sign that tenant's webhooks and nobody else's. */
export const metaApps = sqliteTable(
  'meta_apps',
  {
    tenantId,
    metaAppId: text('meta_app_id').notNull(),
    name: text('name').notNull(),
    sealedSecret: text('sealed_secret').notNull(),
    sealedPreviousSecret: text('sealed_previous_secret'),
    previousUntil: time('previous_until'),
    sealedVerifyToken: text('sealed_verify_token').notNull(),
    createdAt: time('created_at').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.tenantId, t.metaAppId] }),
    // a webhook path names the app before anything else is known
    uniqueIndex('directory_meta_apps').on(t.metaAppId),
  ],
)

/** Users whose credentials were revoked: what was issued before `validFrom` is void. Whoever is disabled has `neverValid`. */
export const revocations = sqliteTable(
  'revocations',
  { tenantId, userId: text('user_id').notNull(), validFrom: time('valid_from').notNull() },
  (t) => [primaryKey({ columns: [t.tenantId, t.userId] })],
)

/** Tickets and sign-in links that have been used; each is kept until it would have expired anyway. */
export const usedTokens = sqliteTable('used_tokens', { tenantId, id, expiresAt: time('expires_at').notNull() }, (t) => [
  primaryKey({ columns: [t.tenantId, t.id] }),
  // clearing out
  index('used_tokens_expiry').on(t.tenantId, t.expiresAt),
])
