/**
 * An expected failure. `code` is part of the API, `status` the HTTP status it leaves with. Anything else that is thrown
 * leaves as `internal`. `retryAfterS`: how long its caller should wait before it asks again.
 */
export class AppError extends Error {
  readonly code: string
  readonly status: number
  readonly retryAfterS: number | null

  constructor(code: string, status: number, message: string, retryAfterS: number | null = null) {
    super(message)
    this.name = 'AppError'
    this.code = code
    this.status = status
    this.retryAfterS = retryAfterS
  }
}
