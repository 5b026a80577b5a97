import { attentionOf } from '../hub/call-hub.ts'
import { factsOf } from '../notifications/facts-of-event.ts'
import { viewOf } from '../notifications/notification-of.ts'
import { reachOf } from '../notifications/reach.ts'
import { settingsOf } from '../notifications/settings.ts'
import type { NotificationReach } from '../protocol/notifications.ts'
import { openDatabase } from '../store/database.ts'
import { readEventsAfter } from '../store/journal.ts'
import { readSettings } from '../store/notifications.ts'
import { readTested } from '../store/push-runs.ts'

/** How long push services get to answer, and how often we look, in ms. */
const patienceMs = 8_000
const lookEveryMs = 250

type Told = { tenantId: string; userIds: string[]; seq: number }

/** What became of a test that was just written, for each of these users: sockets are those that have got it. */
export async function reached(env: Env, told: Told): Promise<NotificationReach[]> {
  const { tenantId, userIds, seq } = told
  const db = openDatabase(env.DB)
  const [{ events }, settings, attention] = await Promise.all([
    readEventsAfter(db, tenantId, seq - 1, 1),
    readSettings(db, tenantId, userIds),
    attentionOf(env, tenantId, userIds, seq),
  ])
  const [line] = events
  const facts = line === undefined ? null : factsOf(line)
  if (facts === null) throw new Error('The line of a test is not there')
  const now = Date.now()
  const views = attention.flatMap(({ userId, sockets, focus }) => {
    const viewer = { userId, settings: settingsOf(settings.get(userId) ?? null) }
    const view = viewOf(facts, viewer, { now, focus: new Set(focus) })
    return view === null ? [] : [{ userId, sockets, decision: view.decision }]
  })
  const pushed = views.filter(({ decision }) => decision.media.includes('web_push')).map(({ userId }) => userId)
  const browsersOf = await awaitPushes(env, { ...told, userIds: pushed })
  return views.map(({ userId, sockets, decision }) => {
    const browsers = browsersOf.get(userId) ?? []
    const pushes = browsers.filter((tested) => tested >= seq).length
    return reachOf(userId, decision, { sockets, pushes, browsers: browsers.length })
  })
}

/** The newest test that each browser of a user was sent, once this one was pushed, or nobody waits for it any more. */
async function awaitPushes(env: Env, { tenantId, userIds, seq }: Told): Promise<ReadonlyMap<string, number[]>> {
  const until = Date.now() + patienceMs
  for (;;) {
    const { seq: pushedSeq, browsers } = await readTested(env.DB, tenantId, userIds)
    const isOver = pushedSeq >= seq || browsers.every(({ testedSeq }) => (testedSeq ?? 0) >= seq)
    if (isOver || Date.now() >= until) return byUser(browsers)
    await scheduler.wait(lookEveryMs)
  }
}

function byUser(browsers: readonly { userId: string; testedSeq: number | null }[]): Map<string, number[]> {
  const tested = new Map<string, number[]>()
  for (const { userId, testedSeq } of browsers) tested.set(userId, [...(tested.get(userId) ?? []), testedSeq ?? 0])
  return tested
}
