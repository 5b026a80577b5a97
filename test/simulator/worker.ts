// The Worker under test, with the real hub on bindings that fail. Tests, Worker and hub share one isolate, so the
// history moves this module's clock and faults directly.
import { TenantHub as RealHub } from '../../src/hub/tenant-hub.ts'
import { adapters } from '../../src/channels/registry.ts'
import type { ChannelAdapter } from '../../src/channels/channel.ts'
import { app } from '../../src/http/app.ts'
import type { Platform } from '../../src/protocol/words.ts'
import { createFaults } from './faults.ts'
import { guardBucket, guardDatabase, guardHubs } from './faulty-bindings.ts'
import { createModelPlatform } from './model-platform.ts'
import { createModelQueue } from './model-queue.ts'
import { createModelRelay } from './model-relay.ts'
import { createVirtualClock } from './virtual-clock.ts'

export const realNow = Date.now
export const clock = createVirtualClock(realNow)
export const faults = createFaults((ms) => scheduler.wait(ms))

export const queue = createModelQueue(faults, () => Date.now())
export const mailRelay = createModelRelay(faults)
export const platform = createModelPlatform(faults, () => Date.now())
for (const adapter of platform.adapters) {
  // The registry is a map that nobody else writes.
  ;(adapters as Map<Platform, ChannelAdapter>).set(adapter.platform, adapter)
}

// Everything on the server's side takes its time from here, the Durable Object included.
Date.now = () => clock.serverNow()

/** The environment as the edge sees it. */
export function edgeEnvironment(env: Env): Env {
  return {
    ...env,
    DB: guardDatabase(env.DB, (work) => faults.aroundD1('edge', work)),
    BUCKET: guardBucket(env.BUCKET, (work) => faults.aroundR2(work)),
    HUB: guardHubs(env.HUB, faults),
    JOBS: queue.binding,
    MAIL: mailRelay.binding,
  }
}

export class TenantHub extends RealHub {
  constructor(ctx: DurableObjectState, env: Env) {
    const crash = (): void => ctx.abort('a simulated crash')
    super(ctx, {
      ...env,
      DB: guardDatabase(env.DB, (work) => faults.aroundD1('hub', work, crash)),
      BUCKET: guardBucket(env.BUCKET, (work) => faults.aroundR2(work)),
      JOBS: queue.binding,
    })
    // The runtime notes pings by the machine's clock, the hub compares them with its own.
    const timestampOf = ctx.getWebSocketAutoResponseTimestamp.bind(ctx)
    ctx.getWebSocketAutoResponseTimestamp = (ws) => {
      const at = timestampOf(ws)
      return at === null ? null : new Date(clock.serverTimeOf(at.getTime()))
    }
  }

  countSockets(): number {
    return this.ctx.getWebSockets().filter((ws) => ws.readyState === WebSocket.OPEN).length
  }
}

// The runtime finds a Worker's entrance by this.
// oxlint-disable-next-line import/no-default-export
export default { fetch: app.fetch } satisfies ExportedHandler<Env>
