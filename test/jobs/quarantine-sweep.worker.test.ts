import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { jobDepsOf, onSchedule } from '../../src/jobs/entrances.ts'
import { sweepQuarantine } from '../../src/jobs/quarantine-sweep.ts'
import { keepMail } from '../../src/mail/keep-mail.ts'
import { openDatabase } from '../../src/store/database.ts'
import { insertQuarantine, markReplayed, selectOldMails } from '../../src/store/quarantine.ts'
import { createChannel, freshNumber, operator, request } from '../worker/inbox.ts'
import { deliverMail, mailText, objectsOf, storedMails } from '../worker/mail.ts'
import { createTenant } from '../worker/tenant.ts'
import { bucketWith, withBucket } from './platform-setup.ts'

const dayMs = 86_400_000
const deps = jobDepsOf(env)
const db = openDatabase(env.DB)
const later = (days: number) => ({ ...deps, now: () => Date.now() + days * dayMs })
const freshAddress = () => `nobody${freshNumber()}@slovo.example`

type Kept = { tenantId: string; id: string; objectKey: string | null }

const rowOf = (address: string) =>
  env.DB.prepare(
    `select tenant_id as tenantId, id, object_key as objectKey from quarantine where body ->> '$.envelope_to' = ?1`,
  )
    .bind(address)
    .first<Kept>()

/** What is left of it: its row, and its object. */
async function leftOf({ tenantId, id, objectKey }: Kept): Promise<[row: boolean, object: boolean]> {
  const row = await env.DB.prepare('select 1 from quarantine where tenant_id = ?1 and id = ?2')
    .bind(tenantId, id)
    .first()
  return [row !== null, objectKey !== null && (await env.BUCKET.head(objectKey)) !== null]
}

async function deliverToNobody(address = freshAddress()): Promise<Kept> {
  await deliverMail(mailText({}), { to: address })
  const row = await rowOf(address)
  if (row === null) throw new Error('nothing was kept')
  return row
}

async function keepRefused(): Promise<Kept> {
  const tenantId = await createTenant()
  const to = freshAddress()
  const mail = { raw: new TextEncoder().encode(mailText({})), receivedAt: Date.now() }
  await keepMail(env, { tenantId, reason: 'item.refused', kept: { envelope_from: '', envelope_to: to }, ...mail })
  const kept = await rowOf(to)
  if (kept === null) throw new Error('nothing was kept')
  return kept
}

const replay = ({ id }: Kept) => request(`/api/v1/admin/quarantine/${id}/replay`, { method: 'POST', headers: operator })

describe('a mail to an address that is no mailbox', () => {
  it('is forgotten after thirty days, row and object', async () => {
    const kept = await deliverToNobody()
    await sweepQuarantine(later(29))
    expect(await leftOf(kept)).toEqual([true, true])
    await sweepQuarantine(later(31))
    expect(await leftOf(kept)).toEqual([false, false])
  })

  it('stays until its object could be removed', async () => {
    const kept = await deliverToNobody()
    const down = withBucket(bucketWith({ delete: () => Promise.reject(new Error('R2 is away')) }))
    await expect(sweepQuarantine({ ...later(31), ...down })).rejects.toThrow('R2 is away')
    expect(await leftOf(kept)).toEqual([true, true])
    await sweepQuarantine(later(31))
    expect(await leftOf(kept)).toEqual([false, false])
  })

  it('goes with however many others there are, look by look', async () => {
    await env.DB.prepare(
      `with recursive n (i) as (select 1 union all select i + 1 from n where i < 1200)
       insert into quarantine (tenant_id, id, platform, reason, body, object_key, received_at)
         select '', 'many-' || i, 'email', 'mailbox.unknown', '{}', 't/operator/quarantine/many-' || i, 1 from n`,
    ).run()
    expect(await sweepQuarantine(deps)).toBe(1_200)
    expect(await sweepQuarantine(deps)).toBe(0)
  })

  it('is looked for every hour', async () => {
    const kept = await deliverToNobody()
    await env.DB.prepare('update quarantine set received_at = received_at - ?1 where id = ?2')
      .bind(31 * dayMs, kept.id)
      .run()
    await onSchedule({ cron: '17 * * * *', scheduledTime: Date.now() } as ScheduledController, env)
    expect(await leftOf(kept)).toEqual([false, false])
  })
})

describe('a mail that was replayed', () => {
  it('is forgotten here, and stays the message that it has become', async () => {
    const tenantId = await createTenant()
    const to = freshAddress()
    const kept = await deliverToNobody(to)
    await createChannel(tenantId, 'email', { externalId: to })
    expect((await replay(kept)).body).toMatchObject({ outcome: 'stored' })
    await sweepQuarantine(later(29))
    expect(await leftOf(kept)).toEqual([true, true])
    await sweepQuarantine(later(31))
    expect(await leftOf(kept)).toEqual([false, false])
    expect([(await storedMails(tenantId)).length, (await objectsOf(tenantId)).length]).toEqual([1, 1])
  })

  it('is forgotten also where it was refused for another reason', async () => {
    const kept = await keepRefused()
    await markReplayed(db, kept, { at: Date.now(), outcome: 'stored' })
    await sweepQuarantine(later(31))
    expect(await leftOf(kept)).toEqual([false, false])
  })
})

describe('everything else in quarantine', () => {
  it('stays for ever: a mail that was refused', async () => {
    const kept = await keepRefused()
    await sweepQuarantine(later(4_000))
    expect(await leftOf(kept)).toEqual([true, true])
  })

  it.each([
    ['a delivery to no channel, replayed or not', 'whatsapp', 'channel.unknown', 't/operator/quarantine/large'],
    ['a job that was given up, replayed or not', 'email', 'job.dead', null],
  ] as const)('stays for ever: %s', async (_, platform, reason, objectKey) => {
    const receivedAt = Date.now()
    const of = { tenantId: '', platform, metaAppId: null, reason, body: '{}', objectKey, receivedAt }
    const rows = [crypto.randomUUID(), crypto.randomUUID()].map((id) => ({ ...of, id }))
    if (objectKey !== null) await env.BUCKET.put(objectKey, 'x')
    await insertQuarantine(db, rows)
    const [first] = rows
    if (first !== undefined) await markReplayed(db, first, { at: receivedAt, outcome: 'stored' })
    await sweepQuarantine(later(4_000))
    for (const row of rows) expect(await leftOf(row)).toEqual([true, objectKey !== null])
  })
})

it('what is to be forgotten is found by its index', async () => {
  const { sql, params } = selectOldMails(db, { before: 9, limit: 9 }).toSQL()
  const plan = await env.DB.prepare(`explain query plan ${sql}`)
    .bind(...params)
    .all<{ detail: string }>()
  expect(plan.results.map(({ detail }) => detail)).toEqual([
    expect.stringMatching(/^SEARCH quarantine USING INDEX directory_quarantine_mails \(received_at<\?\)/),
  ])
})
