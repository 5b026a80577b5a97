import type { LeaseBody, LeaseResponse } from '../../src/protocol/companion.ts'
import { FakeError } from './fake-http.ts'

type Held = { companionId: string; instanceId: string; token: number; until: number }

/** Who runs which account. */
export type FakeLeases = {
  ask(body: LeaseBody): LeaseResponse
  /** @throws FakeError 409 `lease.lost` */
  require(account: string, token: number): void
  /** As if another companion had taken the account. */
  steal(account: string, companionId?: string): void
  /** As if another one had taken it, and given it back without a pull. */
  pass(account: string): void
  /** As if the other one had given it back. */
  free(account: string): void
  /** Channels that nobody has created. */
  unknown: Set<string>
  of(account: string): Held | undefined
  /** Called when an account is given to somebody. */
  onHolder(listener: (account: string, companionId: string) => void): void
}

export function createFakeLeases(leaseMs: number, cursorOf: (account: string) => number): FakeLeases {
  const held = new Map<string, Held>()
  const tokens = new Map<string, number>()
  const listeners: ((account: string, companionId: string) => void)[] = []
  const give = (account: string, companionId: string, instanceId = ''): Held => {
    const before = held.get(account)
    const isSame = before?.companionId === companionId && before.instanceId === instanceId
    const token = isSame ? before.token : (tokens.get(account) ?? 0) + 1
    tokens.set(account, token)
    const lease = { companionId, instanceId, token, until: Date.now() + leaseMs }
    held.set(account, lease)
    for (const listener of listeners) listener(account, companionId)
    return lease
  }
  const leases: FakeLeases = {
    unknown: new Set(),
    ask({ companion_id: companionId, instance_id: instanceId = '', starts = false, accounts, release }) {
      return {
        leases: accounts.map(({ platform, external_id }) => {
          const account = `${platform}:${external_id}`
          const cursor = cursorOf(account)
          const none = { platform, external_id, token: null, expires_at: null, cursor }
          if (leases.unknown.has(account)) return { ...none, state: 'unknown' as const }
          const before = held.get(account)
          const isOurs = before?.companionId === companionId && (starts || before.instanceId === instanceId)
          if (before !== undefined && !isOurs && before.until > Date.now()) {
            return { ...none, state: 'taken' as const, expires_at: new Date(before.until).toISOString() }
          }
          if (release === true) {
            held.delete(account)
            return { ...none, state: 'released' as const }
          }
          const { token, until } = give(account, companionId, instanceId)
          return { ...none, state: 'held' as const, token, expires_at: new Date(until).toISOString() }
        }),
      }
    },
    require(account, token) {
      const lease = held.get(account)
      if (lease === undefined || lease.token !== token)
        throw new FakeError(409, 'lease.lost', 'Another companion has it.')
    },
    steal(account, companionId = '00000000-0000-4000-8000-000000000000') {
      held.delete(account)
      give(account, companionId)
    },
    pass(account) {
      held.delete(account)
      tokens.set(account, (tokens.get(account) ?? 0) + 1)
    },
    free: (account) => void held.delete(account),
    of: (account) => held.get(account),
    onHolder: (listener) => void listeners.push(listener),
  }
  return leases
}
