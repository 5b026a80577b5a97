import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { z } from 'zod'
import { decodeBase64, encodeBase64Url } from './base64.ts'
import { log } from './log.ts'
import { type VapidSettings, vapidProblems } from './vapid.ts'

/** What the environment says, checked once. Times in epoch ms. */
export type Config = {
  environment: 'local' | 'staging' | 'production'
  /** Of the operator's own Meta app. `previousUntil` null: the previous one counts as long as it is configured. */
  metaAppSecrets: { current: string; previous: string | null; previousUntil: number | null }
  metaVerifyToken: string
  authSecret: string
  adminToken: string
  /** Base64 of 32 bytes by key id, the current key first. */
  encryptionKeys: ReadonlyMap<string, string>
  allowedOrigins: ReadonlySet<string>
  /** Base addresses of the platforms' APIs, and where platforms can reach this Worker; without a slash at the end. */
  graphApiUrl: string
  instagramApiUrl: string
  publicUrl: string
  /** What happens to mail for an address that is no channel. */
  unknownRecipient: 'quarantine' | 'reject'
  /** Null: no browser is pushed. `keyId` says with which keys a browser has subscribed. */
  push: (VapidSettings & { keyId: string }) | null
  /** Origins on this machine that stand in for hosts of the internet: in local development only. */
  localAddresses: readonly string[]
  /** Who digests come from: an address of a domain that may send. Null: there are none. */
  digestFrom: string | null
}

/** The environment cannot be used. `problems` names the variables, never their values. */
export class ConfigError extends Error {
  readonly code: 'config.invalid' | 'config.development_secret'
  readonly problems: readonly string[]

  constructor(code: ConfigError['code'], problems: readonly string[]) {
    super(problems.join('; '))
    this.name = 'ConfigError'
    this.code = code
    this.problems = problems
  }
}

/** The values of `.dev.vars.example`: known to everybody, so they protect nothing. */
const developmentSecrets = new Set([
  'dev-meta-app-secret',
  'dev-verify-token',
  'dev-auth-secret-of-at-least-32-characters',
  'dev-admin-token',
  'ZGV2LWVuY3J5cHRpb24ta2V5LW9mLTMyLWJ5dGVzISE=',
  'BOuVKaG29tEOBK77wK38lnpgQKBqo7JD7uS_UCgV8hfpfFLZLjDseBryLUf5zi38b5n0D0LPy_5x4VAGFPT76tg',
  'ppomkdPhJGVH7VFikCL9KnOhZygldCICLaY9rhLnRsI',
])

const loopbackHosts = new Set(['localhost', '127.0.0.1', '[::1]'])

const Secret = z.string({ error: 'is missing' }).min(1, 'is empty')
const Key = Secret.refine((value) => decodeBase64(value)?.length === 32, 'must be exactly 32 bytes in base64')
const HttpUrl = Secret.refine((value) => /^https?:$/.test(urlOf(value)?.protocol ?? ''), 'must be an http(s) address')
/** Empty counts as absent: a deployment tool may set what nobody filled in. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema.optional())

const Environment = z.object({
  ENVIRONMENT: z.enum(['local', 'staging', 'production'], { error: 'must be local, staging or production' }),
  META_APP_SECRET: Secret,
  META_APP_SECRET_PREVIOUS: optional(Secret),
  META_APP_SECRET_PREVIOUS_UNTIL: optional(z.iso.datetime({ offset: true, error: 'must be an ISO 8601 time' })),
  META_VERIFY_TOKEN: Secret,
  AUTH_SECRET: Secret.min(32, 'needs at least 32 characters'),
  ADMIN_TOKEN: Secret,
  ENCRYPTION_KEY: Key,
  ENCRYPTION_KEY_PREVIOUS: optional(Key),
  ALLOWED_ORIGINS: Secret.transform(splitOrigins).refine(
    (origins) => origins.length > 0 && origins.every(isOrigin),
    'must be origins such as https://inbox.example, separated by commas',
  ),
  GRAPH_API_URL: HttpUrl,
  INSTAGRAM_API_URL: optional(HttpUrl),
  PUBLIC_URL: optional(HttpUrl),
  UNKNOWN_RECIPIENT: optional(z.enum(['quarantine', 'reject'], { error: 'must be quarantine or reject' })),
  VAPID_PUBLIC_KEY: optional(Secret),
  VAPID_PRIVATE_KEY: optional(Secret),
  VAPID_SUBJECT: optional(Secret),
  DIGEST_FROM: optional(z.email('must be an address such as notifications@example.com')),
  LOCAL_ADDRESSES: optional(
    z
      .string()
      .transform(splitOrigins)
      .refine((origins) => origins.every(isLoopback), 'must be origins on this machine, separated by commas'),
  ),
})
type Environment = z.infer<typeof Environment>

const loaded = new WeakMap<object, Config>()

/**
 * Reads and checks the environment, once for each.
 * @throws ConfigError naming every problem at once.
 */
export function loadConfig(env: object): Config {
  const known = loaded.get(env)
  if (known) return known
  const parsed = Environment.safeParse(env)
  if (!parsed.success) throw new ConfigError('config.invalid', problemsOf(parsed.error))
  refuseOutsideLocal(parsed.data)
  refuseWrongPushKeys(parsed.data)
  const config = toConfig(parsed.data)
  loaded.set(env, config)
  return config
}

/**
 * Local settings answer to this machine only: a Worker that was deployed with them has a public name.
 * @throws ConfigError `config.development_secret`
 */
export function refusePublicHost(config: Config, hostname: string): void {
  if (config.environment !== 'local' || loopbackHosts.has(hostname)) return
  throw new ConfigError('config.development_secret', [
    'ENVIRONMENT is local, but the request came to a public hostname',
  ])
}

/** The app secrets that count at `now`, the current one first. */
export function acceptedAppSecrets({ metaAppSecrets }: Config, now: number): string[] {
  const { current, previous, previousUntil } = metaAppSecrets
  const isPreviousValid = previous !== null && (previousUntil === null || now < previousUntil)
  return isPreviousValid ? [current, previous] : [current]
}

function problemsOf(error: z.ZodError): string[] {
  return error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`)
}

/** Whatever variable they stand in: a copied example is no secret under another name either. */
function refuseOutsideLocal(env: Environment): void {
  if (env.ENVIRONMENT === 'local') return
  if (env.LOCAL_ADDRESSES !== undefined)
    throw new ConfigError('config.invalid', ['LOCAL_ADDRESSES is for local development only'])
  const found = Object.entries(env).filter(([, value]) => typeof value === 'string' && developmentSecrets.has(value))
  if (found.length === 0) return
  const problems = found.map(([name]) => `${name} has a value of the development example`)
  throw new ConfigError('config.development_secret', problems)
}

/** Keys that do not work would lose every push without a word; no keys at all switch it off. */
function refuseWrongPushKeys(env: Environment): void {
  const { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey } = env
  if (publicKey === undefined && privateKey === undefined) return
  const missing = publicKey === undefined ? 'VAPID_PUBLIC_KEY' : privateKey === undefined ? 'VAPID_PRIVATE_KEY' : null
  if (missing !== null) throw new ConfigError('config.invalid', [`${missing} is missing, and the other one is there`])
  const problems = vapidProblems({ publicKey: publicKey ?? '', privateKey: privateKey ?? '', subject: subjectOf(env) })
  if (problems.length > 0) throw new ConfigError('config.invalid', problems.map(withVariable))
}

/** Who push services can turn to: the address that people know the inbox by, unless there is a better one. */
function subjectOf({ VAPID_SUBJECT, PUBLIC_URL, ALLOWED_ORIGINS }: Environment): string {
  return VAPID_SUBJECT ?? PUBLIC_URL ?? ALLOWED_ORIGINS[0] ?? ''
}

function withVariable(problem: string): string {
  return problem.replace(/^[a-zA-Z]+/, (field) => `VAPID_${field.replace(/[A-Z]/, '_$&').toUpperCase()}`)
}

function pushOf(env: Environment): Config['push'] {
  const { VAPID_PUBLIC_KEY: publicKey, VAPID_PRIVATE_KEY: privateKey } = env
  if (publicKey === undefined || privateKey === undefined) {
    log('info', 'config.push_off')
    return null
  }
  return {
    publicKey: base64Url(publicKey),
    privateKey: base64Url(privateKey),
    subject: subjectOf(env),
    keyId: keyId(publicKey),
  }
}

/** In the one spelling that push services take. */
function base64Url(key: string): string {
  return encodeBase64Url(decodeBase64(key) ?? new Uint8Array())
}

function toConfig(env: Environment): Config {
  const until = env.META_APP_SECRET_PREVIOUS_UNTIL
  const keys = [env.ENCRYPTION_KEY, env.ENCRYPTION_KEY_PREVIOUS].filter((key) => key !== undefined)
  return {
    environment: env.ENVIRONMENT,
    metaAppSecrets: {
      current: env.META_APP_SECRET,
      previous: env.META_APP_SECRET_PREVIOUS ?? null,
      previousUntil: until === undefined ? null : Date.parse(until),
    },
    metaVerifyToken: env.META_VERIFY_TOKEN,
    authSecret: env.AUTH_SECRET,
    adminToken: env.ADMIN_TOKEN,
    encryptionKeys: new Map(keys.map((key) => [keyId(key), key])),
    allowedOrigins: new Set(env.ALLOWED_ORIGINS),
    graphApiUrl: withoutSlash(env.GRAPH_API_URL),
    instagramApiUrl: withoutSlash(env.INSTAGRAM_API_URL ?? 'https://graph.instagram.com'),
    publicUrl: withoutSlash(env.PUBLIC_URL ?? env.ALLOWED_ORIGINS[0] ?? ''),
    unknownRecipient: env.UNKNOWN_RECIPIENT ?? 'quarantine',
    push: pushOf(env),
    localAddresses: env.LOCAL_ADDRESSES ?? [],
    digestFrom: env.DIGEST_FROM ?? null,
  }
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '')
}

/** A key's id comes from the key: what it sealed keeps its name when it moves from current to previous. */
function keyId(base64: string): string {
  return `k${bytesToHex(sha256(decodeBase64(base64) ?? new Uint8Array())).slice(0, 8)}`
}

function splitOrigins(value: string): string[] {
  return value
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin !== '')
}

/** As a browser writes it, for one place: no path, no capitals, no wildcard. */
function isOrigin(value: string): boolean {
  return /^https?:\/\/(?:[a-z0-9.-]+|\[[0-9a-f:]+\])(?::\d+)?$/.test(value) && urlOf(value)?.origin === value
}

function isLoopback(origin: string): boolean {
  return isOrigin(origin) && loopbackHosts.has(urlOf(origin)?.hostname ?? '')
}

function urlOf(value: string): URL | null {
  return URL.canParse(value) ? new URL(value) : null
}
