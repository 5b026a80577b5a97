import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { paths } from './paths.ts'
import { ScriptError } from './terminal.ts'

/** The values a local Worker runs with. `file` is where they were read from. */
export type DevVars = { file: string; values: Record<string, string>; isExample: boolean }

/** Reads the developer's own `.dev.vars` where there is one, else the example that is part of the checkout. */
export function readDevVars(): DevVars {
  const isExample = !existsSync(paths.devVars)
  const file = isExample ? paths.devVarsExample : paths.devVars
  const parsed = Object.entries(parseEnv(readFileSync(file, 'utf8')))
  return { file, isExample, values: Object.fromEntries(parsed.map(([name, value]) => [name, value ?? ''])) }
}

export function requireVar(vars: DevVars, name: string): string {
  const value = vars.values[name]
  if (!value) throw new ScriptError(`${vars.file} has no ${name}: copy the line from .dev.vars.example.`)
  return value
}

/** Origins follow the port, unless the developer wrote some of their own. */
export function allowedOrigins(vars: DevVars, port: number): string {
  const own = vars.isExample ? undefined : vars.values['ALLOWED_ORIGINS']
  return own || `http://localhost:${port},http://127.0.0.1:${port}`
}

/**
 * Values that a deployment can do without. Of the file itself wrangler takes only those that wrangler.toml requires, so these
 * are handed over beside it.
 */
export function optionalVars({ values }: DevVars): [name: string, value: string][] {
  return Object.entries(values).filter(([name]) => name.startsWith('VAPID_'))
}
