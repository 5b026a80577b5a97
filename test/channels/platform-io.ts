import type { OutboundFile, OutboundMessage, PlatformIo } from '../../src/channels/outbound.ts'

export type Json = Record<string, unknown>

/** One request as the platform saw it. */
export type Seen = {
  method: string
  url: URL
  headers: Headers
  redirect: RequestInit['redirect']
  signal: AbortSignal | null | undefined
  json: unknown
  form: FormData | null
}

/** What the platform does with a request: answers, or fails as a network does. */
export type Reaction = Response | Error | ((seen: Seen) => Response | Promise<Response>)

export const token = 'EAAGm0PX4ZCpsBATokenOfTheChannel'
export const now = Date.UTC(2026, 10, 23, 12)

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json', ...headers } })
}

/** An error as Graph writes it. */
export function graphError(error: Json, status = 400, headers: Record<string, string> = {}): Response {
  const fields = { message: 'It did not work', type: 'OAuthException', fbtrace_id: 'AbCdEf', ...error }
  return json({ error: fields }, status, headers)
}

async function see(url: string | URL | Request, init: RequestInit = {}): Promise<Seen> {
  const request = new Request(url, init)
  const isForm = request.headers.get('content-type')?.startsWith('multipart/form-data') === true
  const text = isForm || request.method === 'GET' ? '' : await request.text()
  return {
    method: request.method,
    url: new URL(request.url),
    headers: request.headers,
    redirect: init.redirect,
    signal: init.signal,
    json: text === '' ? undefined : JSON.parse(text),
    form: isForm ? await request.formData() : null,
  }
}

/** A platform that reacts to each request in turn; one too many is a fault of the test or of what it tests. */
export function platform(reactions: Reaction[], more: Partial<PlatformIo> = {}) {
  const seen: Seen[] = []
  const fetch = async (...[url, init]: Parameters<typeof globalThis.fetch>) => {
    const request = await see(url, init)
    const reaction = reactions[seen.length]
    seen.push(request)
    if (reaction === undefined) throw new Error(`unexpected request to ${request.url.pathname}`)
    if (reaction instanceof Error) throw reaction
    return reaction instanceof Response ? reaction : reaction(request)
  }
  const io: PlatformIo = {
    fetch,
    now: () => now,
    apiUrl: 'https://graph.facebook.com',
    instagramApiUrl: 'https://graph.instagram.com',
    channel: { externalId: '106540352242922', alternateExternalId: null, accountId: '102290129340398' },
    credentials: { access_token: token },
    ...more,
  }
  return { io, seen }
}

/** The same for an Instagram account that signed in with Instagram itself. */
export const instagramLogin = { credentials: { access_token: token, login: 'instagram' } }

export function reply(more: Partial<OutboundMessage> = {}): OutboundMessage {
  return {
    id: '0190a6de-0000-8000-8000-00000000000a',
    to: [{ kind: 'user', value: '5500000000000001' }],
    type: 'text',
    content: 'Добрий день',
    attachments: [],
    ...more,
  }
}

export function file(bytes = 'the bytes', more: Partial<OutboundFile> = {}): OutboundFile {
  const data = new TextEncoder().encode(bytes)
  return {
    type: 'image',
    mimeType: 'image/png',
    filename: 'receipt.png',
    size: data.byteLength,
    open: async () => new Blob([data]).stream(),
    publicUrl: async () => 'https://inbox.example/api/v1/communications/files/signed',
    ...more,
  }
}

export const timeout = () => Object.assign(new Error('The operation timed out'), { name: 'TimeoutError' })
export const lostConnection = () => new TypeError('fetch failed')

export const go = async () => {}

export async function collect<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const found: Value[] = []
  for await (const value of values) found.push(value)
  return found
}
