import { env } from 'cloudflare:workers'
import { sealAppSecret, sealVerifyToken } from '../../src/http/meta-app-secrets.ts'
import { loadConfig } from '../../src/lib/config.ts'
import { createChannel, freshNumber } from './inbox.ts'
import { createTenant, rowsOf } from './tenant.ts'

export type QuarantineRow = { reason: string; body: string | null; object_key: string | null; tenant_id: string }
export const quarantineOf = (tenantId: string) =>
  rowsOf<QuarantineRow>('select reason, body, object_key, tenant_id from quarantine where tenant_id = ?1', tenantId)

export async function quarantinedAs(reason: string, part: string): Promise<number> {
  const rows = await env.DB.prepare('select count(*) as n from quarantine where reason = ?1 and instr(body, ?2) > 0')
    .bind(reason, part)
    .all<{ n: number }>()
  return rows.results[0]?.n ?? 0
}

export async function createApp(tenantId: string, secret: string, previous?: { secret: string; until: number }) {
  const metaAppId = freshNumber()
  const keys = loadConfig(env).encryptionKeys
  const app = { tenantId, metaAppId }
  await env.DB.prepare(
    `insert into meta_apps (tenant_id, meta_app_id, name, sealed_secret, sealed_previous_secret, previous_until,
       sealed_verify_token, created_at) values (?1, ?2, 'An app', ?3, ?4, ?5, ?6, 0)`,
  )
    .bind(
      tenantId,
      metaAppId,
      await sealAppSecret(keys, app, secret),
      previous === undefined ? null : await sealAppSecret(keys, app, previous.secret),
      previous?.until ?? null,
      await sealVerifyToken(keys, app, 'the-tenants-own-token'),
    )
    .run()
  return metaAppId
}

export async function setUp() {
  const tenantId = await createTenant()
  const channel = await createChannel(tenantId)
  return { tenantId, channel, phone: channel.externalId }
}
