import { type MailTiming, steppedMs } from './timing.ts'

/**
 * Lets the connections of one mailbox log in one at a time and, once a login was refused, none for minutes: every
 * provider locks a mailbox after some refusals, and several folders would use them up at once.
 */
export type LoginGate = {
  /** How long until a login may be tried, in ms. */
  waitMs(): number
  /** Runs a login after those before it. `isRefusal` tells its failures from those that say nothing about the login. */
  pass<Value>(login: () => Promise<Value>): Promise<Value>
}

/** A login that was not tried, since one was refused a moment ago: `cause` is that refusal. */
export class LoginHeld extends Error {
  readonly waitMs: number

  constructor(waitMs: number, refusal: unknown) {
    super('no login is tried for now', { cause: refusal })
    this.name = 'LoginHeld'
    this.waitMs = waitMs
  }
}

type GateDeps = { now: () => number; timing: MailTiming['login']; isRefusal: (error: unknown) => boolean }

export function createLoginGate({ now, timing, isRefusal }: GateDeps): LoginGate {
  let refusals = 0
  let notBefore = 0
  let refusal: unknown = null
  let last: Promise<unknown> = Promise.resolve()
  const waitMs = () => Math.max(0, notBefore - now())

  async function tryLogin<Value>(login: () => Promise<Value>): Promise<Value> {
    if (waitMs() > 0) throw new LoginHeld(waitMs(), refusal)
    try {
      const value = await login()
      refusals = 0
      return value
    } catch (error) {
      if (isRefusal(error)) {
        notBefore = now() + steppedMs(timing, ++refusals)
        refusal = error
      }
      throw error
    }
  }

  return {
    waitMs,
    pass(login) {
      const turn = last.then(() => tryLogin(login))
      last = turn.catch(() => undefined)
      return turn
    },
  }
}
