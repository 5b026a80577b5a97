import type { PlatformFailure, SendOutcome } from '../outbound.ts'
import { askGraph, type GraphAccess, type GraphRequest } from './graph.ts'
import type { GraphError } from './graph-error.ts'
import { Id, type Json } from './wire.ts'

/** Nothing was sent: whatever failed came before the one request that the customer sees. */
export function notSent(failure: PlatformFailure): SendOutcome {
  const { error, retryAfterMs, isPersonal, traceId } = failure
  return {
    kind: 'rejected',
    error,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(isPersonal !== undefined && { isPersonal }),
    ...(traceId !== undefined && { traceId }),
  }
}

/**
 * The one request that the customer sees, asked at most once. Only Graph's own words make it sent or rejected: without
 * them it is unknown, and a machine must not send it again. When `aboutToSend` throws, so does this, and nothing is sent.
 */
export async function sendVisibly(
  access: GraphAccess,
  request: GraphRequest,
  idOf: (value: Json) => unknown,
  aboutToSend: () => Promise<void>,
): Promise<SendOutcome> {
  await aboutToSend()
  const answer = await askGraph(access, request)
  switch (answer.kind) {
    case 'value': {
      const id = Id.safeParse(idOf(answer.value))
      return id.success ? { kind: 'sent', externalId: id.data } : { kind: 'unknown', reason: 'answer.without_id' }
    }
    case 'refused':
      return isUncertain(answer.error) ? { kind: 'unknown', reason: 'answer.late' } : notSent(answer.failure)
    case 'lost':
      return { kind: 'unknown', reason: answer.reason }
  }
}

/** "Received invalid JSON reply": the messages are all sent, yet an error comes back ("Common Error Codes" of Messenger). */
function isUncertain({ code, subcode }: GraphError): boolean {
  return code === '1' && subcode === '1357046'
}
