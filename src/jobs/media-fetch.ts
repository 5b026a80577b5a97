import type { MediaLocation } from '../channels/outbound.ts'
import { type MediaPlaces, allowedAddress } from './media-address.ts'
import { type MediaFailure, mediaFailures } from './media-rules.ts'

const maxRedirects = 3

export type FetchedFile = {
  ok: true
  stream: ReadableStream<Uint8Array>
  /** In bytes, where the answer says how many will come. */
  length: number | null
  mimeType: string | null
}
/** `gone`: there is nothing at this address any more; another address may still have the file. */
export type FetchedNothing = { ok: false; isGone: boolean; failure: MediaFailure }

export type Ways = { places: MediaPlaces; fetch: typeof fetch; signal: AbortSignal }

/**
 * Opens the file at an address. Every step of the way has to be an allowed one, and the platform's token goes nowhere but
 * to the origin it is meant for.
 */
export async function fetchFile(location: MediaLocation, ways: Ways): Promise<FetchedFile | FetchedNothing> {
  const { places } = ways
  let url = allowedAddress(location.url, places)
  const tokenOrigin = url?.origin
  for (let redirects = 0; url !== null && redirects <= maxRedirects; redirects++) {
    const response = await ask(url, url.origin === tokenOrigin ? location.headers : {}, ways)
    if (response === null) return nothing(mediaFailures.unreachable())
    const next = nextAddress(response, url)
    if (next === null) return readAnswer(response, tokenOrigin === url.origin && hasToken(location))
    await discard(response)
    url = allowedAddress(next, places)
  }
  return nothing(url === null ? mediaFailures.foreignHost() : mediaFailures.unreachable())
}

const nothing = (failure: MediaFailure, isGone = false): FetchedNothing => ({ ok: false, isGone, failure })
const hasToken = ({ headers }: MediaLocation): boolean => Object.keys(headers).length > 0

/** Null when there was no answer at all. */
async function ask(url: URL, headers: Record<string, string>, { fetch, signal }: Ways): Promise<Response | null> {
  // Meta's file hosts turn away callers without a name; a packed answer would hide how long the file is.
  const own = { 'User-Agent': 'EdgeInbox/1.0', 'Accept-Encoding': 'identity' }
  try {
    return await fetch(url.href, { headers: { ...own, ...headers }, redirect: 'manual', signal })
  } catch {
    return null
  }
}

/** Where the answer points to; null when it is no redirect. */
function nextAddress({ status, headers }: Response, from: URL): string | null {
  const target = headers.get('location')
  if (status < 300 || status > 399 || target === null) return null
  return URL.canParse(target, from.href) ? new URL(target, from.href).href : ''
}

async function readAnswer(response: Response, isTokenSent: boolean): Promise<FetchedFile | FetchedNothing> {
  const { status, headers } = response
  const body = response.body as ReadableStream<Uint8Array> | null
  if (status === 200 && body !== null) {
    const length = headers.has('content-encoding') ? null : lengthOf(headers.get('content-length'))
    return { ok: true, stream: body, length, mimeType: headers.get('content-type') }
  }
  await discard(response)
  if (status === 404 || status === 410) return nothing(mediaFailures.expired(), true)
  // An address that carries its own signature answers 403 once it has run out; with a token it is the token that fails.
  if (status === 401 || status === 403) {
    return isTokenSent ? nothing(mediaFailures.refused()) : nothing(mediaFailures.expired(), true)
  }
  return nothing(mediaFailures.unreachable(retryAfter(headers.get('retry-after'))))
}

function lengthOf(header: string | null): number | null {
  return header !== null && /^\d{1,15}$/.test(header) ? Number(header) : null
}

/** In ms, where the answer names seconds. */
function retryAfter(header: string | null): number | undefined {
  return header !== null && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined
}

async function discard(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined) // nobody reads it, so its end does not matter
}
