import type { z } from 'zod'
import { ErrorBody } from '../protocol/api.ts'
import { ApiError } from './api-error.ts'
import { createUploadTransport, type UploadTransport } from './upload-transport.ts'

type HeaderRecord = Readonly<Record<string, string>>

/**
 * How to reach the API. `baseUrl`: scheme, host and optional path of the Worker; empty means the page's own origin,
 * where the session cookie goes along by itself. `headers` are asked for before every call, so that a token may be
 * renewed in between.
 */
export type ApiOptions = {
  baseUrl?: string
  fetch?: typeof globalThis.fetch
  headers?: HeaderRecord | (() => HeaderRecord | Promise<HeaderRecord>)
  /** After how many ms without an answer a call counts as failed (30 s). */
  timeoutMs?: number
  /** How files are sent; unless given by XMLHttpRequest, which tells of progress, or by `fetch` where that is missing or given. */
  sendFile?: UploadTransport
}

/** One call: `body` is sent as JSON, the answer is checked against `schema`. */
export type Call<T> = { method?: string; path: string; body?: unknown; schema: z.ZodType<T> }
export type Request = <T>(call: Call<T>) => Promise<T>

const defaultTimeoutMs = 30_000

/** Makes the one function through which every call goes. It throws nothing but `ApiError`. */
export function createRequest(options: ApiOptions): Request {
  return async (call) => {
    const response = await send(options, call)
    const body = await readBody(response)
    if (!response.ok) throw errorOf(response.status, body)
    const result = call.schema.safeParse(body)
    if (!result.success) throw new ApiError('response.invalid', response.status, 'The server gave an unexpected answer')
    return result.data
  }
}

/** One file: its bytes are the body as they are. */
export type FileCall = { path: string; file: Blob; onProgress?: (sent: number) => void; signal?: AbortSignal }
export type Uploader = <T>(call: FileCall, schema: z.ZodType<T>) => Promise<T>

/** Makes the function through which files go. Like other calls it throws nothing but `ApiError`. */
export function createUploader(options: ApiOptions): Uploader {
  const transport = options.sendFile ?? createUploadTransport(options.fetch)
  return async (call, schema) => {
    const { status, text } = await sendFile(options, transport, call)
    const body = parseJson(text)
    if (status < 200 || status > 299) throw errorOf(status, body)
    const result = schema.safeParse(body)
    if (!result.success) throw new ApiError('response.invalid', status, 'The server gave an unexpected answer')
    return result.data
  }
}

async function sendFile(options: ApiOptions, transport: UploadTransport, call: FileCall) {
  const { path, file, onProgress = () => undefined, signal = new AbortController().signal } = call
  const type = file.type === '' ? 'application/octet-stream' : file.type
  try {
    const headers = { accept: 'application/json', 'content-type': type, ...(await headersOf(options)) }
    return await transport({ url: trimSlash(options.baseUrl ?? '') + path, headers, body: file, onProgress, signal })
  } catch (error) {
    if (error instanceof ApiError) throw error
    throw new ApiError('network', 0, 'The server could not be reached')
  }
}

async function headersOf({ headers }: ApiOptions): Promise<HeaderRecord | undefined> {
  return typeof headers === 'function' ? headers() : headers
}

async function send(options: ApiOptions, call: Call<unknown>): Promise<Response> {
  const request = options.fetch ?? globalThis.fetch
  const hasBody = call.body !== undefined
  try {
    const given = await headersOf(options)
    return await request(trimSlash(options.baseUrl ?? '') + call.path, {
      method: call.method ?? 'GET',
      headers: { accept: 'application/json', ...(hasBody ? { 'content-type': 'application/json' } : {}), ...given },
      signal: AbortSignal.timeout(options.timeoutMs ?? defaultTimeoutMs),
      ...(hasBody ? { body: JSON.stringify(call.body) } : {}),
    })
  } catch (error) {
    if (error instanceof ApiError) throw error // from `headers`, which may call an API of its own
    // What fetch throws differs from one runtime to the next and says nothing that a caller could act on.
    throw new ApiError('network', 0, 'The server could not be reached')
  }
}

async function readBody(response: Response): Promise<unknown> {
  let text: string
  try {
    text = await response.text()
  } catch {
    throw new ApiError('network', 0, 'The answer broke off')
  }
  return parseJson(text)
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text)
  } catch {
    return undefined // the caller's schema refuses it, with the status at hand
  }
}

function errorOf(status: number, body: unknown): ApiError {
  const envelope = ErrorBody.safeParse(body)
  if (!envelope.success) return new ApiError(`http.${status}`, status, `The server answered ${status}`)
  return new ApiError(envelope.data.error.code, status, envelope.data.error.message)
}

/** A base address without its trailing slashes, so that paths can be appended. */
export function trimSlash(baseUrl: string): string {
  return baseUrl.replace(/\/+$/, '')
}
