import type { InboundHealth } from '../channels/channel.ts'
import type { HealthRow } from '../store/wire.ts'

const silentCode = 'companion.silent'

/** Nobody runs the account; null where that was told already. */
export function silentReport(known: HealthRow | null, now: number): InboundHealth | null {
  if (known?.lastErrorCode === silentCode && known.state === 'down') return null
  const message =
    'The companion that runs this account cannot be heard. Nothing is received or sent until it is started again.'
  return { kind: 'health', at: now, state: 'down', code: silentCode, message }
}

/** How an account stands whose companion has come back, by what it had last said of its session. */
const states: Readonly<Record<string, Pick<InboundHealth, 'state' | 'message'>>> = {
  needs_login: { state: 'down', message: 'The account has to be signed in to the companion again.' },
  banned: { state: 'down', message: 'The platform has closed this account.' },
  unreachable: { state: 'warning', message: 'The companion cannot reach the platform.' },
  flood_wait: { state: 'warning', message: 'The platform wants the account to wait.' },
}

/** Ends the silence once the account is run again; null where nobody had told of it. */
export function backReport(known: HealthRow | null, now: number): InboundHealth | null {
  if (known?.lastErrorCode !== silentCode || (known.state !== 'down' && known.state !== 'warning')) return null
  const before = states[known.sessionState ?? '']
  const news = before ?? { state: 'ok' as const, message: 'The companion runs this account again.' }
  const code = before === undefined ? 'companion.back' : `session.${known.sessionState ?? ''}`
  return { kind: 'health', at: now, code, ...news }
}
