import type { Report } from '../account.ts'
import { deathReport, type Death } from './updates-guard.ts'

export type HealthDeps = { report(report: Report): void; now: () => number; unreachableMs: number }

/**
 * What an account tells of itself, each thing once. That a link is open proves nothing: a server that answers does.
 */
export type AccountHealth = {
  asked(): void
  answered(): void
  disconnected(): void
  catchingUp(isBusy: boolean): void
  flooded(forSeconds: number): void
  /** At this time, something that was missed was given up. */
  incomplete(at: number): void
  died(death: Death): void
  /** Whether it is worth asking anything. */
  isReachable(): boolean
  /** To be called about once a second. */
  tick(): void
}

const well = { state: 'ok', code: '', message: '' } as const
const lost: Report = {
  state: 'down',
  session_state: 'unreachable',
  code: 'connection.lost',
  message: 'Telegram cannot be reached. It is tried again all the time, and nothing is lost.',
}
/** Shorter ones pass before anybody has read of them. */
const shownFloodSeconds = 5
const shownBusyMs = 2_000
/** What is lost does not come back by waiting: it is shown until somebody will have seen it. */
const shownIncompleteMs = 7 * 86_400_000

export function createHealth({ report, now, unreachableMs }: HealthDeps): AccountHealth {
  let told = ''
  let end: Report | null = null
  let floodUntil = 0
  let incompleteAt: number | null = null
  let busySince: number | null = now()
  /** Since when nobody has answered, although somebody should. */
  let silentSince: number | null = now()
  const current = (): Report => {
    if (end !== null) return end
    if (silentSince !== null && now() - silentSince >= unreachableMs) return lost
    if (floodUntil > now()) return floodReport(floodUntil)
    const isBusy = busySince !== null && now() - busySince >= shownBusyMs
    const session_state = isBusy ? 'catching_up' : 'connected'
    const isIncomplete = incompleteAt !== null && now() - incompleteAt < shownIncompleteMs
    return isIncomplete ? incompleteReport(incompleteAt ?? 0, session_state) : { ...well, session_state }
  }
  const tell = () => {
    const next = current()
    // Nothing is said before the first answer, but that there is none.
    if (silentSince !== null && told === '' && end === null && next !== lost) return
    const text = JSON.stringify(next)
    if (text === told) return
    told = text
    report(next)
  }
  return {
    asked() {
      silentSince ??= now()
    },
    answered() {
      silentSince = null
      tell()
    },
    disconnected() {
      silentSince ??= now()
    },
    catchingUp(isBusy) {
      busySince = isBusy ? (busySince ?? now()) : null
      tell()
    },
    flooded(forSeconds) {
      if (forSeconds < shownFloodSeconds) return
      floodUntil = Math.max(floodUntil, now() + forSeconds * 1000)
      tell()
    },
    incomplete(at) {
      incompleteAt = at
      tell()
    },
    died(death) {
      end ??= deathReport(death)
      tell()
    },
    isReachable: () => end === null && (silentSince === null || now() - silentSince < unreachableMs),
    tick: tell,
  }
}

function incompleteReport(at: number, session_state: Report['session_state']): Report {
  const message = `Some messages from before ${new Date(at).toISOString()} could not be read. Look for them in Telegram.`
  return { state: 'warning', session_state, code: 'history.incomplete', message }
}

function floodReport(until: number): Report {
  const message = `Telegram asks us to wait until ${new Date(until).toISOString()} before sending more.`
  return { state: 'warning', session_state: 'flood_wait', code: 'flood.wait', message }
}
