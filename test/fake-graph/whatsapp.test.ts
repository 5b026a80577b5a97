import { describe, expect, it } from 'vitest'
import { ask, customer, graphWith, now, phone, sendText } from './builders.ts'
import type { Json } from './types.ts'

const errorOf = ({ body }: { body: Json }) => body['error'] as Json

function fileForm(bytes: string, mimeType: string, filename = 'a.png'): FormData {
  const form = new FormData()
  form.append('messaging_product', 'whatsapp')
  form.append('type', mimeType)
  form.append('file', new Blob([bytes], { type: mimeType }), filename)
  return form
}

const upload = (graph: ReturnType<typeof graphWith>, bytes: string, mimeType: string) =>
  ask(graph, `v24.0/${phone.id}/media`, { body: fileForm(bytes, mimeType) })

describe('a WhatsApp send', () => {
  it('is answered with the id under which it was taken, and is on record once', async () => {
    const graph = graphWith()
    const answer = await sendText(graph, { biz_opaque_callback_data: 'ours-1', context: { message_id: 'wamid.in' } })
    expect(answer.status).toBe(200)
    expect(answer.body).toMatchObject({
      messaging_product: 'whatsapp',
      contacts: [{ input: customer, wa_id: customer }],
    })
    expect(graph.sent).toHaveLength(1)
    expect(graph.sent[0]).toMatchObject({
      to: customer,
      text: 'Добрий день',
      reference: 'ours-1',
      replyTo: 'wamid.in',
      at: now,
    })
    expect(answer.body['messages']).toEqual([{ id: graph.sent[0]?.messageId }])
  })

  it('takes any version of the API, or none', async () => {
    const graph = graphWith()
    const body = { messaging_product: 'whatsapp', to: customer, type: 'text', text: { body: 'a' } }
    for (const prefix of ['v19.0/', 'v25.0/', '']) {
      expect((await ask(graph, `${prefix}${phone.id}/messages`, { body })).status).toBe(200)
    }
    expect(graph.calls.map(({ version }) => version)).toEqual(['v19.0', 'v25.0', null])
  })

  it('goes to a business-scoped id by `recipient`; in `to` it is answered and never arrives', async () => {
    const graph = graphWith()
    const right = await sendText(graph, { to: undefined, recipient: 'UA.13491208655302741918' })
    expect(right.body['contacts']).toEqual([{ input: 'UA.13491208655302741918', user_id: 'UA.13491208655302741918' }])
    expect((await sendText(graph, { to: 'UA.13491208655302741918' })).status).toBe(200)
    expect(graph.sent.map(({ isVanished }) => isVanished)).toEqual([false, true])
    expect((await sendText(graph, { to: undefined, recipient: customer })).status).toBe(400)
  })

  it('goes to a group', async () => {
    const graph = graphWith()
    expect((await sendText(graph, { recipient_type: 'group', to: 'Y2FwaV9ncm91cDox' })).status).toBe(200)
    expect(graph.sent[0]?.to).toBe('Y2FwaV9ncm91cDox')
  })

  it.each<[string, Json, number]>([
    ['no messaging_product', { messaging_product: undefined }, 100],
    ['nobody to send to', { to: undefined }, 100],
    ['a text that is too long', { text: { body: 'a'.repeat(4097) } }, 100],
    ['an empty text', { text: { body: '' } }, 131_008],
    ['an unknown type', { type: 'poll', poll: {} }, 100],
    ['a file nobody uploaded', { type: 'image', image: { id: '12345' } }, 100],
    ['a caption on a sticker', { type: 'sticker', sticker: { link: 'https://a.example/a.webp', caption: 'a' } }, 100],
    ['a reference that is too long', { biz_opaque_callback_data: 'a'.repeat(513) }, 100],
    [
      'a template that was rejected',
      { type: 'template', template: { name: 'rejected', language: { code: 'uk' } } },
      132_001,
    ],
    [
      'a template without its values',
      { type: 'template', template: { name: 'ready', language: { code: 'uk' } } },
      132_000,
    ],
  ])('is refused for %s', async (_, fields, code) => {
    const graph = graphWith()
    const answer = await sendText(graph, fields)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(errorOf(answer)).toMatchObject({
      type: 'OAuthException',
      code,
      error_data: { messaging_product: 'whatsapp' },
    })
    expect(graph.sent).toEqual([])
  })

  it('takes up to 4,096 characters', async () => {
    expect((await sendText(graphWith(), { text: { body: 'a'.repeat(4096) } })).status).toBe(200)
  })

  it('takes one to three buttons with short, different titles', async () => {
    const graph = graphWith()
    const button = (id: string, title = id) => ({ type: 'reply', reply: { id, title } })
    const send = (...buttons: Json[]) =>
      sendText(graph, {
        type: 'interactive',
        interactive: { type: 'button', body: { text: 'Так?' }, action: { buttons } },
      })
    expect((await send(button('1'), button('2'), button('3'))).status).toBe(200)
    expect(errorOf(await send(button('1'), button('2'), button('3'), button('4')))).toMatchObject({ code: 131_009 })
    expect(errorOf(await send(button('1', 'a'.repeat(21))))).toMatchObject({ code: 131_009 })
    expect(errorOf(await send(button('1'), button('1')))).toMatchObject({ code: 131_009 })
    expect(errorOf(await send())).toMatchObject({ code: 131_009 })
  })

  it('takes a picture above its buttons', async () => {
    const graph = graphWith()
    const action = { buttons: [{ type: 'reply', reply: { id: '1', title: 'Так' } }] }
    const send = (id: string) => {
      const header = { type: 'image', image: { id } }
      return sendText(graph, {
        type: 'interactive',
        interactive: { type: 'button', header, body: { text: 'Так?' }, action },
      })
    }
    const { body } = await upload(graph, 'picture', 'image/png')
    expect((await send(String(body['id']))).status).toBe(200)
    expect(graph.sent[0]?.files[0]?.mimeType).toBe('image/png')
    expect(errorOf(await send('12345'))).toMatchObject({ code: 100 })
  })

  it('fills a template', async () => {
    const graph = graphWith()
    const parameters = ['12', 'п’ятниці'].map((text) => ({ type: 'text', text }))
    const template = { name: 'ready', language: { code: 'uk' }, components: [{ type: 'body', parameters }] }
    expect((await sendText(graph, { type: 'template', template })).status).toBe(200)
    expect(graph.sent[0]).toMatchObject({ type: 'template', text: 'Замовлення {{1}} готове до {{2}}.' })
  })

  it('is refused with 131047 a day after the customer last wrote, unless it is a template', async () => {
    const graph = graphWith()
    graph.hear(phone.id, customer, now - 86_400_000 + 1)
    expect((await sendText(graph)).status).toBe(200)
    graph.hear(phone.id, customer, now - 86_400_000)
    expect(errorOf(await sendText(graph))).toMatchObject({ code: 131_047 })
    const template = { name: 'hello', language: { code: 'uk' } }
    expect((await sendText(graph, { type: 'template', template })).status).toBe(200)
    expect(graph.sent).toHaveLength(2)
  })

  it('has its window opened by the webhook in which the customer wrote', async () => {
    const graph = graphWith()
    graph.hear(phone.id, customer, now - 2 * 86_400_000)
    expect((await sendText(graph)).status).toBe(400)
    const message = {
      from: customer,
      id: 'wamid.in',
      timestamp: String(now / 1000 - 60),
      type: 'text',
      text: { body: 'Так' },
    }
    const value = { messaging_product: 'whatsapp', metadata: { phone_number_id: phone.id }, messages: [message] }
    const changes = [{ field: 'messages', value }]
    graph.observe({ object: 'whatsapp_business_account', entry: [{ id: phone.accountId, changes }] })
    expect((await sendText(graph)).status).toBe(200)
  })

  it('goes to a number, not to its business account', async () => {
    const body = { messaging_product: 'whatsapp', to: customer, type: 'text', text: { body: 'a' } }
    const answer = await ask(graphWith(), `v24.0/${phone.accountId}/messages`, { body })
    expect(errorOf(answer)).toMatchObject({ code: 100, error_subcode: 33 })
  })

  it('does not reach another account’s number', async () => {
    const graph = graphWith()
    const other = { ...phone, id: '100000000000009', token: 'EAAother' }
    graph.addAccount(other)
    const body = { messaging_product: 'whatsapp', to: customer, type: 'text', text: { body: 'a' } }
    const answer = await ask(graph, `v24.0/${other.id}/messages`, { body })
    expect(errorOf(answer)).toMatchObject({ code: 100, error_subcode: 33, type: 'GraphMethodException' })
  })
})

describe('what is no message', () => {
  it('a reaction is kept apart, and taken back by an empty emoji', async () => {
    const graph = graphWith()
    for (const emoji of ['👍', '']) {
      await sendText(graph, { type: 'reaction', text: undefined, reaction: { message_id: 'wamid.in', emoji } })
    }
    expect(graph.sent).toEqual([])
    expect(graph.actions.map(({ kind, targetId, emoji }) => [kind, targetId, emoji])).toEqual([
      ['react', 'wamid.in', '👍'],
      ['react', 'wamid.in', null],
    ])
  })

  it('a read mark comes with or without a sign of typing', async () => {
    const graph = graphWith()
    const body = { messaging_product: 'whatsapp', status: 'read', message_id: 'wamid.in' }
    expect((await ask(graph, `v24.0/${phone.id}/messages`, { body })).body).toEqual({ success: true })
    await ask(graph, `v24.0/${phone.id}/messages`, { body: { ...body, typing_indicator: { type: 'text' } } })
    expect(graph.actions.map(({ kind }) => kind)).toEqual(['mark_read', 'mark_read', 'typing'])
    const wrong = await ask(graph, `v24.0/${phone.id}/messages`, { body: { ...body, message_id: 'm_in' } })
    expect(errorOf(wrong)).toMatchObject({ code: 131_009 })
  })
})

describe('files of WhatsApp', () => {
  it('go up as a form, and then with a message and its caption', async () => {
    const graph = graphWith()
    const { body } = await upload(graph, 'picture', 'image/png')
    expect((await sendText(graph, { type: 'image', image: { id: body['id'], caption: 'Скан' } })).status).toBe(200)
    expect(graph.sent[0]).toMatchObject({ type: 'image', text: 'Скан' })
    expect(graph.sent[0]?.files[0]).toMatchObject({ mimeType: 'image/png', filename: 'a.png' })
    expect(new TextDecoder().decode(graph.sent[0]?.files[0]?.bytes)).toBe('picture')
  })

  it('are refused when Meta does not take their type or size', async () => {
    const graph = graphWith()
    expect(errorOf(await upload(graph, 'a', 'application/zip'))).toMatchObject({ code: 100 })
    expect(errorOf(await upload(graph, 'a'.repeat(5 * 1024 * 1024 + 1), 'image/png'))).toMatchObject({ code: 131_053 })
    const form = new FormData()
    form.append('file', new Blob(['a'], { type: 'image/png' }), 'a.png')
    expect(errorOf(await ask(graph, `v24.0/${phone.id}/media`, { body: form }))).toMatchObject({ code: 100 })
  })

  it('come down by their id: an address for five minutes, that wants the token', async () => {
    let time = now
    const graph = graphWith({ now: () => time })
    const file = graph.addMedia(phone.id, { bytes: new TextEncoder().encode('скан'), mimeType: 'image/jpeg' })
    const { body } = await ask(graph, `v24.0/${file.id}`)
    expect(body).toMatchObject({ id: file.id, mime_type: 'image/jpeg', file_size: 8, sha256: file.sha256 })
    const get = (headers: Record<string, string>) => graph.fetch(String(body['url']), { headers })
    const bearer = { authorization: 'Bearer EAAwhatsapp' }
    expect(await (await get(bearer)).text()).toBe('скан')
    expect((await get({})).status).toBe(401)
    time += 300_000
    expect((await get(bearer)).status).toBe(404)
    const again = await ask(graph, `v24.0/${file.id}?phone_number_id=${phone.id}`)
    expect((await graph.fetch(String(again.body['url']), { headers: bearer })).status).toBe(200)
  })

  it('are not there for another number, nor once they were removed', async () => {
    const graph = graphWith()
    const file = graph.addMedia(phone.id, { bytes: new Uint8Array([1]), mimeType: 'image/jpeg' })
    expect(errorOf(await ask(graph, `v24.0/${file.id}?phone_number_id=1`))).toMatchObject({
      code: 100,
      error_subcode: 33,
    })
    expect(errorOf(await ask(graph, `v24.0/${file.id}`, { token: 'EAApage' }))).toMatchObject({ error_subcode: 33 })
    graph.removeMedia(file.id)
    expect(errorOf(await ask(graph, `v24.0/${file.id}`))).toMatchObject({ error_subcode: 33 })
  })

  it('have a digest that webhooks write in base64', async () => {
    const file = graphWith().addMedia(phone.id, { bytes: new TextEncoder().encode('abc'), mimeType: 'image/jpeg' })
    // FIPS 180-2's example.
    expect(file.sha256).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    expect(Buffer.from(file.sha256Base64, 'base64').toString('hex')).toBe(file.sha256)
  })
})

describe('what WhatsApp says of an account', () => {
  it('templates come in pages, with a next address that works as it is', async () => {
    const graph = graphWith()
    const names: unknown[] = []
    let address: string | undefined =
      `https://graph.facebook.com/v24.0/${phone.accountId}/message_templates?limit=2&fields=name,status&access_token=EAAwhatsapp`
    for (let pages = 0; address !== undefined && pages < 5; pages += 1) {
      const answer = (await (await graph.fetch(address)).json()) as { data: Json[]; paging?: { next?: string } }
      names.push(...answer.data.map(({ name }) => name))
      address = answer.paging?.next
    }
    expect(names).toEqual(['hello', 'ready', 'rejected'])
    const approved = await ask(graph, `v24.0/${phone.accountId}/message_templates?status=APPROVED`)
    expect((approved.body['data'] as Json[]).map(({ name }) => name)).toEqual(['hello', 'ready'])
  })

  it('the number’s quality and state, and no field it does not have', async () => {
    const graph = graphWith({ accounts: [{ ...phone, phone: { quality_rating: 'RED', status: 'FLAGGED' } }] })
    const { body } = await ask(graph, `v24.0/${phone.id}?fields=quality_rating,status`)
    expect(body).toEqual({ id: phone.id, quality_rating: 'RED', status: 'FLAGGED' })
    expect(errorOf(await ask(graph, `v24.0/${phone.id}?fields=colour`))).toMatchObject({ code: 100 })
  })

  it('which apps get its webhooks', async () => {
    const { body } = await ask(graphWith(), `v24.0/${phone.accountId}/subscribed_apps`)
    expect(body).toMatchObject({ data: [{ whatsapp_business_api_data: { id: '990000000000099' } }] })
    const none = graphWith({ accounts: [{ ...phone, subscribedApps: [] }] })
    expect((await ask(none, `v24.0/${phone.accountId}/subscribed_apps`)).body).toEqual({ data: [] })
  })
})
