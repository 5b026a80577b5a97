import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { invalid, missing, refusal } from './errors.ts'
import { type GraphState, type Media, nextNumber } from './state.ts'
import { accountsOf, checkToken } from './tokens.ts'
import type { Answer, GraphCall, UploadedFile } from './types.ts'

export type NewFile = { bytes: Uint8Array<ArrayBuffer>; mimeType: string; filename?: string | null }

export function addFile(state: GraphState, accountId: string, file: NewFile): Media {
  const id = nextNumber(state)
  const digest = sha256(file.bytes)
  const media: Media = {
    id,
    accountId,
    bytes: file.bytes,
    mimeType: file.mimeType,
    filename: file.filename ?? null,
    sha256: bytesToHex(digest),
    sha256Base64: btoa(String.fromCharCode(...digest)),
    url: cdnUrl(state, { id, filename: file.filename ?? null }),
    isGone: false,
  }
  state.media.set(id, media)
  return media
}

/** An address that says itself until when it is good, as those of Meta's CDN do (`oe`, hexadecimal seconds). */
export function cdnUrl(state: GraphState, { id, filename }: Pick<Media, 'id' | 'filename'>): string {
  const until = Math.floor((state.options.now() + state.options.cdnUrlMs) / 1000)
  const name = encodeURIComponent(filename ?? `${id}_n`)
  return `${state.options.fileOrigin}/cdn/${id}/${name}?oe=${until.toString(16)}&oh=fake`
}

function bearerUrl(state: GraphState, id: string): string {
  const until = Math.floor((state.options.now() + state.options.mediaUrlMs) / 1000)
  return `${state.options.fileOrigin}/whatsapp_business/attachments/?mid=${id}&ext=${until}&hash=fake`
}

/** GET /{media-id}: Cloud API, "Media". */
export function mediaNode(state: GraphState, call: GraphCall, media: Media): Answer {
  const phone = call.query.get('phone_number_id')
  const isForeign = !accountsOf(state, call).some(({ id }) => id === media.accountId)
  if (media.isGone || isForeign || (phone !== null && phone !== media.accountId)) return missing(media.id, call)
  if (call.method === 'DELETE') {
    media.isGone = true
    return { status: 200, body: { success: true } }
  }
  const { id, mimeType, sha256: hash, bytes } = media
  const url = bearerUrl(state, id)
  return {
    status: 200,
    body: { url, mime_type: mimeType, sha256: hash, file_size: bytes.length, id, messaging_product: 'whatsapp' },
  }
}

const notFound = () => new Response('Not Found', { status: 404 })

/** The bytes of a file, by either kind of address. */
export function fileResponse(state: GraphState, call: GraphCall): Response {
  const isWhatsApp = call.path[0] === 'whatsapp_business'
  const media = state.media.get((isWhatsApp ? call.query.get('mid') : call.path[1]) ?? '')
  const until = isWhatsApp ? Number(call.query.get('ext')) : Number.parseInt(call.query.get('oe') ?? '', 16)
  if (media === undefined || media.isGone) return notFound()
  if (isWhatsApp && checkToken(state, call) !== undefined) return new Response('', { status: 401 })
  // The Cloud API says 404 of an address that is too old, the CDN 403.
  if (!(until * 1000 > state.options.now())) {
    return isWhatsApp ? notFound() : new Response('URL signature expired', { status: 403 })
  }
  const headers = { 'content-type': media.mimeType, 'content-length': String(media.bytes.length) }
  return new Response(media.bytes, { headers })
}

const mebibyte = 1024 * 1024
// Cloud API, "Media": supported types and their sizes.
const types: readonly [RegExp, number][] = [
  [/^audio\/(?:aac|amr|mpeg|mp4|ogg|opus)$/, 16 * mebibyte],
  [/^image\/(?:jpeg|png)$/, 5 * mebibyte],
  [/^image\/webp$/, 500 * 1024],
  [/^video\/(?:3gpp|3gp|mp4)$/, 16 * mebibyte],
  [/^text\/plain$/, 100 * mebibyte],
  [/^application\/(?:pdf|msword|vnd\.ms-(?:excel|powerpoint))$/, 100 * mebibyte],
  [
    /^application\/vnd\.openxmlformats-officedocument\.(?:wordprocessingml|spreadsheetml|presentationml)\./,
    100 * mebibyte,
  ],
]

function onlyFile(call: GraphCall, field: string): UploadedFile | null {
  const [file, ...others] = call.files.filter((one) => one.field === field)
  return file !== undefined && others.length === 0 ? file : null
}

/** POST /{phone}/media. */
export function uploadToWhatsApp(state: GraphState, call: GraphCall, accountId: string): Answer {
  const from = { platform: 'whatsapp', call } as const
  if (call.body['messaging_product'] !== 'whatsapp') {
    return invalid('The parameter messaging_product is required.', from)
  }
  const file = onlyFile(call, 'file')
  if (file === null) return invalid('The parameter file is required.', from)
  const mimeType = file.mimeType.split(';')[0]?.trim() ?? ''
  const most = types.find(([form]) => form.test(mimeType))?.[1]
  if (most === undefined) {
    return invalid(`Param file must be a file of a supported type. Received file of type '${mimeType}'.`, from)
  }
  if (file.bytes.length > most) return refusal({ code: 131_053, details: 'The file is too large.' }, from)
  const { id } = addFile(state, accountId, { bytes: file.bytes, mimeType, filename: file.filename })
  return { status: 200, body: { id } }
}

/** The file that came with a form in `filedata`: Messenger's upload, and its sending in one go. */
export function filedataOf(state: GraphState, call: GraphCall, accountId: string): Media | null {
  const file = onlyFile(call, 'filedata')
  if (file === null) return null
  return addFile(state, accountId, { bytes: file.bytes, mimeType: file.mimeType, filename: file.filename })
}

const largestAttachment = 25 * mebibyte

/** A file given by its address: fetched like Meta does, or, where this fake may not fetch, taken unseen. */
export async function fetchFile(state: GraphState, accountId: string, url: string): Promise<Media | null> {
  const { fetch } = state.options
  if (fetch === undefined) {
    return addFile(state, accountId, { bytes: new Uint8Array(), mimeType: 'application/octet-stream', filename: url })
  }
  try {
    const response = await fetch(url)
    const bytes = new Uint8Array(await response.arrayBuffer())
    if (!response.ok || bytes.length > largestAttachment) return null
    const mimeType = response.headers.get('content-type') ?? 'application/octet-stream'
    return addFile(state, accountId, { bytes, mimeType })
  } catch {
    return null // as unreachable for Meta as it is from here
  }
}
