import type { PlatformAnswer, PlatformFailure, PlatformIo } from '../outbound.ts'
import { type GraphError, failureOf, readGraphError } from './graph-error.ts'
import { waitNamedBy } from './graph-wait.ts'
import { isObject, type Json } from './wire.ts'

// Trust boundary: a channel's token leaves the Worker only from here, and only for the configured host. It travels in a
// header, since addresses end up in logs, and redirects are not followed, since another host may stand behind them.

/** The one place that pins the version of Meta's API; introduced on 29 July 2026 (changelog of the Graph API). */
export const graphVersion = 'v26.0'

/** Where to ask, and with whose token. */
export type GraphAccess = { io: PlatformIo; root: string; token: string }

/** A body that is no JSON: a file on its way up. */
export type GraphUpload = { contentType: string; stream: ReadableStream<Uint8Array> }

export type GraphRequest = {
  /** Parts of the path after the version, unescaped: `['me', 'messages']`. */
  path: readonly string[]
  query?: Readonly<Record<string, string>>
  /** Makes it a POST. */
  json?: Json
  /** Makes it a POST. */
  upload?: GraphUpload
  /** False for the few addresses that have no version. */
  isVersioned?: boolean
  timeoutMs?: number
}

/**
 * What came of a request.
 * - `value`: a JSON object, and no error.
 * - `refused`: Graph said no, in its own words.
 * - `lost`: no answer that can be read. Whether Graph did what it was asked, nobody can tell.
 */
export type GraphAnswer =
  | { kind: 'value'; value: Json }
  | { kind: 'refused'; error: GraphError; failure: PlatformFailure }
  | { kind: 'lost'; reason: string }

const usualTimeoutMs = 20_000

/** A failure of our own making: nothing was asked of the platform. */
export function ownFailure(kind: PlatformFailure['error']['kind'], code: string, title: string): PlatformFailure {
  return { error: { code, title, details: null, kind } }
}

/** The channel's access to the API at `root`. Fails where no usable token is stored. */
export function openGraph(io: PlatformIo, root = io.apiUrl): PlatformAnswer<GraphAccess> {
  const token = (io.credentials['access_token'] ?? '').trim()
  if (token === '')
    return { ok: false, ...ownFailure('token', 'credentials.missing', 'No access token is stored for this channel') }
  // Anything else would be refused by the header it travels in, with an exception that quotes it.
  if (!/^[\x21-\x7e]+$/.test(token))
    return { ok: false, ...ownFailure('token', 'credentials.invalid', 'The stored access token cannot be one') }
  return { ok: true, value: { io, root, token } }
}

/** Asks Graph once. Never throws for anything the network or Graph does. */
export async function askGraph(access: GraphAccess, request: GraphRequest): Promise<GraphAnswer> {
  if (!request.path.every(isPathPart)) {
    const error = { code: 'id.invalid', title: 'The id cannot be part of an address', details: null }
    const failure: PlatformFailure = { error: { ...error, kind: 'content' } }
    return { kind: 'refused', error: { ...error, subcode: null, isTransient: false, traceId: null }, failure }
  }
  try {
    // Called as a plain function: the runtime's own fetch refuses any other `this`.
    const { fetch: ask } = access.io
    return await readAnswer(access, await ask(addressOf(access, request), initOf(access, request)))
  } catch (fault) {
    return { kind: 'lost', reason: isTimeout(fault) ? 'timeout' : 'connection.lost' }
  }
}

function isTimeout(fault: unknown): boolean {
  return fault instanceof Error && (fault.name === 'TimeoutError' || fault.name === 'AbortError')
}

/** `..` would leave the path however it is escaped. */
function isPathPart(part: string): boolean {
  return part !== '' && part !== '.' && part !== '..' && part.isWellFormed()
}

function addressOf({ root }: GraphAccess, { path, query, isVersioned = true }: GraphRequest): string {
  const parts = [...(isVersioned ? [graphVersion] : []), ...path.map(encodeURIComponent)]
  const search = query === undefined ? '' : `?${new URLSearchParams(query).toString()}`
  return `${root}/${parts.join('/')}${search}`
}

function initOf({ token }: GraphAccess, { json, upload, timeoutMs = usualTimeoutMs }: GraphRequest): RequestInit {
  const headers: Record<string, string> = { accept: 'application/json', authorization: `Bearer ${token}` }
  const common = { redirect: 'manual' as const, signal: AbortSignal.timeout(timeoutMs) }
  if (json !== undefined) {
    headers['content-type'] = 'application/json'
    return { ...common, method: 'POST', headers, body: JSON.stringify(json) }
  }
  if (upload !== undefined) {
    headers['content-type'] = upload.contentType
    // Node demands the mark for a body that is still growing; workerd does not know it.
    return { ...common, method: 'POST', headers, body: upload.stream, duplex: 'half' } as RequestInit
  }
  return { ...common, method: 'GET', headers }
}

async function readAnswer({ io, token }: GraphAccess, response: Response): Promise<GraphAnswer> {
  const body = jsonOf(await response.text())
  const error = readGraphError(body, [token])
  if (error !== null) {
    return { kind: 'refused', error, failure: failureOf(error, waitNamedBy(response.headers, io.now())) }
  }
  if (response.ok && isObject(body)) return { kind: 'value', value: body }
  return { kind: 'lost', reason: response.ok ? 'answer.unreadable' : `http.${response.status}` }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // a proxy's page, or half an answer: no answer of Graph's
  }
}

const lostRetryMs = 30_000

/** The answer to a question that may be asked again. */
export function answerOf(answer: GraphAnswer): PlatformAnswer<Json> {
  switch (answer.kind) {
    case 'value':
      return { ok: true, value: answer.value }
    case 'refused':
      return { ok: false, ...answer.failure }
    case 'lost':
      return {
        ok: false,
        ...ownFailure('unreachable', answer.reason, 'The platform did not answer'),
        retryAfterMs: lostRetryMs,
      }
  }
}

/** Asks what may be asked again. */
export async function read(access: GraphAccess, request: GraphRequest): Promise<PlatformAnswer<Json>> {
  return answerOf(await askGraph(access, request))
}
