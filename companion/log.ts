import pino, { type Logger } from 'pino'

/** What must never stand in a log, under whatever name a library gives it. */
const secretNames = [
  'session',
  'authorization',
  'text',
  'content',
  'phone',
  'password',
  'token_value',
  'api_hash',
  'apiHash',
  'auth_key',
  'authKey',
  'address',
  'email',
]

/** JSON lines on stdout: an event, ids, counts and times. Written at once, so that the last one before a crash is there. */
export function createLog(level: string): Logger {
  const paths = secretNames.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])
  return pino(
    { level, base: null, redact: { paths, remove: true }, formatters: { level: (label) => ({ level: label }) } },
    pino.destination({ dest: 1, sync: true }),
  )
}

/**
 * An error as it may be logged. Messages of our own and of libraries may quote what a customer wrote; SQLite's and the
 * system's do not.
 */
export function errorFields(error: unknown): Record<string, string | number> {
  if (!(error instanceof Error)) return { error: 'unknown' }
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  const isHarmless = code.startsWith('ERR_SQLITE') || /^E[A-Z]+$/.test(code)
  const frames = (error.stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at '))
  return {
    error: error.name,
    ...(code !== '' && { code }),
    ...(isHarmless && { reason: error.message }),
    at: frames
      .slice(0, 6)
      .map((line) => line.trim())
      .join(' < '),
  }
}
