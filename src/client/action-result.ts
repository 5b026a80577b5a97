import { ApiError } from './api-error.ts'

/**
 * Why something that was asked for did not happen, as a value. `code` and `status` as in `ApiError`: the server's own
 * code (`window.closed`), or `network` with status 0 where no answer came. `message` is a sentence for people.
 */
export type ActionError = { code: string; status: number; message: string }

/** What became of something that was asked for. */
export type ActionResult<Value = null> = { ok: true; value: Value } | { ok: false; error: ActionError }

export function toActionError(error: unknown): ActionError {
  if (error instanceof ApiError) return { code: error.code, status: error.status, message: error.message }
  return { code: 'unexpected', status: 0, message: error instanceof Error ? error.message : 'Something went wrong' }
}

/** Waits for a call and gives its outcome; never rejects. */
export async function resultOf<Value>(call: Promise<Value>): Promise<ActionResult<Value>> {
  try {
    return { ok: true, value: await call }
  } catch (error) {
    return { ok: false, error: toActionError(error) }
  }
}
