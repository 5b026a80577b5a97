import { MtPeerNotFoundError, tl } from '@mtcute/core'
import type { FailureKind, MessageError } from '../../src/protocol/message.ts'
import type { AttemptOutcome } from '../account.ts'

/** A file of the reply could not be had from the Worker. */
export class FileUnavailable extends Error {
  override name = 'FileUnavailable'
}

type Judged = { now: number; createdAt: number }

/**
 * What Telegram says, in words of ours: whole codes, or (with a star) how they begin. What is not here is `platform`: its
 * own code tells more than a guess. https://core.telegram.org/api/errors and the methods' own lists.
 */
const codes: readonly (readonly [FailureKind, readonly string[]])[] = [
  ['token', ['AUTH_KEY_*', 'AUTH_TOKEN_*', 'SESSION_*', 'USER_DEACTIVATED*', 'ACTIVE_USER_REQUIRED']],
  ['recipient', ['PEER_ID_INVALID', 'USER_ID_INVALID', 'CHAT_ID_INVALID', 'CHANNEL_INVALID', 'CHANNEL_PRIVATE']],
  ['recipient', ['USER_IS_BLOCKED', 'YOU_BLOCKED_USER', 'USER_IS_BOT', 'INPUT_USER_DEACTIVATED', 'BOT_*']],
  ['recipient', ['USER_PRIVACY_RESTRICTED', 'PRIVACY_PREMIUM_REQUIRED', 'ALLOW_PAYMENT_REQUIRED*']],
  ['permission', ['CHAT_WRITE_FORBIDDEN', 'CHAT_SEND_*', 'CHAT_GUEST_SEND_FORBIDDEN', 'CHAT_RESTRICTED']],
  ['permission', ['CHAT_ADMIN_REQUIRED', 'CHAT_FORWARDS_RESTRICTED', 'USER_BANNED_IN_CHANNEL', 'USER_NOT_PARTICIPANT']],
  ['permission', ['TOPIC_CLOSED', 'TOPIC_DELETED', 'VOICE_MESSAGES_FORBIDDEN', 'PREMIUM_ACCOUNT_REQUIRED']],
  ['permission', ['PEER_FLOOD', 'USER_RESTRICTED', 'SEND_AS_PEER_INVALID', 'FROZEN_*']],
  ['content', ['MESSAGE_*', 'MEDIA_*', 'PHOTO_*', 'IMAGE_*', 'VIDEO_*', 'DOCUMENT_*', 'MULTI_MEDIA_*', 'FILE_*']],
  ['content', ['ENTITY_*', 'ENTITIES_*', 'REPLY_*', 'MD5_CHECKSUM_INVALID', 'WEBPAGE_*', 'EXTERNAL_URL_INVALID']],
]

function kindOf(code: string): FailureKind | undefined {
  const isMeant = (name: string) => (name.endsWith('*') ? code.startsWith(name.slice(0, -1)) : code === name)
  return codes.find(([, names]) => names.some(isMeant))?.[0]
}

/** A try that is not known to have failed is made again for so long; then a person has to look. */
const patienceMs = 60 * 60_000
const pauseMs = 30_000

/**
 * What an error of an attempt means. Waiting is always safe: each attempt of a command carries the same random id, of which
 * Telegram takes one message and no second.
 */
export function outcomeOfError(error: unknown, judged: Judged): AttemptOutcome {
  if (error instanceof tl.RpcError) return outcomeOfRpc(error, judged)
  if (error instanceof MtPeerNotFoundError) {
    return failed('recipient', 'PEER_NOT_FOUND', 'This account does not know them')
  }
  if (error instanceof FileUnavailable) {
    const missing = messageError('unreachable', 'file.unavailable', 'A file could not be fetched')
    // That is between this reply and the Worker: other conversations can go on.
    return lateOr({ ...waiting(judged.now + pauseMs, missing), holds: 'conversation' }, judged)
  }
  // The request may have left, or not: only a repetition tells.
  return lateOr(
    waiting(judged.now, messageError('unreachable', 'telegram.no_answer', 'Telegram has not answered')),
    judged,
  )
}

function outcomeOfRpc(error: tl.RpcError, judged: Judged): AttemptOutcome {
  const code = error.text.replace('_%d', '')
  const seconds = secondsOf(error)
  if (seconds !== null) {
    const limited = messageError('rate_limit', code, `Telegram asks to wait for ${seconds} s`)
    return waiting(judged.now + seconds * 1000, limited)
  }
  const kind = error.code === 401 ? 'token' : kindOf(code)
  if (kind === undefined && (error.code >= 500 || error.code < 0)) {
    return lateOr(waiting(judged.now + pauseMs, messageError('unreachable', code, 'Telegram has a fault')), judged)
  }
  return failed(kind ?? 'platform', code, error.text)
}

/** How long Telegram wants us to wait; null where it does not say so. */
export function secondsOf(error: tl.RpcError): number | null {
  const numbered = /^(?:FLOOD_WAIT|FLOOD_PREMIUM_WAIT|SLOWMODE_WAIT)(?:_(\d+|%d))?$/.exec(error.text)
  if (numbered === null) return error.code === tl.RpcError.FLOOD ? 60 : null
  const told = 'seconds' in error ? error.seconds : Number(numbered[1])
  return typeof told === 'number' && Number.isFinite(told) ? Math.max(1, told) : 60
}

function lateOr(outcome: AttemptOutcome & { kind: 'waiting' }, { now, createdAt }: Judged): AttemptOutcome {
  return now - createdAt < patienceMs ? outcome : { kind: 'unknown', error: outcome.error }
}

export function failed(kind: FailureKind, code: string, title: string): AttemptOutcome {
  return { kind: 'failed', error: messageError(kind, code, title) }
}

function waiting(until: number, error: MessageError): AttemptOutcome & { kind: 'waiting' } {
  return { kind: 'waiting', until: new Date(until).toISOString(), error }
}

const messageError = (kind: FailureKind, code: string, title: string): MessageError => ({
  code,
  title,
  details: null,
  kind,
})

/** Pictures that Telegram will not show as such still go as files. Nothing was sent when it says so. */
export function isNoPicture(error: unknown): boolean {
  return error instanceof tl.RpcError && /^(?:PHOTO_|IMAGE_PROCESS_FAILED|VIDEO_CONTENT_TYPE_INVALID)/.test(error.text)
}
