import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { ingest } from '../../src/ingest/ingest.ts'
import { createMemory } from '../../src/ingest/memory.ts'
import type { InboundItem } from '../../src/channels/channel.ts'
import type { IngestItem } from '../../src/ingest/items.ts'
import { stepAlert } from '../../src/notifications/channel-alert.ts'
import { countOf, createTenant, failingDatabase, rowsOf } from '../worker/tenant.ts'
import { message, onChannel, phone, user } from './builders.ts'
import { now } from './model.ts'

const contextOf = (tenantId: string) => ({
  tenantId,
  now,
  replyWindow: () => 86_400_000,
  hasProfiles: () => false,
  stepAlert,
})
const store = (tenantId: string, items: IngestItem[], d1 = env.DB) => ingest(d1, items, contextOf(tenantId))

describe('ingest', () => {
  it('stores a message with its contact, conversation and event', async () => {
    const tenantId = await createTenant()
    const { results, events, head } = await store(
      tenantId,
      onChannel(message({ externalId: 'wamid.1', content: 'Добрий день' })),
    )
    expect(results[0]).toMatchObject({ outcome: 'stored', seq: 1 })
    expect(events.map((event) => [event.seq, event.type])).toEqual([
      [1, 'new_message'],
      [2, 'channel_health'],
    ])
    expect(head.seq).toBe(2)
    const [conversation] = await rowsOf<Record<string, unknown>>(
      'select * from conversations where tenant_id = ?1',
      tenantId,
    )
    expect(conversation).toMatchObject({ external_id: '+380501234567', client_name: 'Олена', unread_count: 1 })
    const stored = await rowsOf<{ data: string }>(
      'select data from journal_events where tenant_id = ?1 order by seq',
      tenantId,
    )
    expect(stored.map((row) => row.data)).toEqual(events.map((event) => event.data))
  })

  it('keeps ids as text, also those that look like numbers', async () => {
    const tenantId = await createTenant()
    await store(tenantId, onChannel(message({ externalId: '1234567890123456789', contact: { aliases: [phone('5')] } })))
    const rows = await rowsOf<{ t: string; e: string; v: string }>(
      `select typeof(m.external_id) as t, m.external_id as e, a.value as v
       from messages m join contact_aliases a on a.tenant_id = m.tenant_id where m.tenant_id = ?1`,
      tenantId,
    )
    expect(rows).toEqual([{ t: 'text', e: '1234567890123456789', v: '5' }])
  })

  it('stores eight simultaneous copies once, also from eight writers that know nothing of each other', async () => {
    const tenantId = await createTenant()
    const copies = Array.from({ length: 8 }, () => store(tenantId, onChannel(message({ externalId: 'wamid.same' }))))
    const outcomes = await Promise.all(copies)
    expect(outcomes.flatMap(({ results }) => results).filter(({ outcome }) => outcome === 'stored')).toHaveLength(1)
    expect(await countOf('messages', tenantId)).toBe(1)
    expect(await rowsOf('select seq from journal_events where tenant_id = ?1', tenantId)).toHaveLength(2)
  })

  it('numbers densely when several writers overlap', async () => {
    const tenantId = await createTenant()
    for (let round = 0; round < 4; round++) {
      const writers = [0, 1, 2].map((n) => store(tenantId, onChannel(message({ externalId: `r${round}w${n}` }))))
      await Promise.allSettled(writers)
    }
    const rows = await rowsOf<{ seq: number }>(
      'select seq from journal_events where tenant_id = ?1 order by seq',
      tenantId,
    )
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_, index) => index + 1))
    const [head] = await rowsOf<{ seq: number }>('select seq from journal_heads where tenant_id = ?1', tenantId)
    expect(head?.seq).toBe(rows.length)
  })

  it('parks a status for good when one writer stores the message while another parks', async () => {
    for (let round = 0; round < 5; round++) {
      const tenantId = await createTenant()
      const status = { kind: 'status', at: now, targetExternalId: 'out', status: 'delivered' } as const
      await Promise.all([
        store(tenantId, onChannel(message({ externalId: 'out', direction: 'outbound' }))),
        store(tenantId, onChannel(status)),
      ])
      const [row] = await rowsOf<{ status: string }>('select status from messages where tenant_id = ?1', tenantId)
      expect(row?.status).toBe('delivered')
      expect(await countOf('parked_items', tenantId)).toBe(0)
    }
  })

  it('says duplicate, and writes nothing, when the answer to a commit was lost', async () => {
    const tenantId = await createTenant()
    const items = onChannel(message({ externalId: 'a' }), message({ externalId: 'b' }))
    const losesAnswer = failingDatabase(env.DB, (batch) => (batch === 2 ? 'after' : null))
    await expect(store(tenantId, items, losesAnswer)).rejects.toThrow('network connection lost')
    const { results, events, head } = await store(tenantId, items)
    expect(results.map(({ outcome }) => outcome)).toEqual(['duplicate', 'duplicate'])
    expect(events).toEqual([])
    expect(head.seq).toBe(3)
  })

  it('stores nothing when the database fails before the commit', async () => {
    const tenantId = await createTenant()
    const failing = failingDatabase(env.DB, (batch) => (batch === 2 ? 'before' : null))
    await expect(store(tenantId, onChannel(message({ externalId: 'a' })), failing)).rejects.toThrow()
    expect(await countOf('messages', tenantId)).toBe(0)
    expect(await countOf('contacts', tenantId)).toBe(0)
  })

  it('refuses nothing because other writers come first every time: the sender repeats it', async () => {
    const tenantId = await createTenant()
    await store(tenantId, onChannel(message({ externalId: 'a' })))
    const overtake = env.DB.prepare('update journal_heads set revision = revision + 1 where tenant_id = ?1')
    let attempts = 0
    const busy = new Proxy(env.DB, {
      get(target, property) {
        if (property === 'prepare') return target.prepare.bind(target)
        if (property !== 'batch') return Reflect.get(target, property) as unknown
        return async (statements: D1PreparedStatement[]) => {
          attempts += 1
          await overtake.bind(tenantId).run()
          return await target.batch(statements)
        }
      },
    })
    const late = onChannel(message({ externalId: 'b' }), message({ externalId: 'c' }))
    await expect(store(tenantId, late, busy)).rejects.toThrow('Another write came in between')
    expect(attempts).toBeLessThan(20)
    const { results } = await store(tenantId, late)
    expect(results.map(({ outcome }) => outcome)).toEqual(['stored', 'stored'])
  })

  it('refuses the one item that cannot be stored and stores its neighbours', async () => {
    const tenantId = await createTenant()
    const broken = message({ externalId: 'broken', details: { notJson: 1n } })
    const { results } = await store(tenantId, [
      ...onChannel(message({ externalId: 'a' }), message({ externalId: 'b' }), broken, message({ externalId: 'c' })),
    ])
    expect(results.map(({ outcome }) => outcome)).toEqual(['stored', 'stored', 'refused', 'stored'])
    expect(await countOf('messages', tenantId)).toBe(3)
  })

  it('takes a thousand updates as one batch', async () => {
    const tenantId = await createTenant()
    let batches = 0
    const counting = failingDatabase(env.DB, () => {
      batches += 1
      return null
    })
    const items = Array.from({ length: 1000 }, (_, n) =>
      message({ externalId: `wamid.${n}`, at: now - 100_000 + n, contact: { aliases: [phone(String(n % 40))] } }),
    )
    const { results } = await store(tenantId, onChannel(...items), counting)
    expect(new Set(results.map(({ outcome }) => outcome))).toEqual(new Set(['stored']))
    expect(batches).toBe(2) // one that reads, one that writes
    const counts = await rowsOf<{ n: number }>(
      'select sum(unread_count) as n from conversations where tenant_id = ?1',
      tenantId,
    )
    expect(counts).toEqual([{ n: 1000 }])
  })

  it('makes one conversation of two when a contact turns out to be one person', async () => {
    const tenantId = await createTenant()
    await store(tenantId, onChannel(message({ externalId: 'by-phone', contact: { aliases: [phone('1')] } })))
    await store(tenantId, onChannel(message({ externalId: 'by-id', contact: { aliases: [user('UA.1')] } })))
    await store(tenantId, onChannel(message({ externalId: 'both', contact: { aliases: [phone('1'), user('UA.1')] } })))
    const rows = await rowsOf<{ n: number }>(
      'select count(distinct conversation_id) as n from messages where tenant_id = ?1',
      tenantId,
    )
    expect(rows).toEqual([{ n: 1 }])
    const merged = await rowsOf<{ n: number }>(
      `select unread_count as n from conversations where tenant_id = ?1 order by status = 'merged'`,
      tenantId,
    )
    expect(merged).toEqual([{ n: 3 }, { n: 0 }])
  })

  it('takes a deleted text out of the journal and of every preview', async () => {
    const tenantId = await createTenant()
    const secret = 'мій пароль 1234'
    await store(tenantId, onChannel(message({ externalId: 'a', content: secret })))
    await store(tenantId, onChannel({ kind: 'reaction', at: now, targetExternalId: 'a', by: 'customer', emoji: '👍' }))
    const [conversation] = await rowsOf<{ id: string }>('select id from conversations where tenant_id = ?1', tenantId)
    const [row] = await rowsOf<{ id: string }>('select id from messages where tenant_id = ?1', tenantId)
    await store(tenantId, [
      { item: { kind: 'conversation', conversationId: conversation?.id ?? '', assigneeId: crypto.randomUUID() } },
      { item: { kind: 'read', conversationId: conversation?.id ?? '', messageId: row?.id ?? '' } },
    ])
    const { isJournalRewritten } = await store(
      tenantId,
      onChannel({ kind: 'deletion', at: now, targetExternalId: 'a' }),
    )
    expect(isJournalRewritten).toBe(true)
    for (const table of ['messages', 'conversations', 'journal_events', 'parked_items', 'contacts']) {
      const rows = await rowsOf(`select * from ${table} where tenant_id = ?1`, tenantId)
      expect(JSON.stringify(rows)).not.toContain('1234"')
      expect(JSON.stringify(rows)).not.toContain(secret)
    }
    expect(await countOf('messages', tenantId)).toBe(1)
  })

  it('counts unread from the read mark on, whatever came in the same batch', async () => {
    const tenantId = await createTenant()
    await store(
      tenantId,
      onChannel(message({ externalId: 'a' }), message({ externalId: 'b' }), message({ externalId: 'c' })),
    )
    const rows = await rowsOf<{ id: string; conversation_id: string }>(
      'select id, conversation_id from messages where tenant_id = ?1 order by seq',
      tenantId,
    )
    const read = { kind: 'read', conversationId: rows[1]?.conversation_id ?? '', messageId: rows[1]?.id ?? '' } as const
    await store(tenantId, [...onChannel(message({ externalId: 'd' })), { item: read }])
    const unread = await rowsOf('select unread_count as n from conversations where tenant_id = ?1', tenantId)
    expect(unread).toEqual([{ n: 2 }])
    const again = await store(tenantId, [{ item: read }])
    expect(again.results[0]?.outcome).toBe('duplicate')
  })

  it('learns the account of a channel from its deliveries', async () => {
    const tenantId = await createTenant()
    const id = crypto.randomUUID()
    await env.DB.prepare(
      `insert into channels (tenant_id, id, platform, external_id, name, created_at) values (?1, ?2, 'whatsapp', ?2, 'A number', 0)`,
    )
      .bind(tenantId, id)
      .run()
    const channel = { id, platform: 'whatsapp', accountId: 'waba-1', knownAccountId: null } as const
    await store(tenantId, [{ channel, item: message({ externalId: 'a' }) }])
    expect(await rowsOf('select account_id from channels where tenant_id = ?1', tenantId)).toEqual([
      { account_id: 'waba-1' },
    ])
  })

  describe('with rows it remembers', () => {
    async function withMemory() {
      const tenantId = await createTenant()
      const memory = createMemory()
      let batches = 0
      const counting = failingDatabase(env.DB, () => {
        batches += 1
        return null
      })
      const remembering = (...items: InboundItem[]) =>
        ingest(counting, onChannel(...items), { ...contextOf(tenantId), memory })
      const elsewhere = (...items: InboundItem[]) => store(tenantId, onChannel(...items))
      await remembering(message({ externalId: 'first', direction: 'outbound' }), message({ externalId: 'second' }))
      batches = 0
      return { tenantId, remembering, elsewhere, batches: () => batches }
    }

    it('writes without reading', async () => {
      const { tenantId, remembering, batches } = await withMemory()
      const { results } = await remembering(
        message({ externalId: 'third' }),
        { kind: 'status', at: now, targetExternalId: 'first', status: 'read' },
        { kind: 'reaction', at: now, targetExternalId: 'second', by: 'customer', emoji: '👍' },
      )
      expect(results.map(({ outcome }) => outcome)).toEqual(['stored', 'applied', 'applied'])
      expect(batches()).toBe(1)
      expect(await countOf('messages', tenantId)).toBe(3)
    })

    it('notices what another writer stored meanwhile, and plans again', async () => {
      const { tenantId, remembering, elsewhere } = await withMemory()
      await elsewhere(message({ externalId: 'third' }))
      const { results, events, head } = await remembering(
        message({ externalId: 'third' }),
        message({ externalId: 'fourth' }),
      )
      expect(results.map(({ outcome }) => outcome)).toEqual(['duplicate', 'stored'])
      expect(events.map(({ seq }) => seq)).toEqual([head.seq])
      const unread = await rowsOf('select unread_count as n from conversations where tenant_id = ?1', tenantId)
      expect(unread).toEqual([{ n: 3 }])
    })

    it('finds what was parked for a message, though nothing of it is remembered', async () => {
      const { tenantId, remembering } = await withMemory()
      await remembering({ kind: 'status', at: now, targetExternalId: 'early', status: 'delivered' })
      await remembering(message({ externalId: 'other' }))
      await remembering(message({ externalId: 'early', direction: 'outbound' }))
      const rows = await rowsOf(`select status from messages where tenant_id = ?1 and external_id = 'early'`, tenantId)
      expect(rows).toEqual([{ status: 'delivered' }])
      expect(await countOf('parked_items', tenantId)).toBe(0)
    })

    it('says duplicate only after the database has said so', async () => {
      const { remembering, batches } = await withMemory()
      const { results } = await remembering(message({ externalId: 'second' }))
      expect(results[0]?.outcome).toBe('duplicate')
      expect(batches()).toBe(1)
    })

    it('does not store a message twice that it has forgotten', async () => {
      const { tenantId, remembering, elsewhere } = await withMemory()
      await elsewhere(message({ externalId: 'old' }))
      await remembering(message({ externalId: 'third' })) // reads: its memory is of an older revision
      const { results } = await remembering(message({ externalId: 'old' }))
      expect(results[0]?.outcome).toBe('duplicate')
      expect(await countOf('messages', tenantId)).toBe(4)
    })
  })

  it('finds every row it reads by an index', async () => {
    const plans: string[] = []
    const explaining = new Proxy(env.DB, {
      get(target, property) {
        if (property !== 'prepare') return Reflect.get(target, property) as unknown
        return (sql: string) => {
          plans.push(sql)
          return target.prepare(sql)
        }
      },
    })
    const tenantId = await createTenant()
    const remembering = { ...contextOf(tenantId), memory: createMemory() }
    await ingest(explaining, onChannel(message({ externalId: 'a' })), remembering)
    await ingest(explaining, onChannel(message({ externalId: 'b' })), remembering)
    const reads = plans.filter((sql) => /^(select|with|update|delete)/.test(sql))
    expect(reads.filter((sql) => sql.startsWith('update journal_heads') && sql.includes('cross join'))).toHaveLength(1)
    expect(reads.length).toBeGreaterThan(8)
    for (const sql of reads) {
      const count = new Set(sql.match(/\?\d+/g)).size || (sql.match(/\?/g) ?? []).length
      const { results } = await env.DB.prepare(`explain query plan ${sql}`)
        .bind(...Array.from({ length: count }, () => '[]'))
        .all<{ detail: string }>()
      const scans = results
        .map(({ detail }) => detail)
        .filter((detail) => /^SCAN (?!json_each|wanted|named|c$|later|own|CONSTANT ROW)/.test(detail))
      expect(scans, sql).toEqual([])
    }
  })
})
