import type { InboundHealth } from '../channels/channel.ts'
import type { PlatformFailure } from '../channels/outbound.ts'
import type { HealthRow } from '../store/wire.ts'

type KnownHealth = Pick<HealthRow, 'state' | 'lastErrorAt' | 'lastErrorCode'> | null

/** Failures that concern the whole channel and not one message. */
const states = { token: 'down', rate_limit: 'warning', permission: 'warning' } as const
const codeOf = (kind: keyof typeof states): string => `outbound.${kind}`
const codes = new Set((Object.keys(states) as (keyof typeof states)[]).map(codeOf))

/** The same trouble is told again after this long, in ms; a burst of refusals is one report. */
const repeatAfterMs = 60_000

/** What a refused call says of its channel; null when it says nothing new. */
export function healthAfterFailure(failure: PlatformFailure, known: KnownHealth, now: number): InboundHealth | null {
  const { kind } = failure.error
  if (kind !== 'token' && kind !== 'rate_limit' && kind !== 'permission') return null
  const state = states[kind]
  const code = codeOf(kind)
  const isKnown = known?.state === state && known.lastErrorCode === code
  if (isKnown && now - (known.lastErrorAt ?? 0) < repeatAfterMs) return null
  return { kind: 'health', at: now, state, code, message: wordsOf(failure) }
}

/** A call that worked ends the trouble that an earlier call reported, and no other. */
export function healthAfterSuccess(known: KnownHealth, now: number): InboundHealth | null {
  const isOurs = known?.lastErrorCode != null && codes.has(known.lastErrorCode)
  if (!isOurs || (known.state !== 'warning' && known.state !== 'down')) return null
  return { kind: 'health', at: now, state: 'ok', code: 'outbound.ok', message: 'Sending works again.' }
}

function wordsOf({ error, retryAfterMs }: PlatformFailure): string {
  const said = error.details === null ? error.title : `${error.title}: ${error.details}`
  if (error.kind !== 'rate_limit' || retryAfterMs === undefined) return said
  return `${said} (next attempt in ${Math.ceil(retryAfterMs / 1000)} s)`
}
