/**
 * Why a call of the API failed. `code` is the server's own (`conversation.not_found`), or one of ours:
 * - `network`: no answer came (no connection, a time-out, a blocked request); `status` is 0.
 * - `response.invalid`: something answered, but not with what this version of the API promises.
 */
export class ApiError extends Error {
  readonly code: string
  /** The HTTP status; 0 when there was no answer. */
  readonly status: number

  constructor(code: string, status: number, message: string) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    this.status = status
  }
}

/** Whether the server refused the caller's credential: asking again with the same one is pointless. */
export function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 401 || error.status === 403)
}
