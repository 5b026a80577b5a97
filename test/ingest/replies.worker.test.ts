import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ingest } from '../../src/ingest/ingest.ts'
import type { IngestItem } from '../../src/ingest/items.ts'
import { createMemory } from '../../src/ingest/memory.ts'
import { openDatabase } from '../../src/store/database.ts'
import * as table from '../../src/store/schema.ts'
import { countOf, createTenant, failingDatabase, rowsOf } from '../worker/tenant.ts'
import { message, onChannel, send } from './builders.ts'
import { apply, contextOf, now } from './model.ts'
import { aHistory, inBatches } from './reply-world.ts'

const db = openDatabase(env.DB)

async function beginJobs(tenantId: string): Promise<void> {
  await env.DB.prepare(
    `update jobs set state = 'sending', attempts = attempts + 1 where tenant_id = ?1 and state = 'due' and kind = 'send'`,
  )
    .bind(tenantId)
    .run()
}

async function startTenant(tenantId: string): Promise<void> {
  await env.DB.prepare(`insert into journal_heads (tenant_id, seq, epoch, revision) values (?1, 0, 'e', 0)`)
    .bind(tenantId)
    .run()
}

const byId = <Row extends object>(rows: readonly Row[], idOf: (row: Row) => string): Row[] =>
  [...rows].sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1))

describe('the rows of replies', () => {
  it.each([
    ['read for every batch', false],
    ['kept from one batch to the next', true],
  ])('are those that a plan on the whole database makes: %s', async (_, hasMemory) => {
    for (const { begun, shuffled, cuts } of fc.sample(aHistory, { numRuns: 25, seed: hasMemory ? 1 : 2 })) {
      const { tenantId } = begun
      await startTenant(tenantId)
      const memory = createMemory()
      const store = (items: IngestItem[]) =>
        ingest(env.DB, items, { ...contextOf(tenantId), memory: hasMemory ? memory : createMemory() })
      await store(begun.hello)
      await store(begun.sends)
      await beginJobs(tenantId)
      let { model } = begun
      for (const batch of inBatches(shuffled, cuts)) {
        const planned = apply(model, batch)
        const stored = await store(batch)
        expect(stored.results).toEqual(planned.results)
        expect(stored.events.map((event) => event.data)).toEqual(
          planned.model.events.slice(model.events.length).map((event) => event.data),
        )
        model = planned.model
      }
      const [messages, jobs, parked, conversations, contacts] = await Promise.all([
        db.select().from(table.messages).where(eq(table.messages.tenantId, tenantId)),
        db.select().from(table.jobs).where(eq(table.jobs.tenantId, tenantId)),
        db.select().from(table.parkedItems).where(eq(table.parkedItems.tenantId, tenantId)),
        db.select().from(table.conversations).where(eq(table.conversations.tenantId, tenantId)),
        db.select().from(table.contacts).where(eq(table.contacts.tenantId, tenantId)),
      ])
      const { tables } = model
      expect(byId(messages, (row) => row.id)).toEqual(byId(tables.messages, (row) => row.id))
      expect(byId(jobs, (row) => row.id)).toEqual(byId(tables.jobs, (row) => row.id))
      expect(byId(parked, (row) => `${row.targetExternalId} ${row.key}`)).toEqual(
        byId(tables.parked, (row) => `${row.targetExternalId} ${row.key}`),
      )
      expect(conversations).toEqual(tables.conversations)
      expect(contacts).toEqual(tables.contacts)
    }
  })
})

/** A conversation with one message; `run` stores through a memory of its own, `elsewhere` without. */
async function begun() {
  const tenantId = await createTenant()
  const memory = createMemory()
  let batches = 0
  const counting = failingDatabase(env.DB, () => {
    batches += 1
    return null
  })
  const elsewhere = (...items: IngestItem[]) => ingest(env.DB, items, contextOf(tenantId))
  const remembering = (...items: IngestItem[]) => ingest(counting, items, { ...contextOf(tenantId), memory })
  const file = { type: 'image' as const, source: { mediaId: '1' } }
  const inbound = message({ externalId: 'hello', attachments: [file] })
  const { results } = await remembering(...onChannel(inbound))
  const conversationId = results[0]?.conversationId ?? ''
  batches = 0
  return { tenantId, conversationId, remembering, elsewhere, contact: inbound.contact, batches: () => batches }
}

const jobsOf = (tenantId: string) => db.select().from(table.jobs).where(eq(table.jobs.tenantId, tenantId))

describe('storing a reply', () => {
  it('makes one message, one event and one job of fifty at once', async () => {
    const { tenantId, conversationId, elsewhere } = await begun()
    const item = send({ conversationId, clientMessageId: 'same' })
    const outcomes = await Promise.allSettled(Array.from({ length: 50 }, () => elsewhere({ item })))
    const again = await elsewhere({ item })
    const results = [
      ...outcomes.flatMap((one) => (one.status === 'fulfilled' ? one.value.results : [])),
      ...again.results,
    ]
    expect(results.filter(({ outcome }) => outcome === 'stored')).toHaveLength(1)
    expect(new Set(results.map(({ messageId, seq }) => `${messageId} ${seq}`)).size).toBe(1)
    expect(await countOf('messages', tenantId)).toBe(2)
    expect((await jobsOf(tenantId)).filter((job) => job.kind === 'send')).toHaveLength(1)
  })

  it('costs one call where the conversation is remembered, and says duplicate only after a look', async () => {
    const { conversationId, remembering, batches } = await begun()
    const first = await remembering({ item: send({ conversationId, clientMessageId: '1' }) })
    expect(first.jobs).toMatchObject([{ kind: 'send' }])
    expect(batches()).toBe(1)
    const again = await remembering({ item: send({ conversationId, clientMessageId: '1' }) })
    expect(again.results[0]).toEqual({ ...first.results[0], outcome: 'duplicate' })
    expect(again.jobs).toEqual([])
    expect(batches()).toBe(2)
  })

  it('does not queue again what another writer has stored and sent meanwhile', async () => {
    const { tenantId, conversationId, remembering, elsewhere } = await begun()
    const item = send({ conversationId, clientMessageId: '1' })
    const sent = await elsewhere({ item })
    const messageId = sent.results[0]?.messageId ?? ''
    const jobId = sent.jobs[0]?.id ?? ''
    const outcome = { kind: 'sent', externalId: 'x' } as const
    await elsewhere({ item: { kind: 'delivery', conversationId, messageId, jobId, at: now, outcome } })
    // This memory has the newest revision again, but not the reply.
    await remembering(...onChannel(message({ externalId: 'other' })))
    await remembering(...onChannel(message({ externalId: 'third' })))
    expect((await remembering({ item })).results[0]).toMatchObject({ outcome: 'duplicate', messageId })
    const rows = await rowsOf(`select status from messages where tenant_id = ?1 and client_message_id = '1'`, tenantId)
    expect(rows).toEqual([{ status: 'sent' }])
  })

  it('leaves neither message nor job behind when the batch fails', async () => {
    const { tenantId, conversationId } = await begun()
    const failing = failingDatabase(env.DB, (batch) => (batch === 2 ? 'before' : null))
    const item = send({ conversationId, clientMessageId: '1' })
    await expect(ingest(failing, [{ item }], contextOf(tenantId))).rejects.toThrow()
    expect(await countOf('messages', tenantId)).toBe(1)
    expect((await jobsOf(tenantId)).filter((job) => job.kind === 'send')).toEqual([])
  })

  it('leaves its work to the sweep when the answer to the commit was lost', async () => {
    const { tenantId, conversationId } = await begun()
    const losesAnswer = failingDatabase(env.DB, (batch) => (batch === 2 ? 'after' : null))
    const item = send({ conversationId, clientMessageId: '1' })
    await expect(ingest(losesAnswer, [{ item }], contextOf(tenantId))).rejects.toThrow()
    const again = await ingest(env.DB, [{ item }], contextOf(tenantId))
    expect(again).toMatchObject({ results: [{ outcome: 'duplicate' }], jobs: [] })
    expect((await jobsOf(tenantId)).filter((job) => job.kind === 'send')).toMatchObject([{ state: 'due' }])
  })
})

describe('the work on a message', () => {
  it('is tried again once by eight who ask at once', async () => {
    const { tenantId, conversationId, elsewhere } = await begun()
    const sent = await elsewhere({ item: send({ conversationId, clientMessageId: '1' }) })
    const of = { conversationId, messageId: sent.results[0]?.messageId ?? '', at: now }
    const outcome = { kind: 'unknown', error: { code: '1', title: 'No', details: null } } as const
    await elsewhere({ item: { kind: 'delivery', ...of, jobId: sent.jobs[0]?.id ?? '', outcome } })
    const retries = await Promise.allSettled(
      Array.from({ length: 8 }, () => elsewhere({ item: { kind: 'retry', ...of } })),
    )
    const results = retries.flatMap((one) => (one.status === 'fulfilled' ? one.value.results : []))
    expect(results.filter((result) => result.outcome === 'applied')).toHaveLength(1)
    const sends = (await jobsOf(tenantId)).filter((job) => job.kind === 'send')
    expect(sends.map((job) => job.state).sort()).toEqual(['due', 'failed'])
  })

  it('is ended only while it is open, and never moved back', async () => {
    const { tenantId, conversationId, elsewhere } = await begun()
    const sent = await elsewhere({ item: send({ conversationId, clientMessageId: '1' }) })
    const [messageId, jobId] = [sent.results[0]?.messageId ?? '', sent.jobs[0]?.id ?? '']
    // The outbox takes the job between this batch's look and its commit.
    const claiming = failingDatabase(env.DB, () => null)
    let batches = 0
    const racing = new Proxy(claiming, {
      get(target, property) {
        if (property !== 'batch') return Reflect.get(target, property) as unknown
        return async (statements: D1PreparedStatement[]) => {
          batches += 1
          if (batches === 2) await beginJobs(tenantId)
          return target.batch(statements)
        }
      },
    })
    // What is said elsewhere makes it look at the replies that are on their way.
    const echo = message({ externalId: 'other', direction: 'outbound', content: 'something else', echo: {} })
    await ingest(racing, onChannel(echo), contextOf(tenantId))
    expect((await jobsOf(tenantId)).find((job) => job.id === jobId)).toMatchObject({ state: 'sending', attempts: 1 })
    const outcome = { kind: 'sent', externalId: 'x' } as const
    await elsewhere({ item: { kind: 'delivery', conversationId, messageId, jobId, at: now, outcome } })
    expect((await jobsOf(tenantId)).find((job) => job.id === jobId)).toMatchObject({ state: 'done', attempts: 1 })
  })

  it('ends when the message is taken back, though nothing but the message is remembered', async () => {
    const { tenantId, remembering, batches } = await begun()
    await env.DB.prepare(`update jobs set result = '{"secret":1}' where tenant_id = ?1`).bind(tenantId).run()
    await remembering(...onChannel({ kind: 'deletion', at: now, targetExternalId: 'hello' }))
    expect(batches()).toBe(1)
    expect(await jobsOf(tenantId)).toMatchObject([{ kind: 'media', state: 'failed', result: null }])
  })
})

it('a row that a mark only passed by is not taken for the whole message later', async () => {
  const { tenantId, conversationId, remembering, elsewhere, contact } = await begun()
  const file = { type: 'image', objectKey: 't/x/y', mimeType: 'image/png', filename: 'a.png', size: 3 } as const
  const sent = await elsewhere({ item: send({ conversationId, clientMessageId: '1', files: [file] }) })
  const of = { conversationId, messageId: sent.results[0]?.messageId ?? '', at: now }
  const outcome = { kind: 'sent', externalId: 'x' } as const
  await elsewhere({ item: { kind: 'delivery', ...of, jobId: sent.jobs[0]?.id ?? '', outcome } })
  await remembering(...onChannel({ kind: 'watermark', at: now, contact, status: 'delivered', upTo: now }))
  const heart = { kind: 'reaction', at: now, targetExternalId: 'x', by: 'customer', emoji: '❤️' } as const
  const { events } = await remembering(...onChannel(heart))
  expect(JSON.parse(events[0]?.data ?? '{}')).toMatchObject({
    message: { status: 'delivered', attachments: [{ filename: 'a.png' }], reactions: [{ emoji: '❤️' }] },
  })
  expect(await countOf('attachments', tenantId)).toBe(2)
})

it('what comes last in a long conversation shows, when the last message turns out to be a double', async () => {
  const { tenantId, conversationId, elsewhere, contact } = await begun()
  const longAgo = Array.from({ length: 40 }, (_, n) =>
    message({ externalId: `old ${n}`, at: now - 90_000_000 + n, contact }),
  )
  await elsewhere(...onChannel(...longAgo))
  const sent = await elsewhere({ item: send({ conversationId, clientMessageId: '1', at: now - 30_000 }) })
  const inbound = message({ externalId: 'between', content: 'between', at: now - 20_000, contact })
  const unlike = { content: 'another form of it', direction: 'outbound' as const, echo: {} }
  await elsewhere(...onChannel(inbound, message({ externalId: 'x', at: now - 10_000, contact, ...unlike })))
  const of = { conversationId, messageId: sent.results[0]?.messageId ?? '', jobId: sent.jobs[0]?.id ?? '', at: now }
  await elsewhere({ item: { kind: 'delivery', ...of, outcome: { kind: 'sent', externalId: 'x' } } })
  const rows = await rowsOf(
    `select last_message_preview as preview, last_message_at as at, unread_count as unread from conversations
     where tenant_id = ?1`,
    tenantId,
  )
  expect(rows).toEqual([{ preview: 'between', at: now - 20_000, unread: 42 }])
})

it('an external id changes hands inside one batch', async () => {
  const { tenantId, conversationId, elsewhere, contact } = await begun()
  const replies = ['1', '2'].map((clientMessageId) => ({
    item: send({ conversationId, clientMessageId, content: 'same', at: now - 10_000 + Number(clientMessageId) }),
  }))
  const sent = await elsewhere(...replies)
  await beginJobs(tenantId)
  const echo = (externalId: string) =>
    message({ externalId, direction: 'outbound', contact, content: 'same', echo: {}, at: now })
  await elsewhere(...onChannel(echo('b'), echo('a')))
  const answers = ['a', 'b'].map((externalId, n): IngestItem => {
    const of = { messageId: sent.results[n]?.messageId ?? '', jobId: sent.jobs[n]?.id ?? '', at: now }
    return { item: { kind: 'delivery', conversationId, ...of, outcome: { kind: 'sent', externalId } } }
  })
  await elsewhere(...answers)
  const rows = await rowsOf(
    `select client_message_id as client, external_id as external from messages
     where tenant_id = ?1 and client_message_id is not null order by 1`,
    tenantId,
  )
  expect(rows).toEqual([
    { client: '1', external: 'a' },
    { client: '2', external: 'b' },
  ])
  expect(await countOf('parked_items', tenantId)).toBe(0)
})
