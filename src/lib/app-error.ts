/**
 * An expected failure. `code` is part of the API, `status` the HTTP status it leaves with. Anything else that is thrown
 * leaves as `internal`.
 */
export class AppError extends Error {
  readonly code: string
  readonly status: number

  constructor(code: string, status: number, message: string) {
    super(message)
    this.name = 'AppError'
    this.code = code
    this.status = status
  }
}
