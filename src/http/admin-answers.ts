import { z } from 'zod'
import { limitsOf } from '../channels/registry.ts'
import { KeyScope } from '../protocol/api.ts'
import { Channel } from '../protocol/message.ts'
import { Timestamp, Uuid } from '../protocol/words.ts'
import { type ChannelWithHealth, toWireChannel } from '../store/channels.ts'
import type { MetaAppRow } from '../store/meta-apps.ts'
import type { ServiceKeyRow } from '../store/service-keys.ts'
import type { TenantRow } from '../store/tenants.ts'

// What an operator sees. Secrets and their sealed forms are in none of these.

export const TenantParam = z.object({ tenant_id: Uuid })

const list = <Item extends z.ZodType>(item: Item) => z.object({ items: z.array(item), next_cursor: z.null() })

const Tenant = z.object({ id: Uuid, name: z.string() })
const TenantDetails = Tenant.extend({ created_at: Timestamp, disabled_at: Timestamp.nullable() })
export const TenantResponse = z.object({ tenant: TenantDetails })
export const TenantList = list(TenantDetails)
export const CreateTenantResponse = z.object({ tenant: Tenant, service_key: z.string() })
export const EpochResponse = z.object({ epoch: z.string() })

const ServiceKey = z.object({
  id: z.string(),
  name: z.string(),
  scopes: z.array(KeyScope),
  created_at: Timestamp,
  revoked_at: Timestamp.nullable(),
  /** Of uses within ten minutes only the first may be told. */
  last_used_at: Timestamp.nullable(),
})
export const ServiceKeyList = list(ServiceKey)
export const CreateServiceKeyResponse = z.object({ service_key: z.string(), id: z.string() })

const AdminChannel = Channel.extend({
  account_id: z.string().nullable(),
  alternate_external_id: z.string().nullable(),
  meta_app_id: z.string().nullable(),
  has_credentials: z.boolean(),
  /** Replies go out through the companion. */
  companion_sends: z.boolean(),
  created_at: Timestamp,
})
export const ChannelResponse = z.object({ channel: AdminChannel })
export const AdminChannelList = list(AdminChannel)

const MetaApp = z.object({
  meta_app_id: z.string(),
  name: z.string(),
  created_at: Timestamp,
  previous_until: Timestamp.nullable(),
})
export const MetaAppResponse = z.object({ meta_app: MetaApp })
export const MetaAppList = list(MetaApp)

const iso = (at: number): string => new Date(at).toISOString()
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at))

/** Operators have few of anything: one page holds them all. */
export function toList<Item>(items: Item[]): { items: Item[]; next_cursor: null } {
  return { items, next_cursor: null }
}

export function toTenant(row: TenantRow): z.infer<typeof TenantDetails> {
  return { id: row.id, name: row.name, created_at: iso(row.createdAt), disabled_at: isoOrNull(row.disabledAt) }
}

export function toServiceKey(row: ServiceKeyRow): z.infer<typeof ServiceKey> {
  const { id, name, scopes, createdAt, revokedAt, lastUsedAt } = row
  return {
    id,
    name,
    scopes,
    created_at: iso(createdAt),
    revoked_at: isoOrNull(revokedAt),
    last_used_at: isoOrNull(lastUsedAt),
  }
}

export function toAdminChannel(row: ChannelWithHealth): z.infer<typeof AdminChannel> {
  const { accountId, alternateExternalId, metaAppId, sealedCredentials, companionSends, createdAt } = row.channel
  return {
    ...toWireChannel(row, limitsOf),
    account_id: accountId,
    alternate_external_id: alternateExternalId,
    meta_app_id: metaAppId,
    has_credentials: sealedCredentials !== null,
    companion_sends: companionSends === true,
    created_at: iso(createdAt),
  }
}

export function toMetaApp(row: MetaAppRow): z.infer<typeof MetaApp> {
  const { metaAppId, name, createdAt, previousUntil } = row
  return { meta_app_id: metaAppId, name, created_at: iso(createdAt), previous_until: isoOrNull(previousUntil) }
}
