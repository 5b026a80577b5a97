import { refusal } from './errors.ts'
import type { Fault, GraphState } from './state.ts'
import type { Answer, GraphCall, GraphError, MetaPlatform, When } from './types.ts'

/** The next planned fault of this call in this phase, used up by being taken. */
export function takeFault(state: GraphState, call: GraphCall, phase: Fault['phase']): Fault | undefined {
  const index = state.faults.findIndex((fault) => fault.phase === phase && fault.match(call))
  const fault = state.faults[index]
  if (fault === undefined) return undefined
  fault.times -= 1
  if (fault.times <= 0) state.faults.splice(index, 1)
  return fault
}

type NewFault = When & Pick<Fault, 'phase' | 'act'>

export function addFault(state: GraphState, { times = 1, match = () => true, phase, act }: NewFault): void {
  state.faults.push({ times, match, phase, act })
}

/** What a client sees whose connection ends without an answer: a rejection, with no status and no body. */
export function connectionLost(): never {
  throw new TypeError('Network connection lost.')
}

function platformOf(state: GraphState, call: GraphCall): MetaPlatform | null {
  return state.accounts.find(({ id }) => id === call.accountId)?.platform ?? null
}

export function refusalOf(state: GraphState, error: GraphError): Fault['act'] {
  return async (call) => refusal(error, { platform: platformOf(state, call), call })
}

export type RateLimit = When & {
  /**
   * 4: the app's calls; 80006 and 80007: those to a Messenger and a WhatsApp account; 130429: messages of a number;
   * 131056: messages to one person.
   */
  code: 4 | 32 | 613 | 80_006 | 80_007 | 130_429 | 131_048 | 131_056
  /** Until calls are taken again, as the usage headers say it. */
  minutes?: number
  retryAfterSeconds?: number
}

/** Graph API, "Rate limits": the headers say how much of a limit is used, and the business one also for how long. */
export function limitHeaders(
  call: GraphCall,
  { code, minutes = 5, retryAfterSeconds }: RateLimit,
): Record<string, string> {
  const usage = { call_count: 100, total_cputime: 25, total_time: 25 }
  const retry: Record<string, string> =
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }
  if (code === 4 || code === 32 || code === 613) return { ...retry, 'x-app-usage': JSON.stringify(usage) }
  if (code !== 80_006 && code !== 80_007) return retry
  const type = code === 80_006 ? 'messenger' : 'whatsapp'
  const business = { [call.accountId ?? '0']: [{ type, ...usage, estimated_time_to_regain_access: minutes }] }
  return { ...retry, 'x-business-use-case-usage': JSON.stringify(business) }
}

export function limitOf(state: GraphState, limit: RateLimit): Fault['act'] {
  return async (call): Promise<Answer> => {
    const headers = limitHeaders(call, limit)
    return refusal({ code: limit.code, headers }, { platform: platformOf(state, call), call })
  }
}
