import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { ingest } from '../../src/ingest/ingest.ts'
import type { IngestItem } from '../../src/ingest/items.ts'
import { selectByAccount, selectByExternalId } from '../../src/store/channel-directory.ts'
import { type ConversationFilter, selectConversation, selectConversations } from '../../src/store/conversations.ts'
import { openDatabase } from '../../src/store/database.ts'
import { selectHead } from '../../src/store/journal.ts'
import { pageIds, selectThread } from '../../src/store/messages.ts'
import { selectQuarantine } from '../../src/store/quarantine.ts'
import { quarantine } from '../../src/store/intake-schema.ts'
import { message, onChannel, send } from '../ingest/builders.ts'
import { contextOf, now } from '../ingest/model.ts'
import { createTenant } from '../worker/tenant.ts'

const db = openDatabase(env.DB)
const tenant = crypto.randomUUID()

type Query = { toSQL: () => { sql: string; params: unknown[] } }

async function planOf(query: Query): Promise<string> {
  const { sql, params } = query.toSQL()
  const { results } = await env.DB.prepare(`explain query plan ${sql}`)
    .bind(...params)
    .all<{ detail: string }>()
  return results.map((row) => row.detail).join('\n')
}

const position = { lastMessageAt: 1, id: 'a' }
const everyFilter: ConversationFilter = {
  platform: 'email',
  status: 'open',
  assigneeId: 'x',
  isUnread: true,
  text: 'a',
}
const at = { receivedAt: 1, id: 'a', tenantId: tenant }

const queries: [string, Query, RegExp][] = [
  [
    'the list of conversations',
    selectConversations(db, tenant, {}, { after: null, limit: 50 }),
    /conversations_newest \(tenant_id=\?/,
  ],
  [
    'its next page',
    selectConversations(db, tenant, everyFilter, { after: position, limit: 50 }),
    /conversations_newest \(tenant_id=\? AND \(last_message_at,id\)<\(\?,\?\)/,
  ],
  [
    'one conversation',
    selectConversation(db, tenant, 'a'),
    /sqlite_autoindex_conversations_1 \(tenant_id=\? AND id=\?\)/,
  ],
  [
    'a thread',
    selectThread(db, tenant, 'a', { before: null, limit: 50 }),
    /messages_thread \(tenant_id=\? AND conversation_id=\?\)/,
  ],
  [
    'its next page',
    selectThread(db, tenant, 'a', { before: { createdAt: 1, seq: 1 }, limit: 50 }),
    /messages_thread \(tenant_id=\? AND conversation_id=\? AND \(created_at,seq\)<\(\?,\?\)/,
  ],
  [
    'its ids',
    pageIds(db, tenant, 'a', { before: null, limit: 50 }),
    /messages_thread \(tenant_id=\? AND conversation_id=\?\)/,
  ],
  [
    "a tenant's quarantine",
    selectQuarantine(db, eq(quarantine.tenantId, tenant), { after: null, limit: 50 }),
    /quarantine_newest \(tenant_id=\?/,
  ],
  [
    'its next page',
    selectQuarantine(db, eq(quarantine.tenantId, tenant), { after: at, limit: 50 }),
    /quarantine_newest \(tenant_id=\? AND \(received_at,id\)<=?\(\?,\?\)/,
  ],
  [
    'whose channel it is',
    selectByExternalId(db, 'whatsapp', ['a', 'b']),
    /directory_channels \(platform=\? AND external_id=\?\)/,
  ],
  [
    'whose account it is',
    selectByAccount(db, 'whatsapp', ['a']),
    /directory_channel_accounts \(platform=\? AND account_id=\?\)/,
  ],
  ["the journal's head", selectHead(db, tenant), /journal_heads.*tenant_id=\?/],
]

describe('every read that grows with the data', () => {
  it.each(queries)('%s: goes by its index, sorts nothing and scans no table', async (_, query, index) => {
    const plan = await planOf(query)
    expect(plan).toMatch(index)
    // json_each is the list of ids in a parameter.
    expect(plan.replaceAll(/SCAN json_each[^\n]*/g, '')).not.toMatch(/\bSCAN\b|TEMP B-TREE FOR ORDER/)
  })
})

/** The database, keeping the text of every statement. */
function recording(statements: Set<string>): D1Database {
  return new Proxy(env.DB, {
    get(target, property) {
      if (property !== 'prepare') return Reflect.get(target, property) as unknown
      return (sql: string) => {
        statements.add(sql)
        return target.prepare(sql)
      }
    },
  })
}

/** A batch with everything that may be said of replies, of files and of who they are for. */
async function storeEverything(d1: D1Database): Promise<void> {
  const tenantId = await createTenant()
  const context = { ...contextOf(tenantId), hasProfiles: () => true }
  const store = (items: IngestItem[]) => ingest(d1, items, context)
  const file = { type: 'image' as const, source: { mediaId: '1' } }
  const inbound = message({ externalId: 'in', attachments: [file] })
  const { contact } = inbound
  const { results } = await store(onChannel(inbound))
  const conversationId = results[0]?.conversationId ?? ''
  const replies = await store([{ item: send({ conversationId, clientMessageId: '1' }) }])
  const here = { conversationId, messageId: replies.results[0]?.messageId ?? '' }
  const of = { ...here, at: now }
  const jobId = replies.jobs[0]?.id ?? ''
  const outcome = { kind: 'failed', error: { code: '1', title: 'No', details: null } } as const
  await store([
    { item: { kind: 'delivery', ...of, jobId, outcome } },
    { item: { kind: 'delivery', ...of, jobId, outcome: { kind: 'sent', externalId: 'out' } } },
    { item: { kind: 'attachment', ...here, attachmentId: 'none', state: 'failed' } },
    { item: { kind: 'retry', ...of } },
    ...onChannel(
      { kind: 'status', at: now, targetExternalId: 'out', status: 'read', reference: of.messageId },
      { kind: 'watermark', at: now, contact, status: 'read', upTo: now },
      message({ externalId: 'echo', direction: 'outbound', contact, echo: {} }),
      { kind: 'deletion', at: now, targetExternalId: 'in' },
    ),
  ])
}

it('ingest looks up every row by more than its tenant, whatever it stores', async () => {
  const statements = new Set<string>()
  await storeEverything(recording(statements))
  expect(statements.size).toBeGreaterThan(35)
  for (const sql of statements) {
    const count = new Set(sql.match(/\?\d+/g)).size || (sql.match(/\?/g) ?? []).length
    const { results } = await env.DB.prepare(`explain query plan ${sql}`)
      .bind(...Array.from({ length: count }, () => '[]'))
      .all<{ detail: string }>()
    const steps = results
      .map(({ detail }) => detail)
      .filter((detail) => !/journal_heads|conversations_merged/.test(detail))
    // Lists in a parameter, and what was found by them.
    const scans = steps.filter((detail) =>
      /^SCAN (?!json_each|wanted|named$|c$|g$|own$|later$|CONSTANT ROW)/.test(detail),
    )
    const wide = steps.filter((detail) => detail.endsWith('(tenant_id=?)'))
    expect([...scans, ...wide], sql).toEqual([])
  }
})
