import { existsSync } from 'node:fs'

/** The browser the end-to-end tests use; null on a machine without one. */
export function findChromium(env: NodeJS.ProcessEnv): string | null {
  const path = env['CHROMIUM_PATH'] || '/usr/bin/chromium'
  return existsSync(path) ? path : null
}
