import { describe, expect, it } from 'vitest'
import { ask, graphWith, now, page, pageDelivery, psid, sendToPage } from './builders.ts'
import type { Json } from './types.ts'

type List = { data: Json[]; paging?: { cursors: Json; next?: string } }
const errorOf = ({ body }: { body: Json }) => body['error'] as Json

const list = async (graph: ReturnType<typeof graphWith>, path: string) =>
  (await ask(graph, `v24.0/${path}`, { token: 'EAApage' })).body as unknown as List

const messagesOf = (conversation: Json | undefined) => (conversation ?? {})['messages'] as List

async function pagesOf(graph: ReturnType<typeof graphWith>, path: string): Promise<Json[][]> {
  const pages: Json[][] = []
  let address: string | undefined = `https://graph.facebook.com/v24.0/${path}&access_token=EAApage`
  while (address !== undefined && pages.length < 50) {
    const one = (await (await graph.fetch(address)).json()) as List
    pages.push(one.data)
    address = one.paging?.next
  }
  return pages
}

describe('the Conversations API', () => {
  it('knows what was observed and what was sent, newest first', async () => {
    const graph = graphWith()
    graph.observe(pageDelivery({ id: 'm_1', text: 'Скільки?', at: now - 60_000 }))
    await sendToPage(graph, { text: '500 грн' })
    graph.addCustomer(page.id, { id: psid, name: 'Олена' })
    const fields = 'updated_time,messages{id,created_time,from,to,message}'
    const { data } = await list(graph, `${page.id}/conversations?platform=messenger&fields=${fields}`)
    expect(data).toHaveLength(1)
    expect(data[0]?.['updated_time']).toBe('2026-11-23T12:00:00+0000')
    const messages = messagesOf(data[0]).data
    expect(messages.map(({ message }) => message)).toEqual(['500 грн', 'Скільки?'])
    expect(messages[1]).toMatchObject({
      id: 'm_1',
      created_time: '2026-11-23T11:59:00+0000',
      from: { id: psid, name: 'Олена' },
      to: { data: [{ id: page.id }] },
    })
  })

  it('gives every conversation once over all pages', async () => {
    const graph = graphWith()
    for (let n = 0; n < 7; n += 1) {
      graph.observe(pageDelivery({ id: `m_${n}`, from: `71${n}`, at: now - n * 1000 }))
    }
    const pages = await pagesOf(graph, `${page.id}/conversations?platform=messenger&limit=3&fields=participants`)
    expect(pages.map(({ length }) => length)).toEqual([3, 3, 1])
    expect(new Set(pages.flat().map(({ id }) => id)).size).toBe(7)
  })

  it('pages through the messages of a conversation, and tells details of the newest twenty only', async () => {
    const graph = graphWith()
    for (let n = 0; n < 25; n += 1) graph.observe(pageDelivery({ id: `m_${n}`, text: `№${n}`, at: now + n * 1000 }))
    const { data } = await list(graph, `${page.id}/conversations?platform=messenger`)
    const pages = await pagesOf(graph, `${String(data[0]?.['id'])}/messages?limit=10&fields=id,message`)
    expect(pages.map(({ length }) => length)).toEqual([10, 10, 5])
    expect(pages[1]?.at(-1)).toEqual({ id: 'm_5', message: '№5' })
    expect(pages[2]?.[0]).toEqual({ id: 'm_4' })
    const fields = '?fields=message'
    expect((await ask(graph, `v24.0/m_5${fields}`, { token: 'EAApage' })).body).toEqual({ id: 'm_5', message: '№5' })
    expect(errorOf(await ask(graph, `v24.0/m_4${fields}`, { token: 'EAApage' }))).toMatchObject({ code: 100 })
  })

  it('a nested list has a next address of its own', async () => {
    const graph = graphWith()
    for (let n = 0; n < 5; n += 1) graph.observe(pageDelivery({ id: `m_${n}`, at: now + n }))
    const { data } = await list(graph, `me/conversations?fields=messages.limit(2){id}`)
    const messages = messagesOf(data[0])
    expect(messages.data).toEqual([{ id: 'm_4' }, { id: 'm_3' }])
    const next = (await (await graph.fetch(String(messages.paging?.next))).json()) as List
    expect(next.data).toEqual([{ id: 'm_2' }, { id: 'm_1' }])
  })

  it('gives files with an address, each at every look', async () => {
    const graph = graphWith()
    const file = graph.addMedia(page.id, { bytes: new Uint8Array([1]), mimeType: 'image/png' })
    const message = { mid: 'm_file', attachments: [{ type: 'image', payload: { url: file.url } }] }
    graph.observe(pageDelivery({ message }))
    const { body } = await ask(graph, 'v24.0/m_file?fields=attachments', { token: 'EAApage' })
    expect(body).toMatchObject({ attachments: { data: [{ image_data: { url: file.url } }] } })
    expect((await graph.fetch(file.url)).status).toBe(200)
  })

  it('an unsent message is gone, and a webhook seen twice makes one message', async () => {
    const graph = graphWith()
    const seen = pageDelivery({ id: 'm_1' })
    graph.observe(seen)
    graph.observe(seen)
    graph.observe(pageDelivery({ id: 'm_2' }))
    graph.observe(pageDelivery({ message: { mid: 'm_2', is_deleted: true } }))
    const { data } = await list(graph, 'me/conversations?fields=messages{id}')
    expect(messagesOf(data[0]).data).toEqual([{ id: 'm_1' }])
  })

  it('finds one customer’s, and nobody else’s account', async () => {
    const graph = graphWith()
    graph.observe(pageDelivery({ id: 'm_1' }))
    graph.observe(pageDelivery({ id: 'm_2', from: '72' }))
    expect((await list(graph, 'me/conversations?user_id=72')).data).toHaveLength(1)
    const other = await ask(graph, 'v24.0/m_1?fields=message', { token: 'IGAAinstagram', host: 'graph.instagram.com' })
    expect(errorOf(other)).toMatchObject({ code: 100, error_subcode: 33 })
  })

  it('refuses a field that does not exist, a cursor that is none, and a broken list of fields', async () => {
    const graph = graphWith()
    graph.observe(pageDelivery())
    const refusedFor = async (query: string) =>
      errorOf(await ask(graph, `v24.0/me/conversations?${query}`, { token: 'EAApage' }))
    for (const query of [
      'fields=colour',
      'after=%%25',
      'fields=id,,updated_time',
      'fields=messages{id',
      'platform=email',
    ]) {
      expect(await refusedFor(query)).toMatchObject({ code: 100 })
    }
  })
})
