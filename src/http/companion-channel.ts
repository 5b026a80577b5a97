import { companionRole } from '../channels/registry.ts'
import { AppError } from '../lib/app-error.ts'
import type { CompanionAccount } from '../protocol/companion.ts'
import type { DirectoryChannel } from '../store/channel-directory.ts'
import { type LeaseRow, findLease } from '../store/companion-leases.ts'
import { type Database, openDatabase } from '../store/database.ts'
import { channelLookup } from './channel-lookup.ts'
import { channelNotFound } from './refusals.ts'

export const leaseLost = () => new AppError('lease.lost', 409, 'Another companion runs this account, or none does.')

/** Mailboxes are found by their address in small letters. */
export function accountKey({ platform, external_id }: CompanionAccount): { platform: string; externalId: string } {
  return { platform, externalId: platform === 'email' ? external_id.toLowerCase() : external_id }
}

/** The tenant's channel of an account that a companion may run. Another tenant's is simply not found (G10). */
export async function requireCompanionChannel(
  env: Env,
  tenantId: string,
  account: CompanionAccount,
): Promise<DirectoryChannel> {
  const { platform, externalId } = accountKey(account)
  const found = await channelLookup.find(openDatabase(env.DB), platform, [externalId])
  const channel = found.get(externalId)
  const isOwn = channel?.tenantId === tenantId && channel.externalId === externalId
  if (channel === undefined || !isOwn || companionRole(platform) === null) throw channelNotFound()
  return channel
}

/** The lease that a token is of, as long as nobody else has had it since. It may have run out. */
export async function requireLease(
  db: Database,
  { tenantId, id: channelId }: Pick<DirectoryChannel, 'tenantId' | 'id'>,
  token: number,
): Promise<LeaseRow> {
  const lease = await findLease(db, { tenantId, channelId, token })
  if (lease === undefined) throw leaseLost()
  return lease
}
