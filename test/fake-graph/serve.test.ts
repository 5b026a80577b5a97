import { afterEach, describe, expect, it } from 'vitest'
import { customer, graphWith, igsid, phone } from './builders.ts'
import { type GraphServer, serveFakeGraph } from './serve.ts'

const servers: GraphServer[] = []

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
})

async function serve(graph: ReturnType<typeof graphWith>): Promise<string> {
  const server = await serveFakeGraph(graph.handle)
  servers.push(server)
  return server.url
}

const headers = { authorization: 'Bearer EAAwhatsapp', 'content-type': 'application/json' }
const text = JSON.stringify({
  messaging_product: 'whatsapp',
  to: customer,
  type: 'text',
  text: { body: 'Добрий день' },
})

describe('the fake on a port', () => {
  it('takes a message and a form, and gives files', async () => {
    const graph = graphWith({ fileOrigin: 'http://files.invalid' })
    const url = await serve(graph)
    const form = new FormData()
    form.append('messaging_product', 'whatsapp')
    form.append('file', new Blob(['picture'], { type: 'image/png' }), 'a.png')
    const authorization = { authorization: headers.authorization }
    const uploaded = await fetch(`${url}/v24.0/${phone.id}/media`, {
      method: 'POST',
      headers: authorization,
      body: form,
    })
    const { id } = (await uploaded.json()) as { id: string }
    const body = JSON.stringify({ messaging_product: 'whatsapp', to: customer, type: 'image', image: { id } })
    expect((await fetch(`${url}/v24.0/${phone.id}/messages`, { method: 'POST', headers, body })).status).toBe(200)
    const address = new URL(graph.sent[0]?.files[0]?.url ?? '')
    expect(await (await fetch(`${url}${address.pathname}${address.search}`)).text()).toBe('picture')
  })

  it('serves both of Graph’s hosts', async () => {
    const graph = graphWith()
    const url = await serve(graph)
    const body = JSON.stringify({ recipient: { id: igsid }, message: { text: 'Вітаю' } })
    const own = { ...headers, authorization: 'Bearer IGAAinstagram' }
    expect((await fetch(`${url}/instagram/v24.0/me/messages`, { method: 'POST', headers: own, body })).status).toBe(200)
    expect((await fetch(`${url}/v24.0/me/messages`, { method: 'POST', headers: own, body })).status).toBe(401)
  })

  it('breaks the connection where the fake loses the answer, and lives on', async () => {
    const graph = graphWith()
    const url = await serve(graph)
    graph.loseAnswer()
    const send = () => fetch(`${url}/${phone.id}/messages`, { method: 'POST', headers, body: text })
    await expect(send()).rejects.toThrow()
    expect(graph.sent).toHaveLength(1)
    expect((await send()).status).toBe(200)
  })

  it('closes with connections still open', async () => {
    const graph = graphWith()
    const url = await serve(graph)
    graph.hang()
    const lost = fetch(`${url}/${phone.id}/messages`, { method: 'POST', headers, body: text })
    await expect.poll(() => graph.sent.length).toBe(1)
    await servers.pop()?.close()
    await expect(lost).rejects.toThrow()
  })
})
