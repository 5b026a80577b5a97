import { describe, expect, test } from 'vitest'
import { createApi } from '../../src/client/api.ts'
import type { ApiOptions } from '../../src/client/request.ts'
import { ApiError } from '../../src/client/api-error.ts'
import type { UploadRequest, UploadTransport } from '../../src/client/upload-transport.ts'
import { at, conversation, epoch, message, newMessage, uuid } from './builders.ts'

type Answer = { status?: number; body?: unknown }
type Seen = { url: string; method: string; headers: Headers; body: unknown }

/** The API as `fetch` sees it; every call is answered alike. */
function serve(answer: Answer, options: ApiOptions = {}): { api: ReturnType<typeof createApi>; seen: Seen[] } {
  const seen: Seen[] = []
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    const text = await request.text()
    const { url, method, headers } = request
    seen.push({ url, method, headers, body: text === '' ? undefined : JSON.parse(text) })
    const { status = 200, body } = answer
    return new Response(body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body), { status })
  }
  return { api: createApi({ baseUrl: 'https://inbox.example/', fetch, ...options }), seen }
}

const list = { items: [conversation(10)], next_cursor: 'c2', as_of: 7, epoch }

describe('calls', () => {
  test('asks for conversations by the query, leaving out what is not asked', async () => {
    const { api, seen } = serve({ body: list })
    await expect(api.conversations({ platform: 'email', unread: true, q: 'a b&c' }, 'c1', 20)).resolves.toEqual(list)
    await api.conversations({ unread: false, q: '' })
    expect(seen.map(({ url }) => url)).toEqual([
      'https://inbox.example/api/v1/communications/conversations?platform=email&unread=true&q=a+b%26c&cursor=c1&limit=20',
      'https://inbox.example/api/v1/communications/conversations',
    ])
  })

  test('goes back in time, reads events, and marks as read at the agreed paths', async () => {
    const messages = serve({ body: { ...list, items: [] } })
    await messages.api.messages(uuid(10), 'b1')
    expect(messages.seen[0]?.url).toMatch(/\/conversations\/[^/]+\/messages\?before=b1$/)
    const read = serve({ body: { conversation: conversation(10), seq: 8 } })
    await read.api.markRead(uuid(10), uuid(5001))
    expect(read.seen[0]).toMatchObject({ method: 'POST', body: { message_id: uuid(5001) } })
    await read.api.updateConversation(uuid(10), { status: 'closed' })
    expect(read.seen[1]).toMatchObject({ method: 'PATCH', body: { status: 'closed' } })
  })

  test('signs in and out, and accepts an empty answer', async () => {
    const { api, seen } = serve({ status: 204 })
    await api.createSession('link')
    await api.signOut()
    expect(seen).toMatchObject([{ method: 'POST', body: { link_token: 'link' } }, { method: 'DELETE' }])
  })

  test('asks for its headers before every call', async () => {
    let token = 0
    const headers = async (): Promise<Record<string, string>> => ({ authorization: `Bearer ${(token += 1)}` })
    const { api, seen } = serve({ body: { ticket: 't', expires_at: at(1) } }, { headers })
    await api.ticket()
    await api.ticket()
    expect(seen.map((call) => call.headers.get('authorization'))).toEqual(['Bearer 1', 'Bearer 2'])
  })

  test('leaves out events it does not know, so that healing can get past them', async () => {
    const events = [newMessage(8), { type: 'call_started', seq: 9 }, newMessage(10)]
    const { api } = serve({ body: { events, seq: 10, epoch, more: false } })
    const page = await api.events(7)
    expect(page.events.map(({ seq }) => seq)).toEqual([8, 10])
    expect(page.seq).toBe(10)
  })
})

describe('answering', () => {
  const reply = { client_message_id: 'c1', content: 'Hello' }

  test('sends, repeats, reacts and tells of typing at the agreed paths', async () => {
    const stored = message(8, { direction: 'outbound', client_message_id: 'c1' })
    const { api, seen } = serve({ status: 202, body: { message: stored, seq: 8 } })
    await expect(api.sendMessage(uuid(10), reply)).resolves.toEqual({ message: stored, seq: 8 })
    await api.retryMessage(uuid(5001))
    await api.react(uuid(5001), '👍')
    await api.react(uuid(5001), null)
    await api.typing(uuid(10))
    await api.retryAttachment(uuid(600))
    const root = 'https://inbox.example/api/v1/communications'
    expect(seen.map(({ method, url, body }) => [method, url.replace(root, ''), body])).toEqual([
      ['POST', `/conversations/${uuid(10)}/messages`, reply],
      ['POST', `/messages/${uuid(5001)}/retry`, undefined],
      ['POST', `/messages/${uuid(5001)}/reaction`, { emoji: '👍' }],
      ['POST', `/messages/${uuid(5001)}/reaction`, { emoji: null }],
      ['POST', `/conversations/${uuid(10)}/typing`, undefined],
      ['POST', `/attachments/${uuid(600)}/retry`, undefined],
    ])
  })

  test('lists the templates of a channel', async () => {
    const text = { header: null, body: 'Hello {{1}}', footer: null, buttons: [] }
    const template = { name: 'hello', language: 'uk', category: 'UTILITY', ...text }
    const { api, seen } = serve({ body: { items: [template] } })
    await expect(api.templates(uuid(900))).resolves.toEqual([template])
    expect(seen[0]?.url).toBe(`https://inbox.example/api/v1/communications/channels/${uuid(900)}/templates`)
  })
})

describe('a file', () => {
  const photo = new File(['12345'], 'photo.jpg', { type: 'image/jpeg' })

  test('goes as it is, with its type and the headers of every call', async () => {
    const sent: UploadRequest[] = []
    const sendFile: UploadTransport = async (request) => {
      sent.push(request)
      request.onProgress(5)
      return { status: 201, text: JSON.stringify({ upload_id: uuid(3000) }) }
    }
    const progress: number[] = []
    const { api } = serve({}, { sendFile, headers: { authorization: 'Bearer t' } })
    const uploaded = await api.upload(photo, { onProgress: (bytes) => progress.push(bytes) })
    expect(uploaded).toEqual({ upload_id: uuid(3000) })
    expect(sent[0]).toMatchObject({ url: 'https://inbox.example/api/v1/communications/uploads', body: photo })
    expect(sent[0]?.headers).toMatchObject({ 'content-type': 'image/jpeg', authorization: 'Bearer t' })
    expect(progress).toEqual([5])
  })

  test('goes by fetch where there is no XMLHttpRequest', async () => {
    const seen: Request[] = []
    const fetch: typeof globalThis.fetch = async (input, init) => {
      seen.push(new Request(input, init))
      return Response.json({ upload_id: uuid(3000) }, { status: 201 })
    }
    await createApi({ baseUrl: 'https://inbox.example', fetch }).upload(new Blob(['12345']))
    expect(seen[0]?.headers.get('content-type')).toBe('application/octet-stream')
    expect(await seen[0]?.text()).toBe('12345')
  })

  test('fails with the reason of the server, or as a call without an answer', async () => {
    const upload = (sendFile: UploadTransport) =>
      serve({}, { sendFile })
        .api.upload(photo)
        .catch((error: unknown) => error)
    const text = JSON.stringify({ error: { code: 'body.too_large', message: 'Too large' } })
    expect(await upload(async () => ({ status: 413, text }))).toMatchObject({ code: 'body.too_large', status: 413 })
    expect(await upload(async () => ({ status: 201, text: '{}' }))).toMatchObject({ code: 'response.invalid' })
    expect(await upload(() => Promise.reject(new Error('no')))).toMatchObject({ code: 'network', status: 0 })
  })
})

describe('failures', () => {
  const failure = async (call: Promise<unknown>): Promise<unknown> => call.catch((error: unknown) => error)

  test("carry the server's code, status and sentence", async () => {
    const body = { error: { code: 'conversation.not_found', message: 'No such conversation' } }
    const error = await failure(serve({ status: 404, body }).api.conversation(uuid(10)))
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ code: 'conversation.not_found', status: 404, message: 'No such conversation' })
  })

  test('are told apart: no answer, an answer that is no envelope, an answer of another shape', async () => {
    const offline = createApi({ fetch: () => Promise.reject(new TypeError('fetch failed')) })
    expect(await failure(offline.me())).toMatchObject({ code: 'network', status: 0 })
    expect(await failure(serve({ status: 502, body: '<html>' }).api.me())).toMatchObject({
      code: 'http.502',
      status: 502,
    })
    expect(await failure(serve({ body: { user_id: 'x' } }).api.me())).toMatchObject({ code: 'response.invalid' })
  })

  test('come after a while from a server that never answers', async () => {
    const fetch: typeof globalThis.fetch = (_, init) =>
      new Promise((_resolve, reject) => init?.signal?.addEventListener('abort', () => reject(new Error('aborted'))))
    const error = await failure(createApi({ baseUrl: 'https://x', fetch, timeoutMs: 10 }).me())
    expect(error).toMatchObject({ code: 'network' })
  })
})
