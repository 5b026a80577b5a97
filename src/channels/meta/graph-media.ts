import type { MediaHandle, MediaLocation, PlatformAnswer, PlatformFailure, PlatformIo } from '../outbound.ts'
import { type GraphAccess, ownFailure, read } from './graph.ts'
import { fileOf } from './graph-files.ts'
import { isObject, listOf } from './wire.ts'

const gone = ownFailure('content', 'media.gone', 'The platform no longer has this file')

/**
 * Graph has no code of its own for a file, or a message, that it keeps no longer: to whoever asks for an id it says "invalid
 * parameter" (100, subcode 33 and others).
 */
export function goneOr(refusal: { ok: false } & PlatformFailure): { ok: false } & PlatformFailure {
  return refusal.error.code === '100' ? { ok: false, ...gone } : refusal
}

/** Whether an address belongs to one of these hosts or their sub-domains, or to the host that stands in for Graph. */
export function isOfHosts(address: string, hosts: readonly string[], io: PlatformIo): boolean {
  const url = URL.canParse(address) ? new URL(address) : null
  if (url === null || url.username !== '' || url.password !== '') return false
  if ([io.apiUrl, io.instagramApiUrl].some((root) => url.origin === originOf(root))) return true
  if (url.protocol !== 'https:' || url.port !== '') return false
  return hosts.some((host) => url.hostname === host || url.hostname.endsWith(`.${host}`))
}

function originOf(root: string): string | null {
  return URL.canParse(root) ? new URL(root).origin : null
}

/** The location for an address that needs no token; refused for a host that is none of the platform's. */
export function locationOf(url: string, hosts: readonly string[], io: PlatformIo): PlatformAnswer<MediaLocation> {
  if (isOfHosts(url, hosts, io)) return { ok: true, value: { url, headers: {} } }
  return { ok: false, ...ownFailure('content', 'media.foreign_host', 'The file is not on a host of the platform') }
}

/**
 * Where a file of Messenger or Instagram is. Webhooks carry its address; when that has expired, the message may still
 * be asked for a fresh one ("Conversations API": the twenty latest of a conversation).
 */
export async function locateOnCdn(
  open: (io: PlatformIo) => PlatformAnswer<GraphAccess>,
  hosts: readonly string[],
  { url, expired }: MediaHandle,
  io: PlatformIo,
): Promise<PlatformAnswer<MediaLocation>> {
  if (expired === undefined) return url === null ? { ok: false, ...gone } : locationOf(url, hosts, io)
  const access = open(io)
  if (!access.ok) return access
  const answer = await read(access.value, { path: [expired.messageExternalId], query: { fields: 'attachments' } })
  if (!answer.ok) return goneOr(answer)
  const attachments = answer.value['attachments']
  const files = listOf(isObject(attachments) ? attachments['data'] : []).flatMap((one) => fileOf(one) ?? [])
  const file = files[expired.position]
  return file === undefined ? { ok: false, ...gone } : locationOf(file.url, hosts, io)
}
