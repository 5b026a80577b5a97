import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { ingest } from '../../src/ingest/ingest.ts'
import type { IngestItem } from '../../src/ingest/items.ts'
import { stepAlert } from '../../src/notifications/channel-alert.ts'
import { createTenant, rowsOf } from '../worker/tenant.ts'
import { message, onChannel, phone, user } from './builders.ts'
import { now } from './model.ts'

const store = (tenantId: string, items: IngestItem[]) =>
  ingest(env.DB, items, { tenantId, now, replyWindow: () => 86_400_000, hasProfiles: () => false, stepAlert })

async function everythingOf(tenantId: string): Promise<string> {
  const tables = ['messages', 'conversations', 'journal_events', 'parked_items']
  const rows = await Promise.all(tables.map((table) => rowsOf(`select * from ${table} where tenant_id = ?1`, tenantId)))
  return JSON.stringify(rows)
}

it('takes back what a message said before it was edited, too', async () => {
  const tenantId = await createTenant()
  await store(tenantId, onChannel(message({ externalId: 'a', content: 'перше слово' })))
  await store(tenantId, onChannel({ kind: 'edit', at: now, targetExternalId: 'a', content: 'друге слово' }))
  await store(tenantId, onChannel({ kind: 'deletion', at: now, targetExternalId: 'a' }))
  expect(await everythingOf(tenantId)).not.toMatch(/перше|друге/)
})

it('takes a text back from before its conversation became part of another one', async () => {
  const tenantId = await createTenant()
  const [number, id] = [phone('380501234567'), user('UA.1')]
  await store(tenantId, onChannel(message({ externalId: 'a', contact: { aliases: [number] }, content: 'взяте назад' })))
  await store(tenantId, onChannel(message({ externalId: 'b', contact: { aliases: [id] }, content: 'лишається' })))
  await store(tenantId, onChannel({ kind: 'contact', at: now, contact: { aliases: [id, number] } }))
  await store(tenantId, onChannel({ kind: 'deletion', at: now, targetExternalId: 'a' }))
  const everything = await everythingOf(tenantId)
  expect(everything).not.toContain('взяте назад')
  expect(everything).toContain('лишається')
})

it('leaves the preview of another message of the same moment', async () => {
  const tenantId = await createTenant()
  const at = now - 60_000
  await store(tenantId, onChannel(message({ externalId: 'a', at, content: 'взяте назад' })))
  await store(tenantId, onChannel(message({ externalId: 'b', at, content: 'лишається' })))
  await store(tenantId, onChannel({ kind: 'deletion', at: now, targetExternalId: 'a' }))
  const [conversation] = await rowsOf<{ last_message_preview: string }>(
    'select last_message_preview from conversations where tenant_id = ?1',
    tenantId,
  )
  expect(conversation?.last_message_preview).toBe('лишається')
  const [last] = await rowsOf<{ preview: string }>(
    `select data ->> '$.conversation.last_message_preview' as preview from journal_events
     where tenant_id = ?1 and type = 'new_message' order by seq desc limit 1`,
    tenantId,
  )
  expect(last?.preview).toBe('лишається')
})
