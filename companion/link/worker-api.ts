import { z } from 'zod'
import { type BroadcastItem, BroadcastResult, UploadResponse } from '../../src/protocol/api.ts'
import {
  Checkpoint,
  CommandPage,
  type CompanionAccount,
  type LeaseBody,
  LeaseResponse,
  type ResultsBody,
  ResultsResponse,
  type StatesBody,
} from '../../src/protocol/companion.ts'
import type { Access } from './access.ts'
import { type Answer, judgeFailure } from './answer.ts'

/** The Worker's side of the companion, as calls that never throw. */
export type WorkerApi = {
  items(items: readonly BroadcastItem[], idempotencyKey: string): Promise<Answer<BroadcastResult[]>>
  mail(mail: OutgoingMail, idempotencyKey: string): Promise<Answer<BroadcastResult>>
  upload(file: OutgoingFile): Promise<Answer<{ upload_id: string }>>
  leases(body: LeaseBody, signal?: AbortSignal): Promise<Answer<LeaseResponse>>
  commands(account: CompanionAccount, token: number, after: number): Promise<Answer<CommandPage>>
  results(body: ResultsBody): Promise<Answer<z.infer<typeof ResultsResponse>>>
  states(body: z.infer<typeof StatesBody>): Promise<Answer<null>>
  /** `ok` with null: there is none. */
  readCheckpoint(account: CompanionAccount): Promise<Answer<Checkpoint | null>>
  writeCheckpoint(account: CompanionAccount, token: number, checkpoint: Checkpoint): Promise<Answer<null>>
  /** A file of a command; throws when it cannot be had. */
  openFile(path: string): Promise<{ body: ReadableStream<Uint8Array>; size: number }>
}
export type OutgoingMail = {
  to: string
  direction: 'inbound' | 'outbound'
  authservId: string | null
  raw: Uint8Array<ArrayBuffer>
}
export type OutgoingFile = { body: ReadableStream<Uint8Array>; size: number; mimeType: string | null }

export type WorkerApiDeps = {
  url: string
  serviceKey: () => string
  access: Access
  /** Given when the process stops: whatever is under way is broken off. */
  signal: AbortSignal
  fetch: typeof fetch
}

type Call = {
  method: 'GET' | 'POST' | 'PUT'
  path: string
  body?: NonNullable<RequestInit['body']>
  headers?: Record<string, string>
  timeoutMs: number
  signal?: AbortSignal
  /** Is made even while the key is refused, and its success opens the way again. */
  isProbe?: boolean
}

const shortMs = 30_000
/** What is larger may take longer: a line of 64 KiB/s is slow, one that brings less is taken to be dead. */
const transfer = { restMs: 60_000, bytesPerMs: 65.536, maxFileBytes: 100 * 1024 * 1024 }
const pieceBytes = 64 * 1024
const commandsPerPage = 50
const communications = '/api/v1/communications'
const companion = '/api/v1/companion'
const BroadcastAnswer = z.object({ items: z.array(BroadcastResult) })
const Anything = z.unknown().transform(() => null)

export function createWorkerApi(deps: WorkerApiDeps): WorkerApi {
  const ask = <Schema extends z.ZodType>(call: Call, schema: Schema) => exchange(deps, call, schema)
  return {
    async items(items, idempotencyKey) {
      const answer = await ask(
        post(`${communications}/broadcast-message`, { items }, { idempotencyKey }),
        BroadcastAnswer,
      )
      if (answer.kind !== 'ok') return answer
      const { items: results } = answer.value
      // An answer that does not say of each what became of it says nothing.
      if (results.length !== items.length) return { kind: 'again', reason: 'results missing', afterMs: null }
      return { kind: 'ok', value: results }
    },
    mail: ({ to, direction, authservId, raw }, idempotencyKey) => {
      const query = new URLSearchParams({ to, direction, ...(authservId !== null && { authserv_id: authservId }) })
      const size = raw.byteLength
      const headers = {
        'content-type': 'message/rfc822',
        'content-length': String(size),
        'idempotency-key': idempotencyKey,
      }
      const path = `${communications}/inbound-email?${query.toString()}`
      const timeoutMs = transferMs(size)
      return ask({ method: 'POST', path, body: inPieces(raw), headers, timeoutMs }, BroadcastResult)
    },
    upload({ body, size, mimeType }) {
      const headers = { 'content-length': String(size), 'content-type': mimeType ?? 'application/octet-stream' }
      return ask(
        { method: 'POST', path: `${communications}/uploads`, body, headers, timeoutMs: transferMs(size) },
        UploadResponse,
      )
    },
    leases: (body, signal) =>
      ask({ ...post(`${companion}/leases`, body), isProbe: true, ...(signal && { signal }) }, LeaseResponse),
    commands({ platform, external_id }, token, after) {
      const numbers = { token: String(token), after: String(after), limit: String(commandsPerPage) }
      const query = new URLSearchParams({ platform, external_id, ...numbers })
      return ask({ method: 'GET', path: `${companion}/commands?${query.toString()}`, timeoutMs: shortMs }, CommandPage)
    },
    results: (body) => ask(post(`${companion}/results`, body), ResultsResponse),
    states: (body) => ask(post(`${companion}/states`, body), Anything),
    async readCheckpoint(account) {
      const answer = await ask({ method: 'GET', path: checkpointPath(account), timeoutMs: shortMs }, Checkpoint)
      return answer.kind === 'refused' && answer.status === 404 ? { kind: 'ok', value: null } : answer
    },
    writeCheckpoint: (account, token, checkpoint) =>
      ask({ ...post(`${checkpointPath(account)}?token=${token}`, checkpoint), method: 'PUT' }, Anything),
    openFile: (path) => openFile(deps, path),
  }
}

function checkpointPath({ platform, external_id }: CompanionAccount): string {
  return `${companion}/checkpoints/${encodeURIComponent(platform)}/${encodeURIComponent(external_id)}`
}

function post(path: string, value: unknown, { idempotencyKey }: { idempotencyKey?: string } = {}): Call {
  const headers = {
    'content-type': 'application/json',
    ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
  }
  return { method: 'POST', path, body: JSON.stringify(value), headers, timeoutMs: shortMs }
}

async function exchange<Schema extends z.ZodType>(
  deps: WorkerApiDeps,
  call: Call,
  schema: Schema,
): Promise<Answer<z.infer<Schema>>> {
  if (call.isProbe !== true) await deps.access.whenOpen(deps.signal)
  try {
    const response = await send(deps, call)
    const text = await response.text()
    if (!response.ok) {
      const failure = judgeFailure(response.status, response.headers, text)
      if (failure.kind === 'unauthorised') deps.access.shut(failure)
      return failure
    }
    const parsed = schema.safeParse(text === '' ? null : JSON.parse(text))
    if (!parsed.success) return { kind: 'again', reason: 'an answer of another form', afterMs: null }
    if (call.isProbe === true) deps.access.open()
    return { kind: 'ok', value: parsed.data }
  } catch (error) {
    return { kind: 'again', reason: reasonOf(error), afterMs: null }
  } finally {
    // A file that was not read to its end would hold its connection.
    if (call.body instanceof ReadableStream && !call.body.locked) await call.body.cancel().catch(ignore)
  }
}

function send({ url, serviceKey, signal, fetch }: WorkerApiDeps, call: Call): Promise<Response> {
  const { method, path, body, headers = {}, timeoutMs } = call
  const signals = [signal, AbortSignal.timeout(timeoutMs), ...(call.signal ? [call.signal] : [])]
  return fetch(`${url}${path}`, {
    method,
    headers: { ...headers, authorization: `Bearer ${serviceKey()}` },
    signal: AbortSignal.any(signals),
    // The key goes to the Worker and nowhere else.
    redirect: 'error',
    ...(body !== undefined && { body, duplex: 'half' }),
  })
}

async function openFile(
  deps: WorkerApiDeps,
  path: string,
): Promise<{ body: ReadableStream<Uint8Array>; size: number }> {
  // A path, never an address: the key must not go to whoever a command names.
  if (!/^\/(?!\/)/.test(path)) throw new Error('a file of a command is no path on the Worker')
  await deps.access.whenOpen(deps.signal)
  const response = await send(deps, { method: 'GET', path, timeoutMs: transferMs(transfer.maxFileBytes) })
  const size = Number(response.headers.get('content-length') ?? Number.NaN)
  if (!response.ok || response.body === null || !Number.isSafeInteger(size)) {
    await response.body?.cancel()
    throw new Error(`a file of a command cannot be had: status ${response.status}`)
  }
  return { body: response.body as ReadableStream<Uint8Array>, size }
}

function transferMs(bytes: number): number {
  return transfer.restMs + Math.ceil(bytes / transfer.bytesPerMs)
}

/**
 * Node's fetch gives a body that it has as a whole five minutes until the answer begins, its sending included; one that
 * it reads piece by piece has them from its last piece on.
 */
function inPieces(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array> {
  let at = 0
  return new ReadableStream(
    {
      pull(controller) {
        if (at >= bytes.length) return controller.close()
        controller.enqueue(bytes.subarray(at, at + pieceBytes))
        at += pieceBytes
      },
    },
    { highWaterMark: 0 },
  )
}

/** A code where there is one: messages of the network's errors may hold addresses. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const cause = error.cause
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code
  return error.name
}

function ignore(): void {
  // The stream has failed by itself already.
}
