import { describe, expect, test } from 'vitest'
import type { ChannelAdapter } from '../../src/channels/channel.ts'
import { facebook } from '../../src/channels/facebook/adapter.ts'
import { instagram } from '../../src/channels/instagram/adapter.ts'
import type { OutboundMessage, PlatformCalls, PlatformIo } from '../../src/channels/outbound.ts'
import { whatsapp } from '../../src/channels/whatsapp/adapter.ts'
import * as fake from '../fake-graph/builders.ts'
import type { FakeGraph } from '../fake-graph/fake-graph.ts'
import { collect, file, go, reply } from './platform-io.ts'

// The calls of each platform against a Graph that keeps state, where the other tests look at single requests.

type Place = {
  name: string
  adapter: ChannelAdapter
  account: { id: string; accountId?: string }
  credentials: Record<string, string>
  to: OutboundMessage['to']
}

const places: Place[] = [
  {
    name: 'WhatsApp',
    adapter: whatsapp,
    account: fake.phone,
    credentials: { access_token: 'EAAwhatsapp' },
    to: [{ kind: 'phone', value: fake.customer }],
  },
  {
    name: 'Messenger',
    adapter: facebook,
    account: fake.page,
    credentials: { access_token: 'EAApage' },
    to: [{ kind: 'user', value: fake.psid }],
  },
  {
    name: 'Instagram',
    adapter: instagram,
    account: fake.instagram,
    credentials: { access_token: 'IGAAinstagram', login: 'instagram' },
    to: [{ kind: 'user', value: fake.igsid }],
  },
  {
    name: 'Instagram through a page',
    adapter: instagram,
    account: fake.instagramOfPage,
    credentials: { access_token: 'EAApage' },
    to: [{ kind: 'user', value: fake.igsid }],
  },
]

function setUp({ adapter, account, credentials, to }: Place) {
  // One token opens the page and the account that is linked to it.
  const token = { value: 'EAApage', scopes: ['pages_messaging', 'instagram_manage_messages'] }
  const accounts = [
    fake.phone,
    { ...fake.page, token },
    account.id === fake.instagram.id ? fake.instagram : fake.instagramOfPage,
  ]
  const graph = fake.graphWith({ accounts, fetch: async () => new Response('the bytes') })
  const [{ value: customerId }] = to
  graph.hear(account.id, customerId, fake.now)
  graph.addCustomer(account.id, { id: customerId, name: 'Олена', username: 'olena.k' })
  const io: PlatformIo = {
    fetch: graph.fetch,
    now: () => fake.now,
    apiUrl: 'https://graph.facebook.com',
    instagramApiUrl: 'https://graph.instagram.com',
    channel: { externalId: account.id, alternateExternalId: null, accountId: account.accountId ?? null },
    credentials,
  }
  const calls = adapter.calls as Required<PlatformCalls>
  return { graph, io, calls, customerId }
}

async function sendOne(place: Place, more: Partial<OutboundMessage> = {}, prepare?: (graph: FakeGraph) => void) {
  const { graph, io, calls } = setUp(place)
  prepare?.(graph)
  const outcome = await calls.send(reply({ to: place.to, ...more }), io, go)
  return { graph, outcome }
}

describe.each(places)('on $name', (place) => {
  test('a text arrives once, under the id that the outcome names', async () => {
    const { graph, outcome } = await sendOne(place, { replyToExternalId: 'wamid.before' })
    expect(graph.sent).toMatchObject([{ text: 'Добрий день', replyTo: 'wamid.before', isVanished: false }])
    expect(outcome).toEqual({ kind: 'sent', externalId: graph.sent[0]?.messageId })
    expect(graph.calls.every(({ tokenIn }) => tokenIn === 'header')).toBe(true)
  })

  test('a file arrives whole', async () => {
    const { graph, outcome } = await sendOne(place, { content: '', attachments: [file('the bytes')] })
    expect(outcome).toMatchObject({ kind: 'sent' })
    const bytes = graph.sent[0]?.files.map((one) => new TextDecoder().decode(one.bytes))
    expect(bytes).toEqual(['the bytes'])
  })

  test('a lost answer leaves the fate unknown, and the message there once', async () => {
    const { graph, outcome } = await sendOne(place, {}, (graph) => graph.loseAnswer())
    expect(outcome).toMatchObject({ kind: 'unknown' })
    expect(graph.sent).toHaveLength(1)
  })

  test('a lost request leaves the fate unknown too, as nobody can tell the two apart', async () => {
    const { graph, outcome } = await sendOne(place, {}, (graph) => graph.loseRequest())
    expect(outcome).toMatchObject({ kind: 'unknown' })
    expect(graph.sent).toHaveLength(0)
  })

  test.each([
    [190, 'token', false],
    [4, 'rate_limit', true],
    [10, 'permission', false],
  ])('error %i rejects it as %s', async (code, kind, isPassing) => {
    const { graph, outcome } = await sendOne(place, {}, (graph) => graph.fail({ code }))
    expect(outcome).toMatchObject({ kind: 'rejected', error: { code: String(code), kind } })
    expect('retryAfterMs' in outcome).toBe(isPassing)
    expect(graph.sent).toHaveLength(0)
  })

  test('a closed window rejects it for good', async () => {
    const { id } = place.account
    const { outcome } = await sendOne(place, {}, (graph) => graph.hear(id, place.to[0].value, 0))
    expect(outcome).toMatchObject({ kind: 'rejected', error: { kind: 'window' } })
    expect(outcome).not.toHaveProperty('retryAfterMs')
  })

  test('reactions, read marks and signs of typing are taken', async () => {
    const { graph, io, calls } = setUp(place)
    const externalId = 'wamid.1'
    const done = { ok: true, value: null }
    expect(await calls.react(place.to, { externalId, emoji: '👍' }, io)).toEqual(done)
    expect(await calls.markRead(place.to, { externalId, typing: true }, io)).toEqual(done)
    expect(await calls.typing(place.to, externalId, io)).toEqual(done)
    const kinds = new Set(graph.actions.map(({ kind }) => kind))
    expect([...kinds]).toEqual(['react', 'mark_read', 'typing'])
  })

  test('a check finds a healthy account', async () => {
    const { io, calls } = setUp(place)
    expect(await calls.check(io)).toMatchObject({ ok: true, value: { problems: [] } })
  })
})

describe.each(places.slice(1))('on $name', (place) => {
  test('a person shows who they are', async () => {
    const { io, calls } = setUp(place)
    expect(await calls.profile(place.to, io)).toMatchObject({ ok: true, value: { name: 'Олена' } })
  })

  test('what no webhook brought is found among the recent messages, and what we sent is an echo', async () => {
    const { graph, io, calls, customerId } = setUp(place)
    const object = place.adapter.platform === 'facebook' ? 'page' : 'instagram'
    const words = { id: 'm_in', text: 'Скільки?', from: customerId, to: place.account.id, at: fake.now }
    graph.observe({ ...fake.pageDelivery(words), object })
    await calls.send(reply({ to: place.to }), io, go)
    const answers = await collect(calls.recent(fake.now - 60_000, io))
    const updates = answers.flatMap((answer) => (answer.ok ? place.adapter.parse(answer.value) : []))
    const contact = { aliases: [{ kind: 'user', value: customerId }] }
    const to = { channelExternalId: place.account.id }
    const ours = { externalId: graph.sent[0]?.messageId, direction: 'outbound', content: 'Добрий день', contact }
    expect(updates).toMatchObject([
      { kind: 'item', to, item: { externalId: 'm_in', direction: 'inbound', content: 'Скільки?', contact } },
      { kind: 'item', to, item: { ...ours, echo: {} } },
    ])
  })
})

describe('on WhatsApp', () => {
  const [place] = places as [Place]

  test('a file that a customer sent can be fetched where it is said to be', async () => {
    const { graph, io, calls } = setUp(place)
    const stored = graph.addMedia(place.account.id, {
      bytes: new TextEncoder().encode('photo'),
      mimeType: 'image/jpeg',
    })
    const located = await calls.locateMedia({ mediaId: stored.id, url: null }, io)
    if (!located.ok) throw new Error(located.error.code)
    expect(located.value).toMatchObject({ mimeType: 'image/jpeg', sha256: stored.sha256 })
    const response = await graph.fetch(located.value.url, { headers: located.value.headers })
    expect(await response.text()).toBe('photo')
  })

  test('approved templates are listed and can be sent after the window', async () => {
    const { graph, io, calls } = setUp(place)
    const listed = await calls.templates(io)
    if (!listed.ok) throw new Error(listed.error.code)
    expect(listed.value.map(({ name }) => name)).toEqual(['hello', 'ready'])
    graph.hear(place.account.id, fake.customer, 0)
    const template = { name: 'hello', language: 'uk' }
    expect(await calls.send(reply({ to: place.to, content: '', template }), io, go)).toMatchObject({ kind: 'sent' })
  })

  test('somebody known by a business-scoped id only is reached', async () => {
    const to: OutboundMessage['to'] = [{ kind: 'user', value: 'UA.13491208655302741918' }]
    const prepare = (graph: FakeGraph) => graph.hear(place.account.id, to[0].value, fake.now)
    const { graph, outcome } = await sendOne(place, { to }, prepare)
    expect(outcome).toMatchObject({ kind: 'sent' })
    expect(graph.sent).toMatchObject([{ isVanished: false }])
  })

  test('our own id comes back as the reference', async () => {
    const { graph } = await sendOne(place)
    expect(graph.sent[0]?.reference).toBe(reply().id)
  })
})

test('Messenger hands our own id back as the reference', async () => {
  const { graph } = await sendOne(places[1] as Place)
  expect(graph.sent[0]?.reference).toBe(reply().id)
})

test('a person answers on Messenger and Instagram after the window, and the window of others stays closed', async () => {
  for (const place of places.slice(1)) {
    const dayMs = 86_400_000
    const prepare = (graph: FakeGraph) => graph.hear(place.account.id, place.to[0].value, fake.now - 3 * dayMs)
    expect(await sendOne(place, { humanAgent: true }, prepare)).toMatchObject({ outcome: { kind: 'sent' } })
    expect(await sendOne(place, {}, prepare)).toMatchObject({ outcome: { error: { kind: 'window' } } })
  }
})

test('the token of an Instagram login is replaced by one that works', async () => {
  const [, , place] = places as [Place, Place, Place]
  const { io, calls } = setUp(place)
  const fresh = await calls.refreshToken({ ...io, now: () => fake.now })
  if (!fresh.ok) throw new Error(JSON.stringify(fresh))
  const { credentials, expiresAt } = fresh.value
  expect(expiresAt).toBeGreaterThan(fake.now)
  expect(await calls.send(reply({ to: place.to }), { ...io, credentials }, go)).toMatchObject({ kind: 'sent' })
})
