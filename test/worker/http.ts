import { env, exports } from 'cloudflare:workers'

export const host = 'http://localhost'
/** Of the page: same as the host of the tests. */
export const pageOrigin = 'http://localhost'

export type CallOptions = {
  method?: string
  bearer?: string
  origin?: string
  cookie?: string
  headers?: Record<string, string>
  json?: unknown
  body?: BodyInit
}

export type Answer = { status: number; headers: Headers; text: string; json: Json; code: string | undefined }
/** Parsed JSON whose shape the test states by reading it. */
// oxlint-disable-next-line typescript/no-explicit-any
export type Json = any
