import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** The mail server that the companion's tests talk to; null on a machine without one that they know (2.3). */
export function findDovecot(env: NodeJS.ProcessEnv): string | null {
  const path = env['DOVECOT_PATH'] || '/usr/sbin/dovecot'
  if (!existsSync(path)) return null
  try {
    return execFileSync(path, ['--version'], { encoding: 'utf8' }).startsWith('2.3.') ? path : null
  } catch {
    return null
  }
}
