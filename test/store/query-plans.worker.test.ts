import { env } from 'cloudflare:workers'
import { eq } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { selectByAccount, selectByExternalId } from '../../src/store/channel-directory.ts'
import { type ConversationFilter, selectConversation, selectConversations } from '../../src/store/conversations.ts'
import { openDatabase } from '../../src/store/database.ts'
import { selectHead } from '../../src/store/journal.ts'
import { pageIds, selectThread } from '../../src/store/messages.ts'
import { selectQuarantine } from '../../src/store/quarantine.ts'
import { quarantine } from '../../src/store/schema.ts'

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
