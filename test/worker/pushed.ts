import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { receive } from '../../src/hub/call-hub.ts'
import type { JobDeps } from '../../src/jobs/job-deps.ts'
import type { FollowerRun } from '../../src/jobs/follower-run.ts'
import { type PushLimits, runPush, usualLimits } from '../../src/jobs/push.ts'
import { loadConfig } from '../../src/lib/config.ts'
import { openDatabase } from '../../src/store/database.ts'
import { PushStatus } from '../../src/protocol/push.ts'
import { type TestUser, call } from './api.ts'
import {
  type PushService,
  type SubscribedBrowser,
  createPushService,
  newBrowser,
  pushPath,
  subscribe,
} from './browser.ts'
import { type NotifiedWorld, createNotifiedWorld } from './notified.ts'
import { rowsOf } from './tenant.ts'

export type PushedRow = {
  id: string
  attempts: number
  retry_at: number | null
  owed_seq: number | null
  last_success_at: number | null
}

/** A notified world with a browser of Anna's and one of Boris's, a push service, and a queue whose rings are counted. */
export type PushedWorld = NotifiedWorld & {
  phone: SubscribedBrowser
  laptop: SubscribedBrowser
  service: PushService
  rings: unknown[]
  clock: { now: number }
  deps: JobDeps
  run: (limits?: Partial<PushLimits>) => Promise<FollowerRun>
  /** Runs until nothing is left to do at once; gives how many runs it took. */
  runAll: (limits?: Partial<PushLimits>) => Promise<number>
  rows: () => Promise<PushedRow[]>
}

/** Puts a queue that only counts in place of the one that the tenant's hub rings. */
export async function countRings(tenantId: string): Promise<unknown[]> {
  const rings: unknown[] = []
  const FOLLOWERS = {
    sendBatch: async (messages: { body: unknown }[]) => {
      rings.push(...messages.map(({ body }) => body))
    },
  }
  await runInDurableObject(env.HUB.get(env.HUB.idFromName(`tenant:${tenantId}`)), (hub) => {
    const own = hub as unknown as { env: Env }
    own.env = { ...own.env, FOLLOWERS: FOLLOWERS as unknown as Queue }
  })
  return rings
}

export async function createPushedWorld(): Promise<PushedWorld> {
  const world = await createNotifiedWorld()
  const rings = await countRings(world.tenant.id)
  const [phone, laptop] = [await newBrowser(), await newBrowser('https://updates.push.services.mozilla.com/wpush/v2')]
  const service = createPushService(phone, laptop)
  const owners: [TestUser, SubscribedBrowser][] = [
    [world.anna, phone],
    [world.boris, laptop],
  ]
  for (const [{ token }, browser] of owners) await subscribe(token, browser)
  const clock = { now: Date.now() }
  const deps: JobDeps = {
    env,
    db: openDatabase(env.DB),
    config: loadConfig(env),
    fetch: service.fetch,
    now: () => Math.max(clock.now, Date.now()),
    receive: (tenantId, items) => receive(env, tenantId, items),
  }
  const run: PushedWorld['run'] = (limits = {}) => runPush(deps, world.tenant.id, { ...usualLimits, ...limits })
  return {
    ...world,
    ...{ phone, laptop, service, rings, clock, deps, run },
    async runAll(limits) {
      for (let runs = 1; runs < 100; runs++) if ((await run(limits)).kind !== 'more') return runs
      throw new Error('this never ends')
    },
    rows: () =>
      rowsOf<PushedRow>(
        `select id, attempts, retry_at, owed_seq, last_success_at from push_subscriptions
           where tenant_id = ?1 order by created_at`,
        world.tenant.id,
      ),
  }
}

/** Time passes, for jobs. */
export function later({ clock, deps }: PushedWorld, ms: number): void {
  clock.now = deps.now() + ms
}

export async function statusOf({ token }: TestUser): Promise<PushStatus> {
  return PushStatus.parse((await call(pushPath, { bearer: token })).json)
}

/** The conversations that a browser was pushed of, in order. */
export function conversationsOf({ service }: PushedWorld, browser: SubscribedBrowser): unknown[] {
  return service.of(browser).map(({ notification }) => notification['conversation_id'])
}
