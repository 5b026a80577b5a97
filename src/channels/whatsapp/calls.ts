import type { Alias } from '../channel.ts'
import { openGraph, ownFailure, read } from '../meta/graph.ts'
import { goneOr, isOfHosts, locationOf } from '../meta/graph-media.ts'
import { type Json, textOf } from '../meta/wire.ts'
import type { MediaHandle, MediaLocation, PlatformAnswer, PlatformCalls, PlatformIo } from '../outbound.ts'
import { check } from './check.ts'
import { isGroup, recipientOf } from './recipient.ts'
import { send } from './send.ts'
import { templates } from './templates.ts'

/** The only host to which a file's address leads; the bearer goes with it, so no other one is believed. */
const mediaHosts = ['lookaside.fbsbx.com'] as const

const done: PlatformAnswer<null> = { ok: true, value: null }

async function post(io: PlatformIo, json: Json): Promise<PlatformAnswer<null>> {
  const access = openGraph(io)
  if (!access.ok) return access
  const body = { messaging_product: 'whatsapp', ...json }
  const answer = await read(access.value, { path: [io.channel.externalId, 'messages'], json: body })
  return answer.ok ? done : answer
}

/** "Reaction messages": an empty emoji takes the reaction back. */
async function react(
  to: Alias[],
  { externalId, emoji }: { externalId: string; emoji: string | null },
  io: PlatformIo,
): Promise<PlatformAnswer<null>> {
  const recipient = recipientOf(to)
  if (!recipient.ok) return recipient
  const reaction = { message_id: externalId, emoji: emoji ?? '' }
  return post(io, { ...recipient.value, type: 'reaction', reaction })
}

/** "Mark messages as read" and "Typing indicators"; groups have neither. */
async function markRead(
  to: Alias[],
  { externalId, typing }: { externalId: string; typing: boolean },
  io: PlatformIo,
): Promise<PlatformAnswer<null>> {
  if (isGroup(to)) return done
  const indicator = typing ? { typing_indicator: { type: 'text' } } : {}
  return post(io, { status: 'read', message_id: externalId, ...indicator })
}

/** "Media": an id leads to an address of five minutes, which wants the token as well. */
async function locateMedia(file: MediaHandle, io: PlatformIo): Promise<PlatformAnswer<MediaLocation>> {
  const access = openGraph(io)
  if (!access.ok) return access
  // An address without an id cannot be renewed.
  if (file.mediaId === null) return withBearer(file.expired === undefined ? file.url : null, access.value.token, io)
  // Without the number's id: with it, files that customers sent are not found.
  const answer = await read(access.value, { path: [file.mediaId] })
  if (!answer.ok) return goneOr(answer)
  const location = withBearer(textOf(answer.value['url'], 4096) ?? null, access.value.token, io)
  if (!location.ok) return location
  const mimeType = textOf(answer.value['mime_type'], 256)
  const sha256 = textOf(answer.value['sha256'], 128)
  const known = { ...(mimeType !== undefined && { mimeType }), ...(sha256 !== undefined && { sha256 }) }
  return { ok: true, value: { ...location.value, ...known } }
}

function withBearer(url: string | null, token: string, io: PlatformIo): PlatformAnswer<MediaLocation> {
  if (url === null) return { ok: false, ...ownFailure('content', 'media.gone', 'The platform no longer has this file') }
  if (!isOfHosts(url, mediaHosts, io)) return locationOf(url, mediaHosts, io)
  return { ok: true, value: { url, headers: { authorization: `Bearer ${token}` } } }
}

/** What we ask of WhatsApp. It shows nobody's profile, and tells of no message twice. */
export const calls: PlatformCalls = {
  send,
  react,
  markRead,
  typing: (to, lastInboundExternalId, io) => markRead(to, { externalId: lastInboundExternalId, typing: true }, io),
  mediaHosts,
  locateMedia,
  templates,
  check,
}
