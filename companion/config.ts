import { z } from 'zod'
import { decodeBase64 } from '../src/lib/base64.ts'
import { type AccountConfig, type ReadFile, accountsSchema } from './accounts-config.ts'

const logLevels = ['debug', 'info', 'warn', 'error'] as const

/** What `login` needs: a Telegram account may not know its id yet. */
export type LoginConfig = {
  accounts: readonly AccountConfig[]
  companionKey: Uint8Array
  dataDir: string
  logLevel: (typeof logLevels)[number]
}

/** What the environment says, checked once. */
export type Config = LoginConfig & {
  /** The Worker, without a slash at the end. */
  url: string
  /** Read again where a file holds it, so that a rotation needs no restart. */
  serviceKey: () => string
  healthHost: string
  healthPort: number
  /** How much may wait on the disk, in bytes, before accounts are paused. */
  maxSpoolBytes: number
  /** Least time between two messages to one conversation, in ms. */
  paceMs: number
}

/** The settings cannot be used. `problems` names what is wrong, never a secret. */
export class ConfigError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(problems.join('; '))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

type Environment = Readonly<Record<string, string | undefined>>
type Problems = string[]

const Whole = z
  .string()
  .regex(/^\d{1,15}$/, 'must be a whole number')
  .transform(Number)
const Url = z
  .url({ protocol: /^https?$/, error: 'must be an http(s) address' })
  .transform((url) => url.replace(/\/+$/, ''))
const Key = z
  .string()
  .transform((text) => decodeBase64(text) ?? new Uint8Array())
  .refine((bytes) => bytes.length === 32, 'must be 32 bytes in base64')
const Settings = z.object({
  EDGE_INBOX_URL: Url,
  DATA_DIR: z.string().default('data'),
  HEALTH_HOST: z.string().default('127.0.0.1'),
  HEALTH_PORT: Whole.pipe(z.number().max(65_535)).default(8080),
  LOG_LEVEL: z.enum(logLevels, { error: `must be one of ${logLevels.join(', ')}` }).default('info'),
  MAX_SPOOL_MB: Whole.pipe(z.number().min(16, 'must be 16 at least')).default(2048),
  SEND_PACE_MS: Whole.default(1000),
})

/**
 * Reads and checks the environment and the files it names.
 * @throws ConfigError naming every problem at once.
 */
export function loadConfig(env: Environment, read: ReadFile): Config {
  const problems: Problems = []
  const settings = check(Settings, withoutEmpty(env), problems)
  const key = secretOf(env, 'SERVICE_KEY', read, problems)
  const companionKey = companionKeyOf(env, read, problems)
  const accounts = accountsOf(env, read, { isLogin: false, problems })
  if (settings === null || key === null || companionKey === null || accounts === null || problems.length > 0) {
    throw new ConfigError(problems)
  }
  return {
    accounts,
    companionKey,
    url: settings.EDGE_INBOX_URL,
    serviceKey: () => secretOf(env, 'SERVICE_KEY', read, []) ?? key,
    dataDir: settings.DATA_DIR,
    healthHost: settings.HEALTH_HOST,
    healthPort: settings.HEALTH_PORT,
    logLevel: settings.LOG_LEVEL,
    maxSpoolBytes: settings.MAX_SPOOL_MB * 1024 * 1024,
    paceMs: settings.SEND_PACE_MS,
  }
}

/** @throws ConfigError */
export function loadLoginConfig(env: Environment, read: ReadFile): LoginConfig {
  const problems: Problems = []
  const settings = check(Settings.pick({ DATA_DIR: true, LOG_LEVEL: true }), withoutEmpty(env), problems)
  const companionKey = companionKeyOf(env, read, problems)
  const accounts = accountsOf(env, read, { isLogin: true, problems })
  if (settings === null || companionKey === null || accounts === null || problems.length > 0) {
    throw new ConfigError(problems)
  }
  return { accounts, companionKey, dataDir: settings.DATA_DIR, logLevel: settings.LOG_LEVEL }
}

/** Only the folder: what a command on the spool needs. */
export function dataDirOf(env: Environment): string {
  return env['DATA_DIR'] || 'data'
}

function check<Schema extends z.ZodType>(schema: Schema, value: unknown, problems: Problems): z.infer<Schema> | null {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  for (const issue of parsed.error.issues) {
    const isMissing = issue.code === 'invalid_type' && issue.input === undefined
    problems.push(`${issue.path.map(String).join('.')} ${isMissing ? 'is missing' : issue.message}`.trim())
  }
  return null
}

function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
}

/** `NAME`, or the text of the file that `NAME_FILE` names. */
function secretOf(env: Environment, name: string, read: ReadFile, problems: Problems): string | null {
  if (env[name]) return env[name].trim()
  const file = env[`${name}_FILE`]
  if (!file) {
    problems.push(`${name} is missing (or ${name}_FILE)`)
    return null
  }
  try {
    const text = read(file).trim()
    if (text !== '') return text
    problems.push(`${name}_FILE is empty: ${file}`)
  } catch {
    problems.push(`${name}_FILE cannot be read: ${file}`)
  }
  return null
}

function companionKeyOf(env: Environment, read: ReadFile, problems: Problems): Uint8Array | null {
  const text = secretOf(env, 'COMPANION_KEY', read, problems)
  if (text === null) return null
  const key = Key.safeParse(text)
  if (!key.success) problems.push('COMPANION_KEY must be 32 bytes in base64')
  return key.data ?? null
}

type AccountsContext = { isLogin: boolean; problems: Problems }

function accountsOf(env: Environment, read: ReadFile, { isLogin, problems }: AccountsContext) {
  const file = env['ACCOUNTS_FILE']
  const name = file ? 'ACCOUNTS_FILE' : 'ACCOUNTS'
  const value = readAccounts(env, read, problems)
  if (value === undefined) return null
  const parsed = accountsSchema(read, { isLogin }).safeParse(value)
  if (parsed.success) return parsed.data
  problems.push(...parsed.error.issues.map((issue) => `${name} ${whereAndWhat(issue)}`))
  return null
}

function readAccounts(env: Environment, read: ReadFile, problems: Problems): unknown {
  const file = env['ACCOUNTS_FILE']
  if (!file && !env['ACCOUNTS']) {
    problems.push('ACCOUNTS_FILE is missing (or ACCOUNTS)')
    return undefined
  }
  let text: string
  try {
    text = file ? read(file) : (env['ACCOUNTS'] ?? '')
  } catch {
    problems.push(`ACCOUNTS_FILE cannot be read: ${file}`)
    return undefined
  }
  try {
    return JSON.parse(text)
  } catch {
    // The parser's own words would quote what stands there.
    problems.push(`${file ? 'ACCOUNTS_FILE' : 'ACCOUNTS'} is no JSON`)
    return undefined
  }
}

/** The place and the fault. What stands there is not quoted: it may be a secret. */
function whereAndWhat(issue: z.core.$ZodIssue): string {
  const [nested] = issue.code === 'invalid_union' ? issue.errors.toSorted((a, b) => a.length - b.length) : []
  const deeper = nested?.[0]
  const path = [...issue.path, ...(deeper?.path ?? [])].map(String).join('.')
  const what = deeper ?? issue
  const isMissing = what.code === 'invalid_type' && what.input === undefined
  return `${path} ${isMissing ? 'is missing' : what.message}`.trim()
}
