import type { ActionError } from '../types.ts'

/** The HTTP status of what a call of the API failed with; 0 where no answer came. */
export function statusOf(error: unknown): number {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : 0
  return typeof status === 'number' ? status : 0
}

/** What a call of the API failed with, as the page words failures. */
export function toFailure(error: unknown): ActionError {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'unexpected'
  return { code, status: statusOf(error), message: error instanceof Error ? error.message : '' }
}
