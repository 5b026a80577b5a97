import { ringFollower } from '../outbox/bell.ts'
import { listBehind } from '../store/push-runs.ts'
import type { JobDeps } from './job-deps.ts'

/** Tenants of one sweep; the next one comes in a minute. */
const maxTenants = 500

/** Rings for pushes that nobody was rung for: what waited for a push service, what the queue or a hub has lost. */
export async function sweepPushes({ env, config, now }: JobDeps): Promise<number> {
  if (config.push === null) return 0
  const tenantIds = await listBehind(env.DB, { now: now(), limit: maxTenants })
  await ringFollower(env.FOLLOWERS, tenantIds, 'push')
  return tenantIds.length
}
