import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import {
  type Answer,
  type ErrorAnswer,
  bearer,
  change,
  createChannel,
  createServiceKey,
  createUserToken,
  deliver,
  deliveryOf,
  freshNumber,
  operator,
  request,
  textDelivery,
  textMessage,
} from '../worker/inbox.ts'
import { countOf, createTenant } from '../worker/tenant.ts'

type Item = {
  id: string
  tenant_id: string
  platform: string
  reason: string
  body: string | null
  replayed_at: string | null
  replay_outcome: string | null
}
type List = { items: Item[]; next_cursor: string | null }

const ofOperator = '/api/v1/admin/quarantine'
const ofTenant = (tenantId: string) => `/api/v1/admin/tenants/${tenantId}/quarantine`

const list = async (path: string): Promise<List> => (await request<List>(path, { headers: operator })).body
const replay = (path: string, id: string): Promise<Answer<Record<string, unknown> & Partial<ErrorAnswer>>> =>
  request(`${path}/${id}/replay`, { method: 'POST', headers: operator })

async function findNamed(path: string, part: string): Promise<Item> {
  const found = (await list(path)).items.find((item) => item.body?.includes(part) === true)
  if (found === undefined) throw new Error(`nothing in quarantine names ${part}`)
  return found
}

describe('quarantine', () => {
  it('gives back what came before its channel was connected', async () => {
    const tenantId = await createTenant()
    const phone = freshNumber()
    await deliver(textDelivery(phone, 'wamid.early', 'Раніше'))
    const kept = await findNamed(ofOperator, phone)
    expect(kept).toMatchObject({ tenant_id: '', platform: 'whatsapp', reason: 'channel.unknown', replayed_at: null })
    const before = await replay(ofOperator, kept.id)
    expect(before.body).toEqual({ outcome: 'still_refused', received: 1, reason: 'channel.unknown' })
    expect(await findNamed(ofOperator, phone)).toMatchObject({ replayed_at: null })
    await createChannel(tenantId, 'whatsapp', { externalId: phone })
    expect((await replay(ofOperator, kept.id)).body).toEqual({ outcome: 'stored', received: 1 })
    expect(await countOf('messages', tenantId)).toBe(1)
    const marked = await findNamed(ofOperator, phone)
    expect(marked.replay_outcome).toBe('stored')
    expect(Date.parse(marked.replayed_at ?? '')).toBeGreaterThan(Date.now() - 60_000)
    const events = await countOf('journal_events', tenantId)
    expect((await replay(ofOperator, kept.id)).body).toEqual({ outcome: 'stored', received: 1 })
    expect([await countOf('messages', tenantId), await countOf('journal_events', tenantId)]).toEqual([1, events])
  })

  it('keeps what a tenant was meant to get with that tenant', async () => {
    const tenantId = await createTenant()
    const { externalId } = await createChannel(tenantId)
    await deliver(
      deliveryOf(change(externalId, { messages: [{ ...textMessage('x'), id: 42 }, textMessage('wamid.ok')] })),
    )
    const { items } = await list(ofTenant(tenantId))
    expect(items).toMatchObject([{ tenant_id: tenantId, reason: 'id_type' }])
    const again = await replay(ofTenant(tenantId), items[0]?.id ?? '')
    expect(again.body).toEqual({ outcome: 'still_refused', received: 1, reason: 'id_type' })
    expect((await list(ofTenant(tenantId))).items).toEqual(items)
    const elsewhere = await replay(ofTenant(await createTenant()), items[0]?.id ?? '')
    expect([elsewhere.status, elsewhere.body.error?.code]).toEqual([404, 'quarantine.not_found'])
  })

  it('keeps a large delivery in R2 and replays it from there', async () => {
    const tenantId = await createTenant()
    const phone = freshNumber()
    const text = 'я'.repeat(60_000)
    await deliver(textDelivery(phone, 'wamid.large', text))
    const row = await env.DB.prepare(
      `select id, object_key, body from quarantine where tenant_id = '' and object_key is not null`,
    ).first<{ id: string; object_key: string; body: string | null }>()
    expect(row?.body).toBeNull()
    expect(row?.object_key).toBe(`t/operator/quarantine/${row?.id}`)
    await createChannel(tenantId, 'whatsapp', { externalId: phone })
    expect((await replay(ofOperator, row?.id ?? '')).body).toEqual({ outcome: 'stored', received: 1 })
    expect(await countOf('messages', tenantId)).toBe(1)
    await env.BUCKET.delete(row?.object_key ?? '')
    expect((await replay(ofOperator, row?.id ?? '')).status).toBe(410)
  })

  it('is listed newest first, page by page, of one tenant or of all', async () => {
    const tenantId = await createTenant()
    const { externalId } = await createChannel(tenantId)
    const messages = Array.from({ length: 7 }, (_, at) => ({ ...textMessage('x'), id: at + 1 }))
    await deliver(deliveryOf(change(externalId, { messages })))
    for (const path of [`${ofTenant(tenantId)}?`, `${ofOperator}?all=true&`]) {
      const ids: string[] = []
      let cursor = ''
      for (let page = 0; page < 40; page++) {
        const { items, next_cursor } = await list(`${path}limit=3${cursor}`)
        ids.push(...items.filter((item) => item.tenant_id === tenantId).map((item) => item.id))
        if (next_cursor === null) break
        cursor = `&cursor=${next_cursor}`
      }
      expect(ids.length).toBe(7)
      expect(new Set(ids).size).toBe(7)
    }
    expect((await list(ofOperator)).items.every((item) => item.tenant_id === '')).toBe(true)
    expect((await request(`${ofOperator}?cursor=x`, { headers: operator })).status).toBe(400)
  })

  it("is the operator's alone", async () => {
    const tenantId = await createTenant()
    const others = [
      {},
      bearer(await createUserToken(tenantId)),
      bearer(await createServiceKey(tenantId, ['ingest', 'tokens', 'notifications'])),
    ]
    const id = crypto.randomUUID()
    for (const headers of others) {
      for (const path of [ofOperator, ofTenant(tenantId)]) {
        expect((await request(path, { headers })).status).toBe(401)
        expect((await request(`${path}/${id}/replay`, { method: 'POST', headers })).status).toBe(401)
      }
    }
  })
})
