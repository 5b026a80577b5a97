import type { FileRules, InboundAttachment } from '../channels/channel.ts'
import type { PlatformFailure } from '../channels/outbound.ts'
import type { MessageError } from '../protocol/message.ts'

/** Why a file could not be copied. `expired`: the platform has it no longer. `temporary`: later it may work. */
export type MediaFailure = { kind: 'expired' | 'failed' | 'temporary'; error: MessageError; retryAfterMs?: number }

const megabyte = 1024 * 1024
const minuteMs = 60_000
const hourMs = 60 * minuteMs

const defaultMaxBytes = 25 * megabyte

/** Largest file that is copied, in bytes: what the platform itself lets through, and 25 MB where it names no limit. */
export function maxFileBytes({ maxBytes }: FileRules, type: InboundAttachment['type']): number {
  return maxBytes?.[type] ?? defaultMaxBytes
}

/** The first addresses of a file die within hours, so the first pauses are short. */
const pausesMs = [30_000, 2 * minuteMs, 10 * minuteMs, hourMs, 6 * hourMs]
const longestPauseMs = 12 * hourMs

/** Most addresses live for hours, and a day is what a wrong clock or an outage may take. */
const defaultPatienceMs = 36 * hourMs

/** Failures that a pause does not usually cure are not tried again for days. */
const maxHopelessAttempts = 5

export type MediaAttempt = { rules: FileRules; attempts: number; startedAt: number; now: number }

/** The pause before the next attempt, in ms; null when there is none any more. */
export function pauseBeforeNext(attempt: MediaAttempt, failure: MediaFailure): number | null {
  const { rules, attempts, startedAt, now } = attempt
  if (failure.kind !== 'temporary') return null
  if (hopelessCodes.has(failure.error.code) && attempts >= maxHopelessAttempts) return null
  const pauseMs = Math.max(pausesMs[attempts - 1] ?? longestPauseMs, failure.retryAfterMs ?? 0)
  const endsAt = startedAt + (rules.patienceMs ?? defaultPatienceMs)
  return now + pauseMs <= endsAt ? pauseMs : null
}

const errorOf = (code: string, title: string, kind: NonNullable<MessageError['kind']>): MessageError => ({
  code,
  title,
  details: null,
  kind,
})

/** Failures of the channel rather than of the file: somebody may put them right while there is still time. */
const curableKinds: ReadonlySet<string | undefined> = new Set(['token', 'rate_limit', 'permission', 'unreachable'])

/** What it means that the platform did not say where the file is. */
export function failureOf({ error, retryAfterMs }: PlatformFailure): MediaFailure {
  if (error.code === 'media.gone') return mediaFailures.expired()
  const isTemporary = retryAfterMs !== undefined || curableKinds.has(error.kind)
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs }
  return { kind: isTemporary ? 'temporary' : 'failed', error, ...wait }
}

/** Everything that can go wrong between an address and our copy. Codes are API. */
export const mediaFailures = {
  expired: (): MediaFailure => ({
    kind: 'expired',
    error: errorOf('media.expired', 'The platform no longer has this file.', 'content'),
  }),
  notBrought: (): MediaFailure => ({
    kind: 'expired',
    error: errorOf('media.not_brought', 'The companion announced this file and has not brought it.', 'unreachable'),
  }),
  tooLarge: (maxBytes: number): MediaFailure => ({
    kind: 'failed',
    error: errorOf('media.too_large', `The file is larger than ${maxBytes / megabyte} MB.`, 'content'),
  }),
  foreignHost: (): MediaFailure => ({
    kind: 'failed',
    error: errorOf('media.foreign_host', 'The file lies at an address that is not the platform’s.', 'content'),
  }),
  wrongType: (): MediaFailure => ({
    kind: 'failed',
    error: errorOf('media.wrong_type', 'The file is not what it was said to be.', 'content'),
  }),
  noWay: (): MediaFailure => ({
    kind: 'failed',
    error: errorOf('media.no_way', 'Files of this channel cannot be fetched.', 'platform'),
  }),
  noCredentials: (): MediaFailure => ({
    kind: 'temporary',
    error: errorOf('media.credentials', 'The credentials of this channel cannot be read.', 'token'),
  }),
  hashMismatch: (): MediaFailure => ({
    kind: 'temporary',
    error: errorOf('media.hash_mismatch', 'What came is not the file that was announced.', 'content'),
  }),
  brokenOff: (): MediaFailure => ({
    kind: 'temporary',
    error: errorOf('media.broken_off', 'The file did not come to its end.', 'unreachable'),
  }),
  tooSlow: (): MediaFailure => ({
    kind: 'temporary',
    error: errorOf('media.too_slow', 'The file took too long to come.', 'unreachable'),
  }),
  refused: (): MediaFailure => ({
    kind: 'temporary',
    error: errorOf('media.refused', 'The platform does not give this file out.', 'permission'),
  }),
  unreachable: (retryAfterMs?: number): MediaFailure => ({
    kind: 'temporary',
    error: errorOf('media.unreachable', 'The file could not be asked for.', 'unreachable'),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }),
  notStored: (): MediaFailure => ({
    kind: 'temporary',
    error: errorOf('media.not_stored', 'The file could not be stored here.', 'unreachable'),
  }),
  notTold: (): MediaFailure => ({
    kind: 'temporary',
    error: errorOf('media.not_told', 'The file is stored, but not yet part of its message.', 'unreachable'),
  }),
} as const

const hopelessCodes: ReadonlySet<string> = new Set(['media.hash_mismatch', 'media.refused', 'media.broken_off'])
