import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { ingest } from '../../src/ingest/ingest.ts'
import { createMemory } from '../../src/ingest/memory.ts'
import { stepAlert } from '../../src/notifications/channel-alert.ts'
import { createTenant, rowsOf } from '../worker/tenant.ts'
import { message, onChannel, phone } from './builders.ts'
import { now } from './model.ts'

it('keeps nothing from before another writer, also after a batch about something else', async () => {
  const tenantId = await createTenant()
  const context = { tenantId, now, replyWindow: () => null, hasProfiles: () => false, stepAlert }
  const remembering = { ...context, memory: createMemory() }
  const someoneElse = { contact: { aliases: [phone('380990000000')] as [ReturnType<typeof phone>] } }
  await ingest(env.DB, onChannel(message({ externalId: 'a' })), remembering)
  await ingest(env.DB, onChannel(message({ externalId: 'b' })), context)
  await ingest(env.DB, onChannel(message({ externalId: 'c', ...someoneElse })), remembering)
  await ingest(env.DB, onChannel(message({ externalId: 'd' })), remembering)
  const rows = await rowsOf(
    'select unread_count as unread from conversations where tenant_id = ?1 order by unread_count',
    tenantId,
  )
  expect(rows).toEqual([{ unread: 1 }, { unread: 3 }])
})
