import { describe, expect, test } from 'vitest'
import { askGraph, graphVersion, openGraph, read } from '../../../src/channels/meta/graph.ts'
import { graphError, json, lostConnection, platform, type Reaction, timeout, token } from '../platform-io.ts'

function setUp(reactions: Reaction[], more: Parameters<typeof platform>[1] = {}) {
  const { io, seen } = platform(reactions, more)
  const access = openGraph(io)
  if (!access.ok) throw new Error(access.error.code)
  return { access: access.value, seen, io }
}

describe('a request to Graph', () => {
  test('goes to the pinned version of the configured address, with the token in its header only', async () => {
    const { access, seen } = setUp([json({ id: '1' })])
    expect(await askGraph(access, { path: ['me', 'messages'], json: { a: 1 } })).toEqual({
      kind: 'value',
      value: { id: '1' },
    })
    expect(seen).toMatchObject([{ method: 'POST', json: { a: 1 }, redirect: 'manual' }])
    expect(seen[0]?.url.href).toBe(`https://graph.facebook.com/${graphVersion}/me/messages`)
    expect(seen[0]?.headers.get('authorization')).toBe(`Bearer ${token}`)
    expect(seen[0]?.headers.get('content-type')).toBe('application/json')
  })

  test('follows no redirect, so that the token stays with the host it is for', async () => {
    const elsewhere = new Response(null, { status: 302, headers: { location: 'https://evil.example/' } })
    const { access, seen } = setUp([elsewhere])
    expect(await askGraph(access, { path: ['me'] })).toEqual({ kind: 'lost', reason: 'http.302' })
    expect(seen).toHaveLength(1)
  })

  test.each(['..', '.', '', '\ud800'])('never leaves its path for an id such as %j', async (id) => {
    const { access, seen } = setUp([])
    expect(await read(access, { path: [id, 'messages'] })).toMatchObject({ ok: false, error: { code: 'id.invalid' } })
    expect(seen).toHaveLength(0)
  })

  test('writes an id into its path so that it stays one part', async () => {
    const { access, seen } = setUp([json({})])
    await read(access, { path: ['m_a/../b?c#d'] })
    expect(seen[0]?.url.pathname).toBe(`/${graphVersion}/m_a%2F..%2Fb%3Fc%23d`)
  })

  test('has a time limit', async () => {
    const never = (seen: { signal?: AbortSignal | null | undefined }) =>
      new Promise<Response>((_, reject) => {
        seen.signal?.addEventListener('abort', () => reject(timeout()))
      })
    const { access } = setUp([never])
    expect(await askGraph(access, { path: ['me'], timeoutMs: 20 })).toEqual({ kind: 'lost', reason: 'timeout' })
  })

  test('calls fetch as the plain function the runtime demands', async () => {
    const receivers: unknown[] = []
    const fetch = function (this: unknown) {
      receivers.push(this)
      return Promise.resolve(json({}))
    } as typeof globalThis.fetch
    const { access } = setUp([], { fetch })
    await askGraph(access, { path: ['me'] })
    expect(receivers).toEqual([undefined])
  })
})

describe('an answer', () => {
  test.each<[string, Reaction, string]>([
    ['a time-out', timeout(), 'timeout'],
    ['a lost connection', lostConnection(), 'connection.lost'],
    ['a proxy page', new Response('<html>Bad gateway</html>', { status: 502 }), 'http.502'],
    ['an empty failure', new Response(null, { status: 500 }), 'http.500'],
    ['JSON that is no error of Graph', json({ error: 'no' }, 400), 'http.400'],
    ['half an answer', new Response('{"id": "1', { status: 200 }), 'answer.unreadable'],
    ['an answer that is no object', json([1]), 'answer.unreadable'],
  ])('that is %s can be asked for again', async (_, reaction, code) => {
    const { access } = setUp([reaction])
    const answer = await read(access, { path: ['me'] })
    expect(answer).toMatchObject({ ok: false, error: { code, kind: 'unreachable' }, retryAfterMs: 30_000 })
  })

  test('keeps the words of Graph', async () => {
    const error = {
      code: 131047,
      error_subcode: 2494010,
      error_data: { messaging_product: 'whatsapp', details: 'More than 24 hours have passed' },
    }
    const { access } = setUp([graphError(error)])
    expect(await read(access, { path: ['me'] })).toMatchObject({
      ok: false,
      error: { code: '131047', title: 'It did not work', details: 'More than 24 hours have passed. Subcode 2494010' },
      traceId: 'AbCdEf',
    })
  })

  test('prefers the words that Graph wrote for people', async () => {
    const error = { code: 10, error_user_title: 'Too late', error_user_msg: 'Wait for the customer', error_data: 'x' }
    const { access } = setUp([graphError(error)])
    expect(await read(access, { path: ['me'] })).toMatchObject({
      error: { title: 'Too late', details: 'Wait for the customer' },
    })
  })

  test('with an error is one whatever its status says', async () => {
    const { access } = setUp([graphError({ code: 100 }, 200)])
    expect(await read(access, { path: ['me'] })).toMatchObject({ ok: false, error: { code: '100' } })
  })

  test('never carries the token on, even where Graph repeats it', async () => {
    const message = `Malformed access token ${token}`
    const details = 'Cannot decrypt EAAGotherlongthing0123456789abcdefghijklmnopqrstuvwxyz'
    const { access } = setUp([graphError({ code: 190, message, error_user_msg: details })])
    const answer = await read(access, { path: ['me'] })
    expect(answer).toMatchObject({ error: { title: 'Malformed access token …', details: 'Cannot decrypt …' } })
    expect(JSON.stringify(answer)).not.toContain(token)
  })
})

describe('credentials', () => {
  test.each([[{}], [{ access_token: '' }], [{ access_token: '  ' }]])('%j are missing', (credentials) => {
    const { io } = platform([], { credentials })
    expect(openGraph(io)).toMatchObject({ ok: false, error: { code: 'credentials.missing', kind: 'token' } })
  })

  test('that no header can carry are refused before any request', () => {
    const { io } = platform([], { credentials: { access_token: 'EAA\r\nX-Evil: 1' } })
    expect(openGraph(io)).toMatchObject({ ok: false, error: { code: 'credentials.invalid', kind: 'token' } })
  })

  test('are used without the blanks that came along when they were pasted', () => {
    const { io } = platform([], { credentials: { access_token: ` ${token}\n` } })
    expect(openGraph(io)).toMatchObject({ ok: true, value: { token } })
  })
})
