/**
 * Why a socket was closed. 4000–4499: come back. 4500–4999: stay away until something changed. 1006 (no close frame
 * at all) always means come back.
 */
export const closeCodes = {
  restart: 4000,
  internal: 4001,
  resync: 4002,
  tooSlow: 4003,
  noPing: 4004,
  sessionExpired: 4005,
  moved: 4006,
  rateLimited: 4008,
  unauthorised: 4500,
  protocol: 4501,
  origin: 4502,
  tooManySockets: 4503,
  tenantOff: 4504,
  malformed: 4505,
} as const

/** Whether a client that was closed with `code` should stay away. */
export function isTerminalCloseCode(code: number): boolean {
  return code >= 4500 && code <= 4999
}
