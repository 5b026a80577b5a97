import { describe, expect, it } from 'vitest'
import {
  ask,
  graphWith,
  igsid,
  instagram,
  instagramOfPage,
  now,
  page,
  pageDelivery,
  psid,
  sendToInstagram,
  sendToPage,
} from './builders.ts'
import type { Json } from './types.ts'

const errorOf = ({ body }: { body: Json }) => body['error'] as Json
const dayMs = 86_400_000

describe('a Messenger send', () => {
  it('is answered with recipient and message id, and is on record once', async () => {
    const graph = graphWith()
    const answer = await sendToPage(graph, { text: 'Вітаю', metadata: 'ours-2' }, { reply_to: { mid: 'm_in' } })
    expect(answer.body).toEqual({ recipient_id: psid, message_id: graph.sent[0]?.messageId })
    expect(graph.sent).toHaveLength(1)
    expect(graph.sent[0]).toMatchObject({ platform: 'facebook', reference: 'ours-2', replyTo: 'm_in', text: 'Вітаю' })
  })

  it('takes a form, whose fields hold JSON', async () => {
    const graph = graphWith()
    const form = new URLSearchParams({
      recipient: `{"id":"${psid}"}`,
      message: '{"text":"Вітаю"}',
      access_token: 'EAApage',
    })
    const response = await graph.fetch('https://graph.facebook.com/v24.0/me/messages', { method: 'POST', body: form })
    expect(response.status).toBe(200)
    expect(graph.calls[0]?.tokenIn).toBe('body')
  })

  it('takes a file in the same form', async () => {
    const graph = graphWith()
    const form = new FormData()
    form.append('recipient', JSON.stringify({ id: psid }))
    form.append(
      'message',
      JSON.stringify({ attachment: { type: 'image', payload: { is_reusable: true } }, metadata: 'ours-3' }),
    )
    form.append('filedata', new Blob(['picture'], { type: 'image/png' }), 'a.png')
    const { body } = await ask(graph, `v24.0/${page.id}/messages`, { token: 'EAApage', body: form })
    expect(body).toMatchObject({ recipient_id: psid, attachment_id: graph.sent[0]?.files[0]?.id })
    expect(graph.sent[0]).toMatchObject({ type: 'image', text: null, reference: 'ours-3' })
    expect(graph.sent[0]?.files[0]?.bytes.length).toBe(7)
  })

  it('takes a file that was uploaded before', async () => {
    const graph = graphWith()
    const form = new FormData()
    form.append('message', JSON.stringify({ attachment: { type: 'file', payload: { is_reusable: true } } }))
    form.append('filedata', new Blob(['%PDF'], { type: 'application/pdf' }), 'a.pdf')
    const { body } = await ask(graph, `v24.0/${page.id}/message_attachments`, { token: 'EAApage', body: form })
    const payload = { attachment_id: body['attachment_id'] }
    expect((await sendToPage(graph, { attachment: { type: 'file', payload } })).status).toBe(200)
    expect(graph.sent[0]?.files[0]).toMatchObject({ filename: 'a.pdf', mimeType: 'application/pdf' })
    expect(
      errorOf(await sendToPage(graph, { attachment: { type: 'file', payload: { attachment_id: '1' } } })),
    ).toMatchObject({ code: 100 })
  })

  it('fetches a file that is given by its address, and refuses the message when there is none', async () => {
    const files: Record<string, Response> = {
      'https://inbox.example/a': new Response('picture', { headers: { 'content-type': 'image/png' } }),
    }
    const graph = graphWith({ fetch: async (url) => files[url] ?? new Response('', { status: 404 }) })
    const send = (url: string) => sendToPage(graph, { attachment: { type: 'image', payload: { url } } })
    expect((await send('https://inbox.example/a')).status).toBe(200)
    expect(graph.sent[0]?.files[0]).toMatchObject({ mimeType: 'image/png' })
    expect(errorOf(await send('https://inbox.example/b'))).toMatchObject({ code: 100, error_subcode: 2_018_008 })
  })

  it.each<[string, Json, Json]>([
    ['a text that is too long', { text: 'a'.repeat(2001) }, {}],
    ['text and file at once', { text: 'a', attachment: { type: 'image', payload: { url: 'https://a.example' } } }, {}],
    ['nothing in it', {}, {}],
    ['message and state at once', { text: 'a' }, { sender_action: 'typing_on' }],
    ['a tag that is no more', { text: 'a' }, { messaging_type: 'MESSAGE_TAG', tag: 'ACCOUNT_UPDATE' }],
    ['a tag of no use', { text: 'a' }, { tag: 'HUMAN_AGENT' }],
    ['nobody', { text: 'a' }, { recipient: { id: 'somebody' } }],
  ])('is refused with 100 for %s', async (_, message, fields) => {
    const graph = graphWith()
    expect(errorOf(await sendToPage(graph, message, fields))).toMatchObject({ code: 100, type: 'OAuthException' })
    expect(graph.sent).toEqual([])
  })

  it('needs the human-agent tag after a day, and after a week nothing helps', async () => {
    const graph = graphWith()
    const tag = { messaging_type: 'MESSAGE_TAG', tag: 'HUMAN_AGENT' }
    graph.hear(page.id, psid, now - dayMs)
    const late = await sendToPage(graph)
    expect(late.status).toBe(403)
    expect(errorOf(late)).toMatchObject({ code: 10, error_subcode: 2_018_278 })
    expect((await sendToPage(graph, { text: 'a' }, tag)).status).toBe(200)
    graph.hear(page.id, psid, now - 7 * dayMs)
    expect(errorOf(await sendToPage(graph, { text: 'a' }, tag))).toMatchObject({ code: 10, error_subcode: 2_018_278 })
  })

  it('gets a customer’s window from the webhook in which they wrote', async () => {
    const graph = graphWith()
    graph.hear(page.id, psid, now - dayMs)
    expect((await sendToPage(graph)).status).toBe(403)
    const echo = { mid: 'm_echo', is_echo: true, text: 'Ми тут' }
    graph.observe(pageDelivery({ at: now - 2000, from: page.id, to: psid, message: echo }))
    expect((await sendToPage(graph)).status).toBe(403)
    graph.observe(pageDelivery({ at: now - 1000 }))
    expect((await sendToPage(graph)).status).toBe(200)
  })
})

describe('an Instagram send', () => {
  it('goes out by the account’s own login on its own host', async () => {
    const graph = graphWith()
    expect((await sendToInstagram(graph)).body).toMatchObject({ recipient_id: igsid })
    const body = { recipient: { id: igsid }, message: { text: 'a' } }
    const other = { token: 'IGAAinstagram', body }
    expect((await ask(graph, `v24.0/${instagram.id}/messages`, { ...other, host: 'graph.instagram.com' })).status).toBe(
      200,
    )
    expect(errorOf(await ask(graph, 'v24.0/me/messages', other))).toMatchObject({ code: 190 })
    expect(graph.sent.map(({ platform }) => platform)).toEqual(['instagram', 'instagram'])
  })

  it('is reached on one host under the folder /instagram as well', async () => {
    const graph = graphWith()
    const body = { recipient: { id: igsid }, message: { text: 'a' } }
    const answer = await ask(graph, 'instagram/v24.0/me/messages', { token: 'IGAAinstagram', host: '127.0.0.1', body })
    expect(answer.status).toBe(200)
  })

  it('goes out by its page, which it shares with Messenger: whose customer it is decides', async () => {
    const graph = graphWith({ accounts: [page, instagramOfPage] })
    graph.addCustomer(instagramOfPage.id, { id: igsid })
    const send = (to: string) =>
      ask(graph, 'v24.0/me/messages', { token: 'EAApage', body: { recipient: { id: to }, message: { text: 'a' } } })
    await send(igsid)
    await send(psid)
    expect(graph.sent.map(({ accountId }) => accountId)).toEqual([instagramOfPage.id, page.id])
  })

  it('takes 1,000 bytes, not characters', async () => {
    const graph = graphWith()
    expect((await sendToInstagram(graph, { text: 'ї'.repeat(500) })).status).toBe(200)
    const answer = await sendToInstagram(graph, { text: 'ї'.repeat(501) })
    expect(errorOf(answer)).toMatchObject({ code: 100, type: 'IGApiException' })
  })

  it('has a window of its own code', async () => {
    const graph = graphWith()
    graph.hear(instagram.id, igsid, now - dayMs)
    expect(errorOf(await sendToInstagram(graph))).toMatchObject({ code: 10, error_subcode: 2_534_022 })
  })
})

describe('what is no message', () => {
  it('marks, typing and reactions are kept apart from messages', async () => {
    const graph = graphWith()
    const act = (action: string, payload?: Json) =>
      ask(graph, 'v24.0/me/messages', {
        token: 'EAApage',
        body: { recipient: { id: psid }, sender_action: action, ...(payload && { payload }) },
      })
    expect((await act('mark_seen')).body).toEqual({ recipient_id: psid })
    await act('typing_on')
    await act('typing_off')
    await act('react', { message_id: 'm_in', reaction: '❤️' })
    await act('unreact', { message_id: 'm_in' })
    expect(graph.actions.map(({ kind, emoji }) => [kind, emoji])).toEqual([
      ['mark_read', null],
      ['typing', null],
      ['react', '❤️'],
      ['react', null],
    ])
    expect(errorOf(await act('react'))).toMatchObject({ code: 100 })
    expect(errorOf(await act('wave'))).toMatchObject({ code: 100 })
    expect(graph.sent).toEqual([])
  })
})

describe('who it is', () => {
  it('/me is the account of the token, with both ids of an Instagram account', async () => {
    const graph = graphWith()
    expect((await ask(graph, 'v24.0/me', { token: 'EAApage' })).body).toEqual({ id: page.id, name: 'Slovo' })
    const me = await ask(graph, 'v24.0/me?fields=user_id,username', {
      token: 'IGAAinstagram',
      host: 'graph.instagram.com',
    })
    expect(me.body).toEqual({
      id: instagram.login === 'instagram' && instagram.appScopedId,
      user_id: instagram.id,
      username: 'slovo.bureau',
    })
  })

  it('a page names the Instagram account connected to it', async () => {
    const graph = graphWith({ accounts: [page, instagramOfPage] })
    const { body } = await ask(graph, `v24.0/${page.id}?fields=instagram_business_account`, { token: 'EAApage' })
    expect(body).toMatchObject({ instagram_business_account: { id: instagramOfPage.id } })
  })

  it('a profile is shown, or refused where there was no consent', async () => {
    const graph = graphWith()
    graph.addCustomer(page.id, { id: psid, name: 'Олена Ковальчук', pictureUrl: 'https://cdn.example/a' })
    graph.addCustomer(instagram.id, { id: igsid })
    const shown = await ask(graph, `v24.0/${psid}?fields=first_name,last_name,profile_pic`, { token: 'EAApage' })
    expect(shown.body).toMatchObject({
      first_name: 'Олена',
      last_name: 'Ковальчук',
      profile_pic: 'https://cdn.example/a',
    })
    const refused = await ask(graph, `v24.0/${igsid}?fields=name,username`, {
      token: 'IGAAinstagram',
      host: 'graph.instagram.com',
    })
    expect(errorOf(refused)).toMatchObject({ code: 230 })
    expect(errorOf(await ask(graph, 'v24.0/999', { token: 'EAApage' }))).toMatchObject({ code: 100, error_subcode: 33 })
  })

  it('which webhooks arrive, and more once they were asked for', async () => {
    const graph = graphWith({ accounts: [{ ...page, subscribedFields: ['messages'] }] })
    const fields = async () => {
      const { body } = await ask(graph, `v24.0/${page.id}/subscribed_apps`, { token: 'EAApage' })
      return (body['data'] as Json[])[0]?.['subscribed_fields']
    }
    expect(await fields()).toEqual(['messages'])
    const body = { subscribed_fields: 'messages,message_echoes' }
    await ask(graph, `v24.0/${page.id}/subscribed_apps`, { token: 'EAApage', body })
    expect(await fields()).toEqual(['messages', 'message_echoes'])
  })
})
