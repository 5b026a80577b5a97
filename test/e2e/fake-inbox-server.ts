import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { extname, join } from 'node:path'
import type { Page, Route, WebSocketRoute } from 'playwright-core'
import { build } from 'vite'
import type { SendMessageBody } from '../../src/protocol/api.ts'
import { channel, conversation, message, replyRules, template } from '../ui/build.ts'
import type { Channel, Conversation, Message } from '../../src/ui/types.ts'

const root = join(import.meta.dirname, '../..')
const origin = 'https://inbox.example'
const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
}

/** The page as it is deployed, in a folder of its own. */
export async function buildPage(): Promise<{ folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'edge-inbox-page-'))
  await build({
    configFile: join(root, 'vite.config.ts'),
    root: join(root, 'src/ui'),
    logLevel: 'error',
    build: { outDir: folder },
  })
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) }
}

/** The headers that the platform puts on every file of the page. */
async function readPageHeaders(folder: string): Promise<Record<string, string>> {
  const lines = (await readFile(join(folder, '_headers'), 'utf8')).split('\n').slice(1)
  const pairs = lines.map((line) => /^\s+([\w-]+):\s*(.*)$/.exec(line)).filter((match) => match !== null)
  return Object.fromEntries(pairs.map(([, name = '', value = '']) => [name, value]))
}

type Answer = { status: number; body: unknown }
const refuse = (status: number, code: string, text: string): Answer => ({
  status,
  body: { error: { code, message: text } },
})

/** What the page asked for, and what it is told: a server with one conversation per channel, which the test moves. */
export type FakeServer = {
  channels: Channel[]
  conversations: Conversation[]
  messages: Message[]
  /** Bodies of replies, in the order they came. */
  replies: (SendMessageBody & { conversation: string })[]
  uploads: { type: string; size: number }[]
  /** Everything else that was asked: `METHOD path body`. */
  calls: string[]
  /** Says what becomes of the next replies, in order; without it they are stored. */
  refusals: (Answer | 'lost')[]
  /** Holds back every answer to a reply until it is called. */
  hold(): () => void
  /** Sends an event with the next number. */
  tell(event: Record<string, unknown>): void
  refuse: typeof refuse
}

type State = FakeServer & { seq: number; sockets: Set<WebSocketRoute>; held: Promise<void> }

const whatsapp = channel({ name: 'Office', reply_rules: replyRules({ files: { image: 5_000_000, document: 1_000 } }) })
const instagram = channel({
  platform: 'instagram',
  reply_rules: replyRules({
    text: 1000,
    caption: null,
    unit: 'bytes',
    has_templates: false,
    human_agent_ms: 604_800_000,
  }),
})
const email = channel({ platform: 'email', name: 'office@bureau.example' })
const hours = (count: number): string => new Date(Date.now() + count * 3_600_000).toISOString()

function firstState(): State {
  const olena = conversation({ platform: 'whatsapp', channel_id: whatsapp.id, can_reply_until: hours(20) })
  const old = { platform: 'whatsapp', channel_id: whatsapp.id, client_name: 'Thomas Becker' } as const
  const anna = { platform: 'instagram', channel_id: instagram.id, client_name: 'Anna Schmidt' } as const
  const piotr = { platform: 'email', channel_id: email.id, client_name: 'Piotr Nowak' } as const
  const said = Array.from({ length: 30 }, (_, n) =>
    message({
      ...{ conversation_id: olena.id, content: `Message ${n}`, seq: n + 1 },
      created_at: new Date(Date.now() - (40 - n) * 60_000).toISOString(),
    }),
  )
  const state: State = {
    channels: [whatsapp, instagram, email],
    conversations: [
      olena,
      conversation({ ...old, can_reply_until: hours(-1) }),
      conversation({ ...anna, can_reply_until: hours(-1) }),
      conversation(piotr),
    ],
    messages: said,
    replies: [],
    uploads: [],
    calls: [],
    refusals: [],
    seq: 100,
    sockets: new Set(),
    held: Promise.resolve(),
    hold() {
      const { promise, resolve } = Promise.withResolvers<void>()
      state.held = promise
      return resolve
    },
    tell(event) {
      state.seq += 1
      const text = JSON.stringify({ seq: state.seq, ...event })
      for (const socket of state.sockets) socket.send(text)
    },
    refuse,
  }
  return state
}

/** Opens the page on a conversation, with this server behind it. */
export async function openPage(page: Page, folder: string): Promise<FakeServer> {
  const state = firstState()
  const headers = await readPageHeaders(folder)
  await page.routeWebSocket(/\/api\/v1\/communications\/ws\//, (socket) => {
    state.sockets.add(socket)
    const ready = { type: 'ready', seq: state.seq, epoch: 'e', resumed: true, user_id: me.user_id }
    socket.send(JSON.stringify({ ...ready, ping_interval_ms: 25_000 }))
    socket.onMessage((text) => {
      if (text === '{"type":"ping"}') socket.send(JSON.stringify({ type: 'pong', seq: state.seq, epoch: 'e' }))
    })
  })
  await page.route('**/*', async (route) => {
    const url = new URL(route.request().url())
    if (url.origin !== origin) return route.abort()
    return url.pathname.startsWith('/api/') ? answerCall(state, route, url) : giveFile(route, folder, url, headers)
  })
  await page.goto(`${origin}/conversations/${state.conversations[0]?.id ?? ''}`)
  return state
}

async function giveFile(route: Route, folder: string, url: URL, headers: Record<string, string>): Promise<void> {
  const name = types[extname(url.pathname)] === undefined ? 'index.html' : url.pathname
  const body = await readFile(join(folder, name))
  await route.fulfill({ body, headers: { ...headers, 'content-type': types[extname(name)] ?? '' } })
}

const me = {
  user_id: '00000000-0000-4000-8000-0000000000aa',
  name: 'Iryna Bondar',
  role: 'manager',
  tenant: { id: '00000000-0000-4000-8000-0000000000bb', name: 'Lingua Bureau' },
  session_expires_at: hours(8),
}

async function answerCall(state: State, route: Route, url: URL): Promise<void> {
  const path = url.pathname.replace(/^\/api\/v1\/(communications\/)?/, '')
  const request = route.request()
  const body: unknown = path === 'uploads' ? null : request.postDataJSON()
  const answer = await answerOf(state, { method: request.method(), path, body, route })
  if (answer === 'lost') return route.abort('connectionfailed')
  await route.fulfill({ status: answer.status, json: answer.body })
}

type Call = { method: string; path: string; body: unknown; route: Route }

async function answerOf(state: State, call: Call): Promise<Answer | 'lost'> {
  const { method, path, route } = call
  const at = { as_of: state.seq, epoch: 'e' }
  const list = (items: unknown[]): Answer => ({ status: 200, body: { items, next_cursor: null, ...at } })
  if (path === 'auth/me') return { status: 200, body: me }
  if (path === 'auth/tickets') return { status: 200, body: { ticket: 't', expires_at: hours(1) } }
  if (path === 'channels') return list(state.channels)
  if (path === 'conversations') return list(state.conversations)
  if (path === 'uploads') return storeUpload(state, route)
  const [, id = '', rest = ''] = /^conversations\/([^/]+)\/?(.*)$/.exec(path) ?? []
  const row = state.conversations.find((one) => one.id === id)
  if (rest === 'messages' && method === 'POST') return storeReply(state, id, call.body as SendMessageBody)
  if (rest === 'messages') return list(state.messages.filter((one) => one.conversation_id === id).toReversed())
  if (row !== undefined && rest === '') return { status: 200, body: { conversation: row, ...at } }
  state.calls.push(`${method} ${path} ${JSON.stringify(call.body)}`)
  if (row !== undefined && rest === 'read') return { status: 200, body: { conversation: row, seq: null } }
  if (path.endsWith('/templates'))
    return { status: 200, body: { items: [template(), template({ name: 'hello', body: 'Hello' })] } }
  return { status: 202, body: {} }
}

function storeUpload(state: State, route: Route): Answer {
  const request = route.request()
  state.uploads.push({ type: request.headers()['content-type'] ?? '', size: request.postDataBuffer()?.length ?? 0 })
  const id = `00000000-0000-4000-a000-${String(state.uploads.length).padStart(12, '0')}`
  return { status: 201, body: { upload_id: id } }
}

async function storeReply(state: State, conversationId: string, body: SendMessageBody): Promise<Answer | 'lost'> {
  state.replies.push({ ...body, conversation: conversationId })
  await state.held
  const refusal = state.refusals.shift()
  if (refusal !== undefined) return refusal
  const row = state.conversations.find(({ id }) => id === conversationId)
  const stored = message({
    ...{ conversation_id: conversationId, direction: 'outbound', content: body.content, status: 'queued' },
    ...{ external_id: null, client_message_id: body.client_message_id, seq: state.seq + 1 },
    sender: { external_id: me.user_id, name: me.name },
    reply_to_external_id: state.messages.find(({ id }) => id === body.reply_to)?.external_id ?? null,
    created_at: new Date().toISOString(),
  })
  state.messages.push(stored)
  state.tell({ type: 'new_message', conversation_id: conversationId, message: stored, conversation: row })
  return { status: 202, body: { message: stored, seq: stored.seq } }
}
