import { isObject, objectOf, textOf } from './json.ts'
import type { CallKind, GraphCall, Json, UploadedFile } from './types.ts'

const versionForm = /^v\d{1,2}\.\d$/

/** Fields of a form that Meta reads as JSON. */
function readField(value: string): unknown {
  if (!/^[[{]/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

type Body = { fields: Json; files: UploadedFile[] }

async function readForm(request: Request): Promise<Body> {
  const form = await request.formData()
  const entries = [...form.entries()] as [string, string | Blob][]
  const fields: Json = {}
  const files: UploadedFile[] = []
  for (const [field, value] of entries) {
    if (typeof value === 'string') {
      fields[field] = readField(value)
      continue
    }
    const { name } = value as Blob & { name?: string }
    const bytes = new Uint8Array(await value.arrayBuffer())
    files.push({ field, filename: name ?? 'blob', mimeType: value.type, bytes })
  }
  return { fields, files }
}

/** Null for a body that says it is what it is not. */
async function readBody(request: Request): Promise<Body | null> {
  if (request.body === null) return { fields: {}, files: [] }
  const type = request.headers.get('content-type') ?? ''
  try {
    if (/^(?:multipart\/form-data|application\/x-www-form-urlencoded)/i.test(type)) return await readForm(request)
    const text = await request.text()
    const value: unknown = text === '' ? {} : JSON.parse(text)
    return isObject(value) ? { fields: value, files: [] } : null
  } catch {
    return null
  }
}

type Where = Pick<GraphCall, 'api' | 'version' | 'path'>

/** graph.instagram.com, or the folder `/instagram` on a host that stands for both. */
function readWhere(url: URL): Where {
  const parts = url.pathname.split('/').filter((part) => part !== '')
  const isFolder = parts[0] === 'instagram'
  const rest = (isFolder ? parts.slice(1) : parts).map((part) => decodeURIComponent(part))
  const api = isFolder || url.hostname === 'graph.instagram.com' ? 'instagram' : 'facebook'
  const [first] = rest
  if (first !== undefined && versionForm.test(first)) return { api, version: first, path: rest.slice(1) }
  return { api, version: null, path: rest }
}

type Credential = Pick<GraphCall, 'token' | 'tokenIn'>

function readToken(request: Request, url: URL, body: Json): Credential {
  const header = /^(?:Bearer|OAuth) (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1]
  if (header !== undefined) return { token: header, tokenIn: 'header' }
  const inQuery = url.searchParams.get('access_token')
  if (inQuery !== null) return { token: inQuery, tokenIn: 'query' }
  const inBody = textOf(body['access_token'])
  return { token: inBody, tokenIn: inBody === null ? null : 'body' }
}

/** What a message to `/{account}/messages` is about. */
function kindOfPost(edge: string | undefined, body: Json): CallKind {
  if (edge === 'media' || edge === 'message_attachments') return 'upload'
  if (edge === 'subscribed_apps') return 'subscriptions'
  if (edge !== 'messages') return 'unknown'
  if (body['status'] === 'read') return 'mark_read'
  if (body['type'] === 'reaction') return 'react'
  switch (body['sender_action']) {
    case undefined:
      return 'send'
    case 'react':
    case 'unreact':
      return 'react'
    case 'mark_seen':
      return 'mark_read'
    default:
      return 'typing'
  }
}

const kindsByEdge: Readonly<Record<string, CallKind>> = {
  message_templates: 'templates',
  subscribed_apps: 'subscriptions',
  conversations: 'conversations',
  messages: 'conversations',
  phone_numbers: 'account',
}

function kindOfGet([first, second]: readonly string[]): CallKind {
  if (first === 'debug_token') return 'debug_token'
  if (first === 'refresh_access_token') return 'refresh_token'
  if (first === 'whatsapp_business' || first === 'cdn') return 'file'
  if (second !== undefined) return kindsByEdge[second] ?? 'unknown'
  // What a lone node is shows when it is looked up.
  return first === undefined ? 'unknown' : 'account'
}

function recipientOf(body: Json): string | null {
  return textOf(body['to']) ?? textOf(body['recipient']) ?? textOf(objectOf(body['recipient'])['id'])
}

/** Reads a request; null when its body cannot be read. */
export async function readCall(request: Request): Promise<GraphCall | null> {
  const url = new URL(request.url)
  const body = await readBody(request)
  if (body === null) return null
  const where = readWhere(url)
  const isGet = request.method === 'GET'
  return {
    kind: isGet ? kindOfGet(where.path) : kindOfPost(where.path[1], body.fields),
    method: request.method,
    url: request.url,
    ...where,
    query: url.searchParams,
    ...readToken(request, url, body.fields),
    body: body.fields,
    files: body.files,
    accountId: null,
    to: recipientOf(body.fields),
  }
}
