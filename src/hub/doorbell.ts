import { errorFields, log } from '../lib/log.ts'
import { type ListenerName, ringListeners } from '../outbox/bell.ts'
import { hasEndpoints } from '../store/webhook-runs.ts'

/*
 * Tells the tenant's listeners of new lines, through the queue. Nobody waits for it, and a tenant without listeners costs
 * one read in the life of a hub. A bell that is lost, with the hub or the queue, is found by the sweep of its listener.
 */

/** What was rung for just now is followed by the next lines together, in ms. */
const pauseMs = 200

export type Doorbell = { ring: () => void; forget: () => void }
export type DoorbellHost = {
  tenantId: () => string
  readListeners: () => Promise<ReadonlySet<ListenerName>>
  ringAt: (listeners: ReadonlySet<ListenerName>) => Promise<void>
  wait: (ms: number) => Promise<void>
  waitUntil: (promise: Promise<void>) => void
}

/** `ring`: there are new lines. `forget`: who listens may be others now. */
export function createDoorbell(host: DoorbellHost): Doorbell {
  let known: ReadonlySet<ListenerName> | null = null
  let asked = 0
  let isRinging = false
  let isDue = false

  async function findListeners(): Promise<ReadonlySet<ListenerName>> {
    if (known !== null) return known
    asked += 1
    const mine = asked
    const found = await host.readListeners()
    // Whoever began to listen while this was read is not in it.
    if (mine === asked) known = found
    return found
  }

  async function ringOn(): Promise<void> {
    while (isDue) {
      isDue = false
      try {
        const listeners = await findListeners()
        if (listeners.size > 0) await host.ringAt(listeners)
      } catch (error) {
        log('error', 'hub.listeners_not_rung', { tenantId: host.tenantId(), ...errorFields(error) })
      }
      await host.wait(pauseMs)
    }
    isRinging = false
  }

  return {
    ring() {
      if (known?.size === 0) return
      isDue = true
      if (isRinging) return
      isRinging = true
      host.waitUntil(ringOn())
    },
    forget() {
      asked += 1
      known = null
    },
  }
}

/** The doorbell of a hub. */
export function doorbellOf(hub: { env: () => Env; ctx: DurableObjectState; tenantId: () => string }): Doorbell {
  const { env, ctx, tenantId } = hub
  return createDoorbell({
    tenantId,
    readListeners: async () => new Set((await hasEndpoints(env().DB, tenantId())) ? (['webhooks'] as const) : []),
    ringAt: (listeners) => ringListeners(env().JOBS, [tenantId()], listeners),
    wait: (ms) => scheduler.wait(ms),
    waitUntil: (promise) => ctx.waitUntil(promise),
  })
}
