import { createFakeGraph, type FakeGraph } from './fake-graph.ts'
import type { FacebookAccount, FakeGraphOptions, InstagramAccount, Json, WhatsAppAccount } from './types.ts'

// One account of every kind, for tests that care about one of its fields or about none.

export const phone: WhatsAppAccount = {
  platform: 'whatsapp',
  id: '100000000000001',
  accountId: '190000000000001',
  token: 'EAAwhatsapp',
  displayPhoneNumber: '+380 44 000 00 01',
  name: 'Slovo',
  templates: [
    { name: 'hello', language: 'uk', components: [{ type: 'BODY', text: 'Вітаємо!' }] },
    { name: 'ready', language: 'uk', components: [{ type: 'BODY', text: 'Замовлення {{1}} готове до {{2}}.' }] },
    { name: 'rejected', language: 'uk', status: 'REJECTED', components: [{ type: 'BODY', text: 'Ні' }] },
  ],
}
export const page: FacebookAccount = { platform: 'facebook', id: '200000000000002', token: 'EAApage', name: 'Slovo' }
/** Signed in with Instagram itself. */
export const instagram: InstagramAccount = {
  platform: 'instagram',
  id: '17840000000000003',
  appScopedId: '30000000000000003',
  login: 'instagram',
  token: 'IGAAinstagram',
  username: 'slovo.bureau',
}
/** Connected to the page above. */
export const instagramOfPage: InstagramAccount = {
  platform: 'instagram',
  id: '17840000000000004',
  login: 'page',
  pageId: page.id,
  token: 'EAApage',
  username: 'slovo.page',
}

export const customer = '380501112233'
export const psid = '7100000000000001'
export const igsid = '8100000000000001'
export const now = Date.parse('2026-11-23T12:00:00Z')

export function graphWith(options: FakeGraphOptions = {}): FakeGraph {
  const accounts = [phone, page, instagram].map((account) => ({ ...account }))
  return createFakeGraph({ accounts, now: () => now, random: () => 0.5, ...options })
}

type Asked = { token?: string | null; body?: Json | FormData; method?: string; host?: string; signal?: AbortSignal }
export type Answered = { status: number; body: Json; headers: Headers }

/** Asks the fake as a client of Meta's would. */
export async function ask(graph: FakeGraph, path: string, asked: Asked = {}): Promise<Answered> {
  const { token = 'EAAwhatsapp', body, host = 'graph.facebook.com', signal } = asked
  const isForm = body instanceof FormData
  const headers = {
    ...(token === null ? {} : { authorization: `Bearer ${token}` }),
    ...(body === undefined || isForm ? {} : { 'content-type': 'application/json' }),
  }
  const response = await graph.fetch(`https://${host}/${path}`, {
    method: asked.method ?? (body === undefined ? 'GET' : 'POST'),
    headers,
    ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  })
  return { status: response.status, body: (await response.json()) as Json, headers: response.headers }
}

/** A WhatsApp text; `fields` replaces or adds parts of the body. */
export function sendText(graph: FakeGraph, fields: Json = {}): Promise<Answered> {
  const text = { messaging_product: 'whatsapp', to: customer, type: 'text', text: { body: 'Добрий день' } }
  return ask(graph, `v24.0/${phone.id}/messages`, { body: { ...text, ...fields } })
}

/** A Messenger text. */
export function sendToPage(graph: FakeGraph, message: Json = { text: 'Вітаю' }, fields: Json = {}): Promise<Answered> {
  const body = { recipient: { id: psid }, messaging_type: 'RESPONSE', message, ...fields }
  return ask(graph, `v24.0/${page.id}/messages`, { token: 'EAApage', body })
}

/** An Instagram text, by the account's own login. */
export function sendToInstagram(
  graph: FakeGraph,
  message: Json = { text: 'Вітаю' },
  fields: Json = {},
): Promise<Answered> {
  const body = { recipient: { id: igsid }, message, ...fields }
  return ask(graph, 'v24.0/me/messages', { token: 'IGAAinstagram', host: 'graph.instagram.com', body })
}

type Words = { id?: string; text?: string; at?: number; from?: string; to?: string; message?: Json }

/** A webhook of Messenger, in which somebody writes to the page; an echo comes from it. */
export function pageDelivery({
  id = 'm_in',
  text = 'Скільки?',
  at = now,
  from = psid,
  to = page.id,
  message,
}: Words = {}): Json {
  const event = { sender: { id: from }, recipient: { id: to }, timestamp: at, message: message ?? { mid: id, text } }
  const own = message?.['is_echo'] === true ? from : to
  return { object: 'page', entry: [{ id: own, time: at, messaging: [event] }] }
}
