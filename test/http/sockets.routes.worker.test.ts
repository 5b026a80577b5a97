import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { app } from '../../src/http/app.ts'
import {
  type TestTenant,
  type TestUser,
  admin,
  call,
  newSession,
  newTenant,
  newUser,
  pageOrigin,
} from '../worker/api.ts'

type Offer = {
  user?: string
  path?: string
  query?: string
  ticket?: string | null
  protocols?: string
  headers?: Record<string, string>
}

let tenant: TestTenant
let user: TestUser
beforeAll(async () => {
  tenant = await newTenant()
  user = await newUser(tenant)
})

/** A page's ticket, unless told otherwise: asked for with an Origin. */
async function newTicket(of = user, origin: string | null = pageOrigin): Promise<string> {
  const options = { method: 'POST', bearer: of.token, ...(origin === null ? {} : { origin }) }
  return String((await call('/api/v1/auth/tickets', options)).json['ticket'])
}

async function upgrade({ user: userId = user.id, path, query = '', headers = {} }: Offer): Promise<Response> {
  const address = path ?? `/api/v1/communications/ws/${userId}`
  const request = new Request(`http://localhost${address}${query}`, { headers: { upgrade: 'websocket', ...headers } })
  return app.fetch(request, env, createExecutionContext())
}

type Outcome = { status: number; echoed: string | null; first: unknown; closeCode: number | null }

async function codeOf(response: Response): Promise<string> {
  return (await response.json<{ error: { code: string } }>()).error.code
}

/** Opens as a browser does, and tells what came first: a frame or a close. */
async function open(offer: Offer): Promise<Outcome> {
  const { ticket, protocols = `edge-inbox.v1${ticket ? `, ticket.${ticket}` : ''}` } = offer
  const headers = { origin: pageOrigin, 'sec-websocket-protocol': protocols, ...offer.headers }
  const response = await upgrade({ ...offer, headers })
  const echoed = response.headers.get('sec-websocket-protocol')
  const ws = response.webSocket
  if (ws === null) return { status: response.status, echoed, first: null, closeCode: null }
  return new Promise((resolve) => {
    ws.addEventListener('message', ({ data }) => {
      resolve({ status: response.status, echoed, first: JSON.parse(String(data)), closeCode: null })
      ws.close(1000)
    })
    ws.addEventListener('close', ({ code }) =>
      resolve({ status: response.status, echoed, first: null, closeCode: code }),
    )
    ws.accept()
  })
}

const isOpen = ({ first }: Outcome) => (first as { type?: string } | null)?.type === 'ready'

describe('a browser with a ticket', () => {
  it.each(['communications', 'notifications'])('gets the feed of %s, and its ticket is never echoed', async (feed) => {
    const ticket = await newTicket()
    const outcome = await open({ ticket, path: `/api/v1/${feed}/ws/${user.id}` })
    expect(outcome).toMatchObject({ status: 101, echoed: 'edge-inbox.v1', first: { type: 'ready', user_id: user.id } })
    const again = await open({ ticket })
    expect(again.echoed).toBe('edge-inbox.v1')
  })

  it('finds its ticket nowhere in the answer, let in or not', async () => {
    const ticket = await newTicket()
    const protocols = `ticket.${ticket}, edge-inbox.v1`
    const headers = { origin: pageOrigin, 'sec-websocket-protocol': protocols }
    for (const status of ['let in', 'used already']) {
      const response = await upgrade({ headers })
      const said = JSON.stringify([...response.headers])
      expect([status, response.status, said.includes(ticket)]).toEqual([status, 101, false])
      expect(response.headers.get('sec-websocket-protocol')).toBe('edge-inbox.v1')
      response.webSocket?.accept()
      response.webSocket?.close(1000)
    }
  })

  it('gets in once', async () => {
    const ticket = await newTicket()
    expect(isOpen(await open({ ticket }))).toBe(true)
    expect((await open({ ticket })).closeCode).toBe(4500)
  })

  it('gets in once of a hundred attempts at the same time', async () => {
    const ticket = await newTicket()
    const outcomes = await Promise.all(Array.from({ length: 100 }, () => open({ ticket })))
    expect(outcomes.filter(isOpen)).toHaveLength(1)
    expect(outcomes.filter(({ closeCode }) => closeCode === 4500)).toHaveLength(99)
  })

  it('is turned away with the ticket of another user, which stays good', async () => {
    const other = await newUser(tenant)
    const ticket = await newTicket(other)
    expect((await open({ ticket })).closeCode).toBe(4500)
    expect(isOpen(await open({ ticket, user: other.id }))).toBe(true)
  })

  it('is kept in its own tenant by its ticket, whatever the path says', async () => {
    const foreign = await newTenant()
    const namesake = await newUser(foreign, { user_id: user.id })
    expect(isOpen(await open({ ticket: await newTicket({ ...namesake, id: user.id }) }))).toBe(true)
    const used = await env.DB.prepare('select count(*) as n from used_tokens where tenant_id = ?1')
      .bind(foreign.id)
      .first()
    expect(used).toEqual({ n: 1 })
  })

  it('is told to come back with a new one half a minute later', async () => {
    const ticket = await newTicket()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 31_000 })
    try {
      expect((await open({ ticket })).closeCode).toBe(4005)
    } finally {
      vi.useRealTimers()
    }
  })

  it.each([
    ['of an origin that asked for none', 'https://inbox.example'],
    ['without an origin', null],
  ])('is turned away with a ticket %s', async (_, origin) => {
    const ticket = await newTicket(user, origin)
    expect((await open({ ticket })).closeCode).toBe(4500)
  })

  it.each([
    'https://evil.example',
    'null',
    'https://sub.inbox.example',
    'https://inbox.example.evil',
    'http://inbox.example',
    'https://inbox.example:444',
    'https://inbox.example/',
  ])('is turned away from the page of %s, and its ticket stays good', async (origin) => {
    const ticket = await newTicket()
    expect((await open({ ticket, headers: { origin } })).closeCode).toBe(4502)
    expect(isOpen(await open({ ticket }))).toBe(true)
  })

  it.each([
    ['no ticket', null],
    ['an empty ticket', ''],
    ['a guessed ticket', 'A'.repeat(200)],
  ])('is turned away with %s', async (_, ticket) => {
    const protocols = ticket === null ? 'edge-inbox.v1' : `edge-inbox.v1, ticket.${ticket}`
    expect((await open({ protocols })).closeCode).toBe(4500)
  })

  it('is turned away with a token in the place of the ticket', async () => {
    expect((await open({ ticket: user.token })).closeCode).toBe(4500)
  })

  it('has to speak our protocol', async () => {
    const ticket = await newTicket()
    const outcome = await open({ protocols: `edge-inbox.v2, ticket.${ticket}` })
    expect([outcome.closeCode, outcome.echoed]).toEqual([4501, null])
  })

  it.each([
    ['?since=-1'],
    ['?since=1.5'],
    ['?since=1e3'],
    ['?since=abc'],
    ['?since='],
    ['?since=99999999999999999999'],
    ['?since=1&since=2'],
    ['?since=1&epoch=%3Cscript%3E'],
    ['?since=1&epoch=a&epoch=b'],
  ])('has to resume from a number: %s', async (query) => {
    expect((await open({ ticket: await newTicket(), query })).closeCode).toBe(4505)
  })

  it('resumes from where it was', async () => {
    const first = (await open({ ticket: await newTicket() })).first as { seq: number; epoch: string }
    const query = `?since=${first.seq}&epoch=${first.epoch}`
    expect((await open({ ticket: await newTicket(), query })).first).toMatchObject({ type: 'ready', resumed: true })
  })

  it('is not let in by the session cookie', async () => {
    const cookie = await newSession(tenant, user.id)
    expect((await open({ protocols: 'edge-inbox.v1', headers: { cookie } })).closeCode).toBe(4500)
    expect((await upgrade({ headers: { cookie, origin: pageOrigin } })).status).toBe(401)
  })

  it('is told when its tenant is switched off', async () => {
    const off = await newTenant()
    const member = await newUser(off)
    const ticket = await newTicket(member)
    await env.DB.prepare('update tenants set disabled_at = 1 where id = ?1').bind(off.id).run()
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5_000 })
    try {
      expect((await open({ ticket, user: member.id })).closeCode).toBe(4504)
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('another client with a token', () => {
  const authorization = () => ({ authorization: `Bearer ${user.token}` })

  it('gets in, with and without the subprotocol', async () => {
    const plain = await upgrade({ headers: authorization() })
    expect([plain.status, plain.headers.get('sec-websocket-protocol')]).toEqual([101, null])
    plain.webSocket?.accept()
    plain.webSocket?.close(1000)
    const offered = await open({ protocols: 'edge-inbox.v1', headers: authorization() })
    expect([isOpen(offered), offered.echoed]).toEqual([true, 'edge-inbox.v1'])
  })

  it.each([
    ['nothing', () => ({}), 401, 'auth.required'],
    ['a bad token', () => ({ authorization: 'Bearer x' }), 401, 'auth.invalid'],
    ['a service key', () => ({ authorization: `Bearer ${tenant.key}` }), 401, 'auth.invalid'],
    ['a foreign origin', () => ({ ...authorization(), origin: 'https://evil.example' }), 403, 'origin.refused'],
  ])('gets the status of what is wrong with %s', async (_, headers, status, code) => {
    const response = await upgrade({ headers: headers() })
    expect([response.status, await codeOf(response)]).toEqual([status, code])
  })

  it('gets 403 for the socket of another user', async () => {
    const response = await upgrade({ user: crypto.randomUUID(), headers: authorization() })
    expect([response.status, await codeOf(response)]).toEqual([403, 'user.other'])
  })

  it.each([
    ['capitals', () => user.id.toUpperCase()],
    ['no UUID', () => '42'],
    ['an encoded letter', () => `%${user.id.charCodeAt(0).toString(16)}${user.id.slice(1)}`],
    ['braces', () => `{${user.id}}`],
    ['no hyphens', () => user.id.replaceAll('-', '')],
  ])('gets 400 for a user id with %s, a browser 4505', async (_, id) => {
    expect((await upgrade({ user: id(), headers: authorization() })).status).toBe(400)
    expect((await open({ user: id(), ticket: await newTicket() })).closeCode).toBe(4505)
  })

  it('stays who it is, whatever session it claims in a header or a query', async () => {
    const victim = await newUser(await newTenant())
    const claim = { tenantId: tenant.id, userId: victim.id, name: 'x', expiresAt: 9e15, feed: 'communications' }
    const claimed = encodeURIComponent(JSON.stringify({ ...claim, isV1: true, since: null, epoch: null }))
    const headers = { ...authorization(), 'x-edge-inbox-session': claimed, 'x-forwarded-user': victim.id }
    const own = await open({ protocols: 'edge-inbox.v1', headers, query: `?user_id=${victim.id}&tenant=x` })
    expect(own.first).toMatchObject({ type: 'ready', user_id: user.id })
    const { authorization: _, ...without } = headers
    expect((await upgrade({ user: victim.id, headers: without })).status).toBe(401)
  })

  it('gets 426 when it is no upgrade', async () => {
    for (const headers of [{}, { 'sec-websocket-protocol': 'edge-inbox.v1' }]) {
      const answer = await call(`/api/v1/communications/ws/${user.id}`, { bearer: user.token, headers })
      expect([answer.status, answer.code, answer.headers.get('upgrade')]).toEqual([
        426,
        'socket.upgrade_required',
        'websocket',
      ])
    }
  })

  it('is not let in by a token in the address', async () => {
    expect((await upgrade({ query: `?token=${user.token}&access_token=${user.token}` })).status).toBe(401)
  })
})

describe('a hub', () => {
  it('is not touched without a usable credential', async () => {
    const stranger = crypto.randomUUID()
    const get = vi.spyOn(env.HUB, 'get')
    try {
      await upgrade({ user: stranger })
      await upgrade({ user: stranger, headers: { authorization: `Bearer ${user.token}` } })
      await open({ protocols: 'edge-inbox.v1' })
      await open({ ticket: 'x' })
      await open({ ticket: await newTicket(), headers: { origin: 'https://evil.example' } })
      expect(get).not.toHaveBeenCalled()
      const allowed = await upgrade({ headers: { authorization: `Bearer ${user.token}` } })
      expect(allowed.status).toBe(101)
      allowed.webSocket?.accept()
      allowed.webSocket?.close(1000)
      expect(get).toHaveBeenCalledOnce()
    } finally {
      get.mockRestore()
    }
  })

  it('that cannot be reached makes a browser come back, and gives others 503', async () => {
    const get = vi.spyOn(env.HUB, 'get').mockImplementation(() => {
      throw new Error('canary: the hub is away')
    })
    try {
      expect((await open({ ticket: await newTicket() })).closeCode).toBe(4001)
      const response = await upgrade({ headers: { authorization: `Bearer ${user.token}` } })
      const text = await response.text()
      expect([response.status, text.includes('hub.unavailable'), text.includes('canary')]).toEqual([503, true, false])
    } finally {
      get.mockRestore()
    }
  })

  it('sends everybody away when the journal gets a new epoch', async () => {
    const response = await upgrade({
      headers: { 'sec-websocket-protocol': 'edge-inbox.v1', authorization: `Bearer ${user.token}` },
    })
    const ws = response.webSocket
    const closed = new Promise<number>((resolve) => ws?.addEventListener('close', ({ code }) => resolve(code)))
    ws?.accept()
    const { json } = await admin(`/tenants/${tenant.id}/epoch`, { method: 'POST' })
    expect(await closed).toBe(4002)
    expect((await open({ ticket: await newTicket() })).first).toMatchObject({ type: 'ready', epoch: json['epoch'] })
  })
})
