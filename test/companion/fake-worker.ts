import { randomUUID } from 'node:crypto'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { BroadcastItem, type BroadcastResult } from '../../src/protocol/api.ts'
import { type AccountState, LeaseBody, ResultsBody, StatesBody } from '../../src/protocol/companion.ts'
import { type FakeCommands, createFakeCommands } from './fake-commands.ts'
import { type FakeDoorbell, createFakeDoorbell } from './fake-doorbell.ts'
import { FakeError, type Json, readAll, tell } from './fake-http.ts'
import { type FakeLeases, createFakeLeases } from './fake-leases.ts'

/** One thing that the Worker stored: an item, or a mail as it came. Each once, in the order of arrival. */
export type Stored = {
  account: string
  key: string
  item: BroadcastItem | null
  mail: { raw: Buffer; direction: string; authservId: string | null } | null
}
export type Faults = {
  /** Share of calls that fail before anything is stored, with status 500. */
  before: number
  /** Share of calls that are done, and whose answer is lost. */
  after: number
  /** How long each answer takes, in ms. */
  slowMs: number
  /** Refuses single items. */
  refuse: (item: BroadcastItem) => { code: string; message: string } | null
  /** Answers a call in its own way; null: as usual. `path` without the query. */
  answer: (call: {
    method: string
    path: string
    body: Buffer
  }) => { status: number; body: Json; headers?: Record<string, string> } | null
}
/**
 * The Worker as the companion sees it, over HTTP on loopback: its documented routes, shapes and errors, and faults on
 * demand. What it has stored it knows again.
 */
export type FakeWorker = {
  url: string
  serviceKey: string
  faults: Faults
  stored: Stored[]
  /** How often something came that was stored already. */
  copies: number
  /** Calls by path, whatever became of them. */
  calls: { method: string; path: string; key: string | undefined; bytes: number }[]
  uploads: Map<string, Buffer>
  states: AccountState[]
  checkpoints: Map<string, { version: number; sealed: string }>
  leases: FakeLeases
  commands: FakeCommands
  doorbell: FakeDoorbell
  /** Files of commands, by id: they are at `/api/v1/companion/files/<id>`. */
  files: Map<string, Buffer>
  /** Ids of the messages of an account as they were stored. */
  messages(account: string): string[]
  close(): Promise<void>
}
export type FakeWorkerOptions = { faults?: Partial<Faults>; random?: () => number; leaseMs?: number; port?: number }

export async function startFakeWorker(options: FakeWorkerOptions = {}): Promise<FakeWorker> {
  const random = options.random ?? Math.random
  const faults: Faults = { before: 0, after: 0, slowMs: 0, refuse: () => null, answer: () => null, ...options.faults }
  const doorbell = createFakeDoorbell()
  const leases = createFakeLeases(options.leaseMs ?? 90_000, (account) => commands.cursor(account))
  const commands: FakeCommands = createFakeCommands(leases, doorbell)
  const worker: FakeWorker = {
    url: '',
    serviceKey: 'eik_test_0123456789abcdef',
    faults,
    stored: [],
    copies: 0,
    calls: [],
    uploads: new Map(),
    states: [],
    checkpoints: new Map(),
    leases,
    commands,
    doorbell,
    files: new Map(),
    messages: (account) =>
      worker.stored.flatMap(({ account: of, item }) => (of === account ? (messageId(item) ?? []) : [])),
    close: () =>
      new Promise((resolve) => {
        doorbell.cut()
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  const server = createServer((request, response) => void serve(worker, random, { request, response }))
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    const isRight = request.url === '/api/v1/companion/ws' && isAuthorised(worker, request)
    if (isRight) doorbell.accept(request, socket)
    else socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n')
  })
  await new Promise<void>((resolve) => void server.listen(options.port ?? 0, '127.0.0.1', () => resolve()))
  worker.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return worker
}

type Exchange = { request: IncomingMessage; response: ServerResponse }

async function serve(worker: FakeWorker, random: () => number, { request, response }: Exchange): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://worker')
  const method = request.method ?? 'GET'
  try {
    const body = await readAll(request)
    const key = request.headers['idempotency-key']
    worker.calls.push({
      method,
      path: url.pathname,
      key: typeof key === 'string' ? key : undefined,
      bytes: body.length,
    })
    const { slowMs, answer } = worker.faults
    if (slowMs > 0) await new Promise((resolve) => setTimeout(resolve, slowMs))
    if (!isAuthorised(worker, request)) throw new FakeError(401, 'unauthorized', 'Sign in.')
    const special = answer({ method, path: url.pathname, body })
    if (special !== null) return tell(response, special.status, special.body, special.headers)
    if (random() < worker.faults.before) throw new FakeError(500, 'internal', 'Something failed.')
    const result = handle(worker, { method, url, body, request })
    if (random() < worker.faults.after) return void request.socket.destroy()
    if (Buffer.isBuffer(result)) {
      response.writeHead(200, { 'content-length': result.length })
      return void response.end(result)
    }
    tell(response, result === null ? 204 : 200, result)
  } catch (error) {
    if (error instanceof FakeError)
      tell(response, error.status, { error: { code: error.code, message: error.message } })
    else if (!response.destroyed) tell(response, 500, { error: { code: 'internal', message: String(error) } })
  }
}

function isAuthorised({ serviceKey }: FakeWorker, { headers }: IncomingMessage): boolean {
  return headers.authorization === `Bearer ${serviceKey}`
}

type Call = { method: string; url: URL; body: Buffer; request: IncomingMessage }

function handle(worker: FakeWorker, { method, url, body, request }: Call): Json | Buffer {
  const query = (name: string) => url.searchParams.get(name) ?? ''
  const [, , , area = '', name = '', ...rest] = url.pathname.split('/')
  switch (`${method} ${area}/${name}`) {
    case 'POST communications/broadcast-message':
      return broadcast(worker, JSON.parse(body.toString()) as { items?: unknown[] })
    case 'POST communications/inbound-email':
      return takeMail(worker, url, body)
    case 'POST communications/uploads': {
      if (request.headers['content-length'] === undefined)
        throw new FakeError(411, 'upload.length_required', 'How long?')
      const id = randomUUID()
      worker.uploads.set(id, body)
      return { upload_id: id }
    }
    case 'POST companion/leases':
      return worker.leases.ask(LeaseBody.parse(JSON.parse(body.toString())))
    case 'GET companion/commands':
      return worker.commands.page(
        `${query('platform')}:${query('external_id')}`,
        Number(query('token')),
        Number(query('after')),
      )
    case 'POST companion/results':
      return worker.commands.take(ResultsBody.parse(JSON.parse(body.toString())))
    case 'POST companion/states':
      worker.states.push(...StatesBody.parse(JSON.parse(body.toString())).items)
      return null
    case 'GET companion/files': {
      const file = worker.files.get(rest[0] ?? '')
      if (file === undefined) throw new FakeError(404, 'file.not_found', 'There is no such file.')
      return file
    }
    case 'GET companion/checkpoints':
    case 'PUT companion/checkpoints':
      return checkpoint(worker, {
        method,
        account: rest.map(decodeURIComponent).join(':'),
        token: Number(query('token')),
        body,
      })
    default:
      throw new FakeError(404, 'route.not_found', 'There is no such page.')
  }
}

function broadcast(worker: FakeWorker, body: { items?: unknown[] }): Json {
  if (body.items === undefined) return storeItem(worker, body)
  return { items: body.items.map((item) => storeItem(worker, item)) }
}

function storeItem(worker: FakeWorker, value: unknown): BroadcastResult {
  const parsed = BroadcastItem.safeParse(value)
  if (!parsed.success) return refused({ code: 'item.invalid', message: 'The item is invalid.' })
  const item = parsed.data
  const error = worker.faults.refuse(item) ?? missingUpload(worker, item)
  if (error !== null) return refused(error)
  const account = `${item.channel.platform}:${item.channel.external_id}`
  return store(worker, { account, key: keyOf(item), item, mail: null })
}

function missingUpload({ uploads }: FakeWorker, item: BroadcastItem) {
  const isMissing = item.kind === 'file' && 'upload_id' in item.file && !uploads.has(item.file.upload_id)
  return isMissing ? { code: 'upload.not_found', message: 'There is no such upload.' } : null
}

function refused(error: { code: string; message: string }): BroadcastResult {
  return { message_id: null, conversation_id: null, seq: null, duplicate: false, error }
}

function messageId(item: BroadcastItem | null): string | null {
  return item !== null && (item.kind === undefined || item.kind === 'message') ? item.message.external_id : null
}

const known = new WeakMap<FakeWorker, Set<string>>()

function store(worker: FakeWorker, stored: Stored): BroadcastResult {
  const keys = known.get(worker) ?? new Set()
  known.set(worker, keys)
  const key = `${stored.account} ${stored.key}`
  const isKnown = keys.has(key)
  keys.add(key)
  if (isKnown) worker.copies += 1
  else worker.stored.push(stored)
  return {
    message_id: randomUUID(),
    conversation_id: randomUUID(),
    seq: isKnown ? null : worker.stored.length,
    duplicate: isKnown,
  }
}

/** What makes two items the same thing. */
function keyOf(item: BroadcastItem): string {
  switch (item.kind) {
    case 'edit':
      return `edit ${item.message.external_id} ${item.message.edited_at} ${item.message.content}`
    case 'delete':
      return `delete ${item.message.external_id}`
    case 'reaction':
      return `reaction ${item.message.external_id} ${item.reaction.by} ${item.reaction.at} ${item.reaction.emoji}`
    case 'file':
      return `file ${item.message.external_id} ${item.file.key} ${'error' in item.file ? item.file.error.code : 'ready'}`
    case 'read':
      return `read ${item.conversation.external_id} ${item.read.up_to}`
    default:
      return `message ${item.message.external_id}`
  }
}

function takeMail(worker: FakeWorker, url: URL, raw: Buffer): Json {
  const to = url.searchParams.get('to') ?? ''
  const direction = url.searchParams.get('direction') ?? 'inbound'
  const id = /^message-id:\s*(\S+)/im.exec(raw.toString('latin1'))?.[1] ?? raw.toString('latin1')
  const mail = { raw, direction, authservId: url.searchParams.get('authserv_id') }
  return store(worker, { account: `email:${to}`, key: `mail ${direction} ${id}`, item: null, mail })
}

type CheckpointCall = { method: string; account: string; token: number; body: Buffer }

function checkpoint({ checkpoints, leases }: FakeWorker, { method, account, token, body }: CheckpointCall): Json {
  const known = checkpoints.get(account)
  if (method === 'GET') {
    if (known === undefined) throw new FakeError(404, 'checkpoint.not_found', 'There is none.')
    return known
  }
  leases.require(account, token)
  const given = JSON.parse(body.toString()) as { version: number; sealed: string }
  if (known !== undefined && given.version <= known.version)
    throw new FakeError(409, 'checkpoint.older', 'There is a newer one.')
  checkpoints.set(account, given)
  return null
}
