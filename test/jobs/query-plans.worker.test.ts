import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { leases } from '../../src/jobs/run-job.ts'
import { selectByAlternateId } from '../../src/store/channel-directory.ts'
import { findCommands, listAbandonedCommands, takeCommands } from '../../src/store/companion-commands.ts'
import { acquireLeases, releaseLeases } from '../../src/store/companion-leases.ts'
import { listWordlessSends, selectMissedChannels } from '../../src/store/companion-silence.ts'
import { openDatabase } from '../../src/store/database.ts'
import { claimJob, holdSends, selectNextSend, selectOverdueJobs } from '../../src/store/jobs.ts'
import { selectNewestInbound } from '../../src/store/messages.ts'
import { readOutgoing } from '../../src/store/outgoing.ts'

const db = openDatabase(env.DB)
const after = { dueAt: 1, tenantId: 'a', id: 'a' }

type Query = { toSQL: () => { sql: string; params: unknown[] } }

async function planOf(sql: string, params: unknown[]): Promise<string> {
  const { results } = await env.DB.prepare(`explain query plan ${sql}`)
    .bind(...params)
    .all<{ detail: string }>()
  return results.map((row) => row.detail).join('\n')
}

/** The statements of functions that run them at once. */
async function statementsOf(
  run: (db: ReturnType<typeof openDatabase>, d1: D1Database) => Promise<unknown>,
): Promise<string[]> {
  const plans: Promise<string>[] = []
  const spy = new Proxy(env.DB, {
    get(target, property) {
      if (property === 'prepare')
        return (sql: string) => {
          const statement = target.prepare(sql)
          return new Proxy(statement, {
            get: (_, name) => {
              if (name !== 'bind') return Reflect.get(statement, name) as unknown
              return (...params: unknown[]) => {
                plans.push(planOf(sql, params))
                return statement.bind(...params)
              }
            },
          })
        }
      const value = Reflect.get(target, property) as unknown
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  await run(openDatabase(spy), spy)
  return Promise.all(plans)
}

const clean = (plan: string) => plan.replaceAll(/SCAN (?:json_each|w VIRTUAL|CONSTANT)[^\n]*/g, '')

describe('what jobs ask of the database', () => {
  it.each<[string, Query, RegExp]>([
    [
      'the next reply of a conversation',
      selectNextSend(db, 't', 'c'),
      /jobs_conversation \(tenant_id=\? AND conversation_id=\?\)/,
    ],
    [
      'whatever is overdue',
      selectOverdueJobs(db, { dueBefore: 9, now: 9, after: null, limit: 10 }),
      /directory_jobs_open \(due_at<\?\)/,
    ],
    [
      'its next page',
      selectOverdueJobs(db, { dueBefore: 9, now: 9, after, limit: 10 }),
      /directory_jobs_open \(due_at>\? AND due_at<\?\)/,
    ],
    [
      "the customer's newest message",
      selectNewestInbound(db, 't', 'c', null),
      /messages_thread \(tenant_id=\? AND conversation_id=\?\)/,
    ],
    [
      'the newest up to a time',
      selectNewestInbound(db, 't', 'c', 9),
      /messages_thread \(tenant_id=\? AND conversation_id=\? AND created_at<\?\)/,
    ],
    [
      'whose second id it is',
      selectByAlternateId(db, 'instagram', ['a', 'b']),
      /directory_channel_alternates \(platform=\? AND alternate_external_id=\?\)/,
    ],
  ])('%s: goes by its index and scans no table', async (_, query, index) => {
    const { sql, params } = query.toSQL()
    const plan = await planOf(sql, params)
    expect(plan).toMatch(index)
    expect(clean(plan)).not.toMatch(/\bSCAN\b|TEMP B-TREE FOR ORDER/)
  })

  it('a claim, and all that is read for a reply: by their keys', async () => {
    const plans = [
      ...(await statementsOf((spied) => claimJob(spied, 't', 'j', { now: 1, leases }))),
      ...(await statementsOf((spied) => holdSends(spied, { tenantId: 't', channelId: 'c' }, 1))),
      ...(await statementsOf((spied) => readOutgoing(spied, 't', 'm'))),
    ]
    expect(plans.length).toBeGreaterThan(6)
    for (const plan of plans) expect(clean(plan)).not.toMatch(/\bSCAN\b/)
    const ofChannel = plans.filter((plan) =>
      plan.includes('jobs USING INDEX jobs_channel (tenant_id=? AND channel_id=?)'),
    )
    expect(ofChannel).toHaveLength(1)
    expect(plans[0]).toMatch(/SEARCH earlier USING (?:COVERING )?INDEX jobs_conversation/)
  })

  it("a companion's leases, commands and results, and what nobody pulls", async () => {
    const turn = { tenantId: 't', channelId: 'c', companionId: 'x', token: 1, after: 0, limit: 20, now: 1 }
    const accounts = [{ platform: 'telegram', externalId: '1' }]
    const wish = { tenantId: 't', companionId: 'x', accounts, now: 1, leaseMs: 1 }
    const plans = [
      ...(await statementsOf((spied, d1) => acquireLeases(spied, d1, wish))),
      ...(await statementsOf((spied, d1) => releaseLeases(spied, d1, wish))),
      ...(await statementsOf((spied) => takeCommands(spied, turn))),
      ...(await statementsOf((spied) => listAbandonedCommands(spied, turn))),
      ...(await statementsOf((spied) => findCommands(spied, { tenantId: 't', channelId: 'c', ids: ['a'] }))),
      ...(await statementsOf((spied) => listWordlessSends(spied, { tenantId: 't', id: 'c', dueBefore: 1, limit: 9 }))),
    ]
    expect(plans.length).toBeGreaterThan(8)
    for (const plan of plans) expect(clean(plan)).not.toMatch(/\bSCAN\b|TEMP B-TREE FOR ORDER/)
    expect(plans.filter((plan) => plan.includes('jobs_channel')).length).toBeGreaterThanOrEqual(4)
    const [missed = ''] = await statementsOf((_, d1) =>
      selectMissedChannels(d1, { expiredBefore: 1, dueBefore: 1, now: 1, limit: 9 }).all(),
    )
    expect(missed).toMatch(/directory_leases_expiry/)
    expect(missed).toMatch(/directory_jobs_open \(due_at<\?\)/)
    expect(missed.replaceAll(/SCAN missed/g, '')).not.toMatch(/\bSCAN\b/)
  })
})
