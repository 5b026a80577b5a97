import { ErrorBody } from '../../src/protocol/api.ts'

/**
 * What an exchange with the Worker means. `again`: it may have been stored or not, the same has to be sent again.
 * `refused`: the Worker will never take this. `unauthorised`: it takes nothing with this key.
 */
export type Answer<Value> =
  | { kind: 'ok'; value: Value }
  | { kind: 'again'; reason: string; afterMs: number | null }
  | { kind: 'refused'; status: number; code: string; message: string }
  | { kind: 'unauthorised'; status: number; code: string }

const transient = new Set([408, 425, 429])
const maxWaitMs = 600_000

/** Judges an answer that is no success. `text`: its body. */
export function judgeFailure(status: number, headers: Headers, text: string): Exclude<Answer<never>, { kind: 'ok' }> {
  const error = readError(text)
  if (status === 401 || (status === 403 && error !== null)) {
    return { kind: 'unauthorised', status, code: error?.code ?? 'unauthorised' }
  }
  const isFinal = status >= 400 && status < 500 && !transient.has(status)
  // Words that are not the Worker's come from something in between, or from another server altogether.
  if (isFinal && error !== null && !isWrongRoute(status, error.code)) {
    return { kind: 'refused', status, code: error.code, message: error.message }
  }
  return { kind: 'again', reason: `status ${status}`, afterMs: retryAfterMs(headers.get('retry-after')) }
}

/** Routes that are not there are no fault of what was sent: the Worker may be older, or the address wrong. */
function isWrongRoute(status: number, code: string): boolean {
  return status === 405 || (status === 404 && !/^(?:channel|upload|checkpoint|file|attachment)\./.test(code))
}

function readError(text: string): { code: string; message: string } | null {
  try {
    const parsed = ErrorBody.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data.error : null
  } catch {
    return null
  }
}

function retryAfterMs(header: string | null): number | null {
  if (header === null || !/^\d{1,6}$/.test(header)) return null
  return Math.min(Number(header) * 1000, maxWaitMs)
}
