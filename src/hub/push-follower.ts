import { loadConfig } from '../lib/config.ts'
import { factsOf } from '../notifications/facts-of-event.ts'
import { ringFollower } from '../outbox/bell.ts'
import { hasSubscriptions } from '../store/push.ts'
import { type FollowerBell, createFollowerBell } from './followers.ts'

type Host = Pick<DurableObjectState, 'waitUntil'>

/** Rings for pushes. `env` is asked for each time, as its bindings may be. */
export function createPushBell(host: Host, env: () => Env, tenantId: () => string): FollowerBell {
  return createFollowerBell(
    {
      name: 'push',
      isWanted: async () => loadConfig(env()).push !== null && (await hasSubscriptions(env().DB, tenantId())),
      concerns: (event) => factsOf(event) !== null,
      ring: () => ringFollower(env().JOBS, tenantId(), 'push'),
    },
    { waitUntil: (work) => host.waitUntil(work), now: () => Date.now(), wait: (ms) => scheduler.wait(ms) },
  )
}
