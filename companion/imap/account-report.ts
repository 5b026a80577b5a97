import type { AccountDeps, Report } from '../account.ts'

type Session = 'connected' | 'catching_up' | 'unreachable' | 'needs_login'
export type PartState = { session: Session; code: string; message: string }
export type ReportPart = (state: PartState) => void

type Part = { state: PartState; isVital: boolean }

const sessions: readonly Session[] = ['connected', 'catching_up', 'unreachable', 'needs_login']
const healths: readonly Report['state'][] = ['ok', 'warning', 'down']

/**
 * One state of a mailbox out of those of its folders and of its sending. Told when it changes. While a part has not
 * spoken yet there is nothing to tell but trouble.
 */
export function createAccountReport(report: AccountDeps['report'], parts: readonly string[]) {
  const states = new Map<string, Part>()
  let told = ''
  function tell(): void {
    const [worst] = [...states.values()].toSorted(worstFirst)
    if (worst === undefined || (states.size < parts.length && !isTrouble(worst.state))) return
    const { session, code, message } = worst.state
    const next: Report = { state: healthOf(worst), session_state: session, code, message }
    const text = JSON.stringify(next)
    if (text === told) return
    told = text
    report(next)
  }
  return {
    /** `isVital`: without this part nothing comes in. */
    part(name: string, { isVital }: { isVital: boolean }): ReportPart {
      return (state) => {
        states.set(name, { state, isVital })
        tell()
      }
    },
  }
}

/** What keeps mail from coming in is worse than anything else, however that is named. */
function worstFirst(a: Part, b: Part): number {
  const byHealth = healths.indexOf(healthOf(b)) - healths.indexOf(healthOf(a))
  return byHealth || sessions.indexOf(b.state.session) - sessions.indexOf(a.state.session)
}

const isTrouble = ({ session }: PartState) => session === 'unreachable' || session === 'needs_login'

function healthOf({ state, isVital }: Part): Report['state'] {
  if (!isTrouble(state)) return 'ok'
  return isVital ? 'down' : 'warning'
}
