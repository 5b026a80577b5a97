import { ScriptError } from '../lib/terminal.ts'

export type DemoSettings = {
  seed: number
  /** A fixed pause between requests; null for a natural one. */
  intervalMs: number | null
  /** Live requests to send before the traffic stops; the inbox stays up. */
  max: number
  stateDir: string
  /** Go on with the database of the last demo instead of starting afresh. */
  keep: boolean
}

function numberFrom(env: NodeJS.ProcessEnv, name: string): number | null {
  const text = env[name]
  if (!text) return null
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0) throw new ScriptError(`${name}=${text} is not a whole number.`)
  return value
}

/** DEMO_SEED, DEMO_INTERVAL_MS, DEMO_MAX, DEMO_KEEP and STATE_DIR. */
export function readDemoSettings(env: NodeJS.ProcessEnv): DemoSettings {
  return {
    seed: numberFrom(env, 'DEMO_SEED') ?? 1,
    intervalMs: numberFrom(env, 'DEMO_INTERVAL_MS'),
    max: numberFrom(env, 'DEMO_MAX') ?? Number.POSITIVE_INFINITY,
    stateDir: env['STATE_DIR'] || '.demo/state',
    keep: env['DEMO_KEEP'] === '1',
  }
}
