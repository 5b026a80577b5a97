import type { AccountDeps, Report } from '../account.ts'

type Session = 'connected' | 'catching_up' | 'unreachable' | 'needs_login'
export type PartState = { session: Session; code: string; message: string }
export type ReportPart = (state: PartState) => void

/** The worst of them is what the account is. */
const ranks: readonly Session[] = ['connected', 'catching_up', 'unreachable', 'needs_login']

/**
 * One state of a mailbox out of those of its folders and of its sending. Told when it changes. While a part has not
 * spoken yet there is nothing to tell but trouble.
 */
export function createAccountReport(report: AccountDeps['report'], parts: readonly string[]) {
  const states = new Map<string, { state: PartState; isVital: boolean }>()
  let told = ''
  function tell(): void {
    const [worst] = [...states.values()].toSorted(
      (a, b) => ranks.indexOf(b.state.session) - ranks.indexOf(a.state.session),
    )
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

const isTrouble = ({ session }: PartState) => session === 'unreachable' || session === 'needs_login'

function healthOf({ state, isVital }: { state: PartState; isVital: boolean }): Report['state'] {
  if (!isTrouble(state)) return 'ok'
  return isVital ? 'down' : 'warning'
}
