import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { onQueue, onSchedule } from '../../src/jobs/entrances.ts'
import { handleDeadJobs, handleJobs } from '../../src/jobs/queue.ts'
import { leases } from '../../src/jobs/run-job.ts'
import { openDatabase } from '../../src/store/database.ts'
import { claimJob, markSending, postponeJob, recordResult } from '../../src/store/jobs.ts'
import { type Answer, operator, request } from '../worker/inbox.ts'
import { type OutboxWorld, batchOf, createOutboxWorld, live, messageOf, repliesOf } from '../worker/outbox.ts'
import { rowsOf } from '../worker/tenant.ts'

afterEach(() => {
  vi.unstubAllGlobals()
})

const db = openDatabase(env.DB)
const error = { code: 'x', title: 'X', details: null }

async function onlyJob(world: OutboxWorld) {
  const [job] = await world.jobs()
  if (job === undefined) throw new Error('no job')
  return job
}

const bellOf = async (world: OutboxWorld) => {
  const { tenantId, id } = await onlyJob(world)
  return { v: 1, tenant_id: tenantId, job_id: id }
}

describe('a job', () => {
  it('is claimed by one of a hundred at the same time', async () => {
    const world = await createOutboxWorld()
    await world.reply()
    const { tenantId, id } = await onlyJob(world)
    const claims = await Promise.all(
      Array.from({ length: 100 }, () => claimJob(db, tenantId, id, { now: world.clock.now, leases })),
    )
    const kinds = claims.map(({ kind }) => kind).sort()
    expect([kinds.filter((kind) => kind === 'claimed').length, kinds.filter((kind) => kind === 'busy').length]).toEqual(
      [1, 99],
    )
  })

  it('says how long to wait before it is due, and while somebody has it', async () => {
    const world = await createOutboxWorld()
    await world.reply({ at: world.clock.now })
    const { tenantId, id } = await onlyJob(world)
    const now = world.clock.now
    expect(await claimJob(db, tenantId, id, { now: now - 5, leases })).toEqual({ kind: 'not_due', waitMs: 5 })
    expect(await claimJob(db, tenantId, id, { now, leases })).toMatchObject({ kind: 'claimed', job: { attempts: 1 } })
    expect(await claimJob(db, tenantId, id, { now: now + 1, leases })).toEqual({
      kind: 'busy',
      waitMs: leases.send - 1,
    })
    const later = now + leases.send
    expect(await claimJob(db, tenantId, id, { now: later, leases })).toMatchObject({
      kind: 'claimed',
      job: { attempts: 2 },
    })
  })

  it('that was lost to another claim cannot be written any more', async () => {
    const world = await createOutboxWorld()
    await world.reply()
    const { tenantId, id } = await onlyJob(world)
    const now = world.clock.now
    const first = await claimJob(db, tenantId, id, { now, leases })
    const second = await claimJob(db, tenantId, id, { now: now + leases.send, leases })
    if (first.kind !== 'claimed' || second.kind !== 'claimed') throw new Error('not claimed')
    expect(await markSending(db, first.job, { now, leaseMs: 1 })).toBe(false)
    expect(await postponeJob(db, first.job, { dueAt: now, error })).toBe(false)
    expect(await recordResult(db, first.job, { kind: 'sent', externalId: 'x' }, now)).toBe(false)
    expect(await markSending(db, second.job, { now, leaseMs: 1 })).toBe(true)
    expect(await markSending(db, second.job, { now, leaseMs: 1 })).toBe(false)
  })

  it('with an answer written down is never made due again', async () => {
    const world = await createOutboxWorld()
    await world.reply()
    const { tenantId, id } = await onlyJob(world)
    const claim = await claimJob(db, tenantId, id, { now: world.clock.now, leases })
    if (claim.kind !== 'claimed') throw new Error('not claimed')
    expect(await recordResult(db, claim.job, { kind: 'sent', externalId: 'wamid.9' }, world.clock.now)).toBe(true)
    expect(await postponeJob(db, claim.job, { dueAt: 0, error })).toBe(false)
    await world.consume()
    expect(world.graph.calls).toHaveLength(0)
    expect(await repliesOf(world)).toMatchObject([{ status: 'sent', external_id: 'wamid.9' }])
  })

  it('of another tenant is not found', async () => {
    const world = await createOutboxWorld()
    await world.reply()
    const { id } = await onlyJob(world)
    expect(await claimJob(db, crypto.randomUUID(), id, { now: world.clock.now, leases })).toEqual({ kind: 'ended' })
  })
})

describe('a batch of the queue', () => {
  it('is taken message by message: what cannot be read is dropped, what fails is rung again, the rest is done', async () => {
    const world = await createOutboxWorld()
    await world.reply()
    const good = messageOf({ body: await bellOf(world), attempts: 0 })
    const strange = [null, 'x', {}, { v: 2, tenant_id: world.tenantId, job_id: world.tenantId }, { v: 1 }].map((body) =>
      messageOf({ body, attempts: 0 }),
    )
    const unknown = messageOf({ body: { v: 1, tenant_id: world.tenantId, job_id: crypto.randomUUID() }, attempts: 0 })
    await handleJobs(batchOf([...strange, unknown, good]), world.depsOf(live()))
    expect([...strange, unknown, good].map(({ outcome }) => outcome.kind)).toEqual(Array(7).fill('ack'))
    expect(world.graph.sent).toHaveLength(1)
  })

  it('never throws, and comes back more and more slowly while the database is away', async () => {
    const world = await createOutboxWorld()
    await world.reply()
    const body = await bellOf(world)
    const delays: unknown[] = []
    for (let attempts = 0; attempts < 12; attempts++) {
      const message = messageOf({ body, attempts })
      await handleJobs(batchOf([message]), world.depsOf(live(() => 'before')))
      delays.push(message.outcome.kind === 'retry' ? message.outcome.delaySeconds : message.outcome)
    }
    expect(delays).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600, 600, 600, 600])
    expect(await onlyJob(world)).toMatchObject({ state: 'due', attempts: 0 })
  })

  it('leaves what has to wait for long to the sweep', async () => {
    const world = await createOutboxWorld()
    world.graph.limit({ code: 80_007, minutes: 5 })
    await world.reply()
    const message = messageOf({ body: await bellOf(world), attempts: 0 })
    await handleJobs(batchOf([message]), world.depsOf(live()))
    expect(message.outcome).toEqual({ kind: 'ack' })
    world.graph.limit({ code: 130_429 })
    const other = await createOutboxWorld()
    other.graph.limit({ code: 130_429 })
    await other.reply()
    const soon = messageOf({ body: await bellOf(other), attempts: 0 })
    await handleJobs(batchOf([soon]), other.depsOf(live()))
    expect(soon.outcome).toEqual({ kind: 'retry', delaySeconds: 10 })
    // A message that waited often must not be taken for dead.
    const tired = messageOf({ body: await bellOf(other), attempts: 15 })
    await handleJobs(batchOf([tired]), other.depsOf(live()))
    expect(tired.outcome).toEqual({ kind: 'ack' })
  })
})

type Row = { id: string; reason: string; body: string; platform: string; replay_outcome: string | null }
const quarantineOf = ({ tenantId }: OutboxWorld) =>
  rowsOf<Row>('select * from quarantine where tenant_id = ?1', tenantId)
const replay = ({ tenantId }: OutboxWorld, id: string): Promise<Answer> =>
  request(`/api/v1/admin/tenants/${tenantId}/quarantine/${id}/replay`, { method: 'POST', headers: operator })

async function bury(world: OutboxWorld): Promise<void> {
  const message = messageOf({ body: await bellOf(world), attempts: 20 })
  await handleDeadJobs(batchOf([message], 'edge-inbox-jobs-dead'), world.depsOf(live()))
  expect(message.outcome).toEqual({ kind: 'ack' })
}

describe('a job that the queue gave up', () => {
  it('fails visibly, is kept for the operator once, and begins again when they say so', async () => {
    const world = await createOutboxWorld()
    // The replay goes through the real hub, which rings the real queue.
    vi.stubGlobal('fetch', world.graph.fetch)
    const { messageId } = await world.reply()
    await bury(world)
    await bury(world)
    expect(await repliesOf(world)).toMatchObject([{ status: 'failed' }])
    expect(await onlyJob(world)).toMatchObject({ state: 'failed' })
    const kept = await quarantineOf(world)
    expect(kept).toMatchObject([{ reason: 'job.dead', platform: 'whatsapp', replay_outcome: null }])
    expect(JSON.parse(kept[0]?.body ?? '{}')).toMatchObject({ job: { kind: 'send', messageId } })
    expect((await replay(world, kept[0]?.id ?? '')).body).toEqual({ outcome: 'stored', received: 1 })
    expect((await replay(world, kept[0]?.id ?? '')).body).toEqual({ outcome: 'stored', received: 1 })
    expect(await quarantineOf(world)).toMatchObject([{ replay_outcome: 'stored' }])
    expect(await world.jobs()).toHaveLength(2)
    const [, again] = await world.jobs()
    world.bells.push({ body: { v: 1, tenant_id: world.tenantId, job_id: again?.id }, dueAt: 0, attempts: 0 })
    await world.settle()
    expect(await repliesOf(world)).toMatchObject([{ id: messageId, status: 'sent' }])
    expect(world.graph.sent).toHaveLength(1)
  })

  it('while its request was on the way is unknown, not failed', async () => {
    const world = await createOutboxWorld()
    await world.reply()
    const { tenantId, id } = await onlyJob(world)
    const claim = await claimJob(db, tenantId, id, { now: world.clock.now, leases })
    if (claim.kind === 'claimed') await markSending(db, claim.job, { now: world.clock.now, leaseMs: 10 })
    world.clock.now += 10
    await bury(world)
    expect(await repliesOf(world)).toMatchObject([{ status: 'unknown' }])
    expect(await quarantineOf(world)).toHaveLength(1)
  })

  it('is left alone when somebody works on it, when it waits, and when it has ended', async () => {
    const world = await createOutboxWorld()
    await world.reply()
    const { tenantId, id } = await onlyJob(world)
    const claim = await claimJob(db, tenantId, id, { now: world.clock.now, leases })
    await bury(world)
    expect(await onlyJob(world)).toMatchObject({ state: 'running' })
    if (claim.kind === 'claimed') await postponeJob(db, claim.job, { dueAt: world.clock.now + 1, error })
    await bury(world)
    expect(await onlyJob(world)).toMatchObject({ state: 'due' })
    await world.settle()
    await bury(world)
    expect(await repliesOf(world)).toMatchObject([{ status: 'sent' }])
    expect(await quarantineOf(world)).toEqual([])
  })

  it('for a file leaves it failed, and the file waits again when the operator says so', async () => {
    const world = await createOutboxWorld()
    const { id: channelId } = world.channel
    await world.receive([
      {
        channel: { id: channelId, platform: 'whatsapp' },
        item: {
          kind: 'message',
          externalId: 'wamid.with-a-file',
          contact: { aliases: [{ kind: 'phone', value: world.customer }] },
          direction: 'inbound',
          type: 'image',
          content: '',
          at: world.clock.now,
          attachments: [{ type: 'image', source: { mediaId: '77' } }],
        },
      },
    ])
    const files = () =>
      rowsOf<{ state: string; error: string | null }>('select * from attachments where tenant_id = ?1', world.tenantId)
    await bury(world)
    expect(await files()).toMatchObject([{ state: 'failed', error: expect.stringContaining('job.dead') }])
    expect(await onlyJob(world)).toMatchObject({ kind: 'media', state: 'failed' })
    const [kept] = await quarantineOf(world)
    // What the file waits for now is another job; that this one is taken by the real queue is of no concern here.
    expect((await replay(world, kept?.id ?? '')).body).toEqual({ outcome: 'stored', received: 1 })
    expect(await world.jobs()).toHaveLength(2)
    expect((await files())[0]?.state).not.toBe('failed')
  })

  it('for a name only ends, and begins again when the operator says so', async () => {
    const world = await createOutboxWorld()
    await env.DB.prepare(
      `insert into jobs (tenant_id, id, kind, channel_id, conversation_id, message_id, subject_id, state, attempts, due_at, seq, created_at)
       values (?1, ?2, 'profile', ?3, ?4, 'm', 'nobody', 'due', 3, 5, 1, 0)`,
    )
      .bind(world.tenantId, crypto.randomUUID(), world.channel.id, world.conversationId)
      .run()
    await bury(world)
    expect(await onlyJob(world)).toMatchObject({ state: 'failed', lastError: { code: 'job.dead' } })
    const [kept] = await quarantineOf(world)
    expect((await replay(world, kept?.id ?? '')).body).toEqual({ outcome: 'stored', received: 1 })
    expect((await onlyJob(world)).dueAt).toBeGreaterThan(5)
  })

  it('of which nothing is left cannot be replayed', async () => {
    const world = await createOutboxWorld()
    await world.reply()
    await bury(world)
    const [kept] = await quarantineOf(world)
    await env.DB.prepare('delete from jobs where tenant_id = ?1').bind(world.tenantId).run()
    const refused = { outcome: 'still_refused', received: 1, reason: 'job.not_found' }
    expect((await replay(world, kept?.id ?? '')).body).toEqual(refused)
    await env.DB.prepare(`update quarantine set body = '{"job":5}' where tenant_id = ?1`).bind(world.tenantId).run()
    expect((await replay(world, kept?.id ?? '')).body).toEqual({ ...refused, reason: 'job.malformed' })
  })

  it('comes back while the database is away', async () => {
    const world = await createOutboxWorld()
    await world.reply()
    const message = messageOf({ body: await bellOf(world), attempts: 0 })
    await handleDeadJobs(batchOf([message], 'edge-inbox-jobs-dead'), world.depsOf(live(() => 'before')))
    expect(message.outcome).toEqual({ kind: 'retry', delaySeconds: 60 })
  })
})

describe('the entrances', () => {
  it('tell the queue of the dead by its name', async () => {
    const world = await createOutboxWorld()
    world.clock.now = 0
    await world.reply({ at: 0 })
    await onQueue(batchOf([messageOf({ body: await bellOf(world), attempts: 0 })], 'edge-inbox-staging-jobs-dead'), env)
    expect(await onlyJob(world)).toMatchObject({ state: 'failed' })
  })

  it('sweep every minute: each job that waits is rung, page after page', async () => {
    const world = await createOutboxWorld()
    const { conversationId, tenantId } = world
    const { channelId } = { channelId: world.channel.id }
    const insert = env.DB.prepare(
      `insert into jobs (tenant_id, id, kind, channel_id, conversation_id, message_id, subject_id, state, attempts, due_at, seq, created_at)
       select ?1, lower(hex(randomblob(4)) || '-0000-4000-8000-' || hex(randomblob(6))), 'profile', ?2, ?3, 'm', 's', 'due', 0, 1000 + value, 1, 0
       from json_each(?4)`,
    )
    await insert
      .bind(tenantId, channelId, conversationId, JSON.stringify(Array.from({ length: 250 }, (_, at) => at % 7)))
      .run()
    await world.sweep()
    const rung = world.bells.map(({ body }) => (body as { job_id: string }).job_id)
    const own = new Set((await world.jobs()).map(({ id }) => id))
    expect(rung.filter((id) => own.has(id))).toHaveLength(250)
    expect(new Set(rung).size).toBe(rung.length)
    await env.DB.prepare('delete from jobs where tenant_id = ?1').bind(tenantId).run()
  })

  it('take the times of wrangler.toml', async () => {
    const controller = (cron: string) =>
      ({ cron, scheduledTime: 0, type: 'scheduled', noRetry: () => undefined }) as const
    await onSchedule(controller('* * * * *'), env)
    await onSchedule(controller('17 * * * *'), env)
  })
})
