import { loadConfig } from '../lib/config.ts'
import { factsOf } from '../notifications/facts-of-event.ts'
import { ringFollower } from '../outbox/bell.ts'
import { hasSubscriptions } from '../store/push.ts'
import { hasEndpoints } from '../store/webhook-runs.ts'
import { type Follower, type FollowerBell, createFollowerBell } from './followers.ts'

/** Where a hub is. `env` is asked for each time, as its bindings may be others. */
export type FollowedHub = { ctx: Pick<DurableObjectState, 'waitUntil'>; env: () => Env; tenantId: () => string }

/** The bells of everybody who may read a tenant's journal behind its hub. */
export function createFollowerBells({ ctx, env, tenantId }: FollowedHub): FollowerBell {
  const host = {
    waitUntil: (work: Promise<unknown>) => ctx.waitUntil(work),
    now: () => Date.now(),
    wait: (ms: number) => scheduler.wait(ms),
  }
  const followers: Follower[] = [
    {
      name: 'push',
      isWanted: async () => loadConfig(env()).push !== null && (await hasSubscriptions(env().DB, tenantId())),
      concerns: (event) => factsOf(event) !== null,
      ring: () => ringFollower(env().FOLLOWERS, [tenantId()], 'push'),
    },
    {
      name: 'webhooks',
      isWanted: () => hasEndpoints(env().DB, tenantId()),
      concerns: () => true,
      ring: () => ringFollower(env().FOLLOWERS, [tenantId()], 'webhooks'),
    },
  ]
  const bells = followers.map((follower) => createFollowerBell(follower, host))
  return {
    tell: (events) => bells.forEach((bell) => bell.tell(events)),
    changed: () => bells.forEach((bell) => bell.changed()),
  }
}
