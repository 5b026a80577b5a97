import { expect, it } from 'vitest'
import { ask, customer, graphWith, phone, sendText } from './builders.ts'
import type { Json } from './types.ts'

it('speaks in workerd as it does in Node: forms, files, streams, webhooks', async () => {
  const deliveries: Json[] = []
  const graph = graphWith({ deliver: async (body) => void deliveries.push(body) })
  const form = new FormData()
  form.append('messaging_product', 'whatsapp')
  form.append('file', new Blob(['picture'], { type: 'image/png' }), 'a.png')
  const bytes = new Response(form)
  const uploaded = await graph.fetch(`https://graph.facebook.com/v24.0/${phone.id}/media`, {
    method: 'POST',
    headers: { 'content-type': bytes.headers.get('content-type') ?? '', authorization: 'Bearer EAAwhatsapp' },
    body: bytes.body,
  })
  const { id } = (await uploaded.json()) as { id: string }
  expect((await sendText(graph, { type: 'image', image: { id }, text: undefined })).status).toBe(200)
  const { body } = await ask(graph, `v24.0/${id}`)
  const file = await graph.fetch(String(body['url']), { headers: { authorization: 'Bearer EAAwhatsapp' } })
  expect(new TextDecoder().decode(await file.arrayBuffer())).toBe('picture')
  await graph.settled()
  expect(deliveries).toHaveLength(3)
  graph.loseAnswer()
  await expect(sendText(graph)).rejects.toThrow()
  expect(graph.sent.map(({ to }) => to)).toEqual([customer, customer])
})
