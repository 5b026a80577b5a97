import type { InboundHealth } from '../channels/channel.ts'
import type { ChannelCheck, PlatformAnswer, PlatformFailure } from '../channels/outbound.ts'
import type { HealthRow } from '../store/wire.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Something about a channel that its people should know. */
export type Finding = { state: 'warning' | 'down'; code: string; message: string }

/** What a look at a channel has shown. `isComplete`: what was not found is not there. */
export type Look = { findings: Finding[]; isComplete: boolean; tokenExpiresAt: number | null }

type KnownHealth = Pick<
  HealthRow,
  'state' | 'lastErrorAt' | 'lastErrorCode' | 'lastErrorMessage' | 'tokenExpiresAt'
> | null

// ---------------------------------------------------------------- tokens

/** People need some working days to sign in anew. */
const warnBeforeMs = 7 * dayMs
/** A token of sixty days is replaced in its second half: half a life is left for failures. */
const refreshBeforeMs = 30 * dayMs
/** Instagram replaces no token that is younger ("Refresh a long-lived token" of its documentation). */
const youngestMs = dayMs

export type TokenAge = { now: number; expiresAt: number | null; storedAt: number }

/** Of unknown age counts as old: the answer to refreshing it says when the new one ends. */
export function shouldRefresh({ now, expiresAt, storedAt }: TokenAge): boolean {
  if (now - storedAt < youngestMs) return false
  return expiresAt === null || (expiresAt > now && expiresAt - now < refreshBeforeMs)
}

export function tokenFindings(expiresAt: number | null, now: number): Finding[] {
  if (expiresAt === null || expiresAt - now > warnBeforeMs) return []
  if (expiresAt <= now) {
    return [
      { state: 'down', code: 'token.expired', message: 'The access token has expired. Connect the account again.' },
    ]
  }
  const days = Math.floor((expiresAt - now) / dayMs)
  const left = days === 0 ? 'in less than a day' : days === 1 ? 'in a day' : `in ${days} days`
  const message = `The access token expires ${left}. Connect the account again before that.`
  return [{ state: 'warning', code: 'token.expires_soon', message }]
}

/** What passes by itself the next look asks again, and a kind of token that is not renewed at all is no trouble. */
export function refreshFindings({ error, retryAfterMs }: PlatformFailure): Finding[] {
  const isPassing = retryAfterMs !== undefined || error.kind === 'rate_limit' || error.kind === 'unreachable'
  if (isPassing || error.code === 'token.not_refreshable') return []
  return [
    { state: 'warning', code: 'token.refresh_failed', message: `The access token cannot be renewed: ${said(error)}` },
  ]
}

// ---------------------------------------------------------------- the account

/** `canRenew`: the platform's tokens can be renewed, and of those it may not tell the end except when it renews them. */
export type Before = { known: KnownHealth; now: number; canRenew: boolean }

export function lookOf(answer: PlatformAnswer<ChannelCheck>, before: Before): Look {
  const knownExpiry = before.known?.tokenExpiresAt ?? null
  if (answer.ok) {
    const { problems, tokenExpiresAt } = answer.value
    const findings = problems.map(({ code, message, state }) => ({ state, code: `check.${code}`, message }))
    // One that should have ended and still works was replaced by hand.
    const isStanding = before.canRenew && knownExpiry !== null && knownExpiry > before.now
    return { findings, isComplete: true, tokenExpiresAt: tokenExpiresAt ?? (isStanding ? knownExpiry : null) }
  }
  const unchanged = { isComplete: false, tokenExpiresAt: knownExpiry }
  const { error } = answer
  switch (error.kind) {
    case 'token':
      return { ...unchanged, findings: [{ state: 'down', code: 'token.refused', message: said(error) }] }
    case 'permission':
      return { ...unchanged, findings: [{ state: 'warning', code: 'check.permission', message: said(error) }] }
    default:
      return { ...unchanged, findings: [] }
  }
}

function said({ title, details }: PlatformFailure['error']): string {
  return details === null ? title : `${title}: ${details}`
}

export function recoveredFindings(recovered: number): Finding[] {
  if (recovered === 0) return []
  const what = recovered === 1 ? 'One message was' : `${recovered} messages were`
  const message = `${what} missing here and had to be fetched: the platform's webhooks do not bring everything.`
  return [{ state: 'warning', code: 'messages.recovered', message }]
}

// ---------------------------------------------------------------- what to report

/** Long enough to be seen by somebody who looks once a day. */
const recoveredShownMs = dayMs

/** The report that a look makes necessary; null when everything is known already. */
export function reportOf(look: Look, known: KnownHealth, now: number): InboundHealth | null {
  const news = stateOf(look, known, now)
  const isExpiryNew = look.tokenExpiresAt !== (known?.tokenExpiresAt ?? null)
  if (news === null && !isExpiryNew) return null
  return { kind: 'health', at: now, ...(news ?? asBefore(known)), tokenExpiresAt: look.tokenExpiresAt }
}

type State = Pick<InboundHealth, 'state' | 'code' | 'message'>

/** Null when the state stays as it is. Trouble that others reported is theirs to end, and only something graver hides it. */
function stateOf({ findings, isComplete }: Look, known: KnownHealth, now: number): State | null {
  const isTrouble = known?.state === 'warning' || known?.state === 'down'
  const isForeign = isTrouble && !isOurs(known.lastErrorCode)
  const worst = findings.find(({ state }) => state === 'down') ?? findings[0]
  if (worst === undefined) {
    const isOver = isTrouble && !isForeign && isComplete && !isStillShown(known, now)
    return isOver ? { state: 'ok', code: 'check.ok', message: 'The account is as it should be again.' } : null
  }
  if (isForeign && !(known.state === 'warning' && worst.state === 'down')) return null
  const isKnown =
    known?.state === worst.state && known.lastErrorCode === worst.code && known.lastErrorMessage === worst.message
  return isKnown ? null : worst
}

/**
 * A token that answers ends what sending reported of it. A wrong signature is noted without changing the state, so it
 * hides whose trouble the state was; a look that found nothing may end it.
 */
function isOurs(code: string | null): boolean {
  return code === 'outbound.token' || code === 'webhook.signature' || /^(?:check|token|messages)\./.test(code ?? '')
}

function isStillShown(known: KnownHealth, now: number): boolean {
  return known?.lastErrorCode === 'messages.recovered' && now - (known.lastErrorAt ?? 0) < recoveredShownMs
}

function asBefore(known: KnownHealth): State {
  if (known?.state === 'warning' || known?.state === 'down') {
    return { state: known.state, code: known.lastErrorCode ?? 'check.known', message: known.lastErrorMessage ?? '' }
  }
  return { state: 'ok', code: 'check.ok', message: 'The account is as it should be.' }
}
