import { z } from 'zod'
import { type Deployment, unsetDatabaseId } from './wrangler-toml.ts'

/** What exists in the account already. */
export type Found = {
  databases: readonly { name: string; id: string }[]
  buckets: readonly string[]
  queues: readonly string[]
  secrets: readonly string[]
}
export type SetupStep =
  | { kind: 'create_database'; name: string }
  | { kind: 'write_database_id'; id: string }
  | { kind: 'create_bucket'; name: string }
  | { kind: 'create_queue'; name: string }
  | { kind: 'generate_secret'; name: string; isShown: boolean }
  | { kind: 'generate_push_keys' }
  | { kind: 'ask_secret'; name: string; question: string }

/**
 * Secrets we make up. ADMIN_TOKEN is shown once because a person has to use it; ENCRYPTION_KEY because a database
 * without it cannot be read again. AUTH_SECRET nobody needs to know.
 */
const generated = [
  { name: 'AUTH_SECRET', isShown: false },
  { name: 'ADMIN_TOKEN', isShown: true },
  { name: 'ENCRYPTION_KEY', isShown: true },
] as const
const asked = [
  { name: 'META_APP_SECRET', question: 'App secret of your Meta app (App settings, Basic)' },
  { name: 'META_VERIFY_TOKEN', question: 'Verify token, a text of your choice that you also enter at Meta' },
  { name: 'ALLOWED_ORIGINS', question: 'Origins the inbox is used from, such as https://inbox.example.com' },
] as const

/**
 * What is still missing, in the order it has to be done. Run again, it leaves everything that exists alone: above all
 * it never replaces a secret, since another ENCRYPTION_KEY would make stored credentials unreadable.
 */
export function planSetup(deployment: Deployment, found: Found): SetupStep[] {
  const steps: SetupStep[] = []
  const database = found.databases.find(({ name }) => name === deployment.databaseName)
  if (!database) steps.push({ kind: 'create_database', name: deployment.databaseName })
  else if (database.id !== deployment.databaseId) steps.push({ kind: 'write_database_id', id: database.id })
  if (!found.buckets.includes(deployment.bucketName)) steps.push({ kind: 'create_bucket', name: deployment.bucketName })
  for (const name of deployment.queues) {
    if (!found.queues.includes(name)) steps.push({ kind: 'create_queue', name })
  }
  for (const secret of generated) {
    if (!found.secrets.includes(secret.name)) steps.push({ kind: 'generate_secret', ...secret })
  }
  // A pair, so all or nothing: browsers that have subscribed with one key do not hear another.
  if (!found.secrets.some((name) => name.startsWith('VAPID_'))) steps.push({ kind: 'generate_push_keys' })
  for (const secret of asked) {
    if (!found.secrets.includes(secret.name)) steps.push({ kind: 'ask_secret', ...secret })
  }
  return steps
}

export function isSetUp(deployment: Deployment): boolean {
  return deployment.databaseId !== unsetDatabaseId && deployment.databaseId !== ''
}

const DatabaseList = z.array(z.object({ name: z.string(), uuid: z.string() }))
const SecretList = z.array(z.object({ name: z.string() }))

/** `wrangler d1 list --json`. */
export function parseDatabases(json: string): Found['databases'] {
  return DatabaseList.parse(JSON.parse(json)).map(({ name, uuid }) => ({ name, id: uuid }))
}

/** `wrangler r2 bucket list`, which only speaks to people: blocks of `name: …` lines. */
export function parseBuckets(text: string): string[] {
  return [...text.matchAll(/^\s*name:\s+(\S+)\s*$/gm)].map((match) => match[1] ?? '')
}

/**
 * What `wrangler queues info` says of a queue; null for a failure that is none of ours to explain. The queue's own name
 * has to be in it: the question is answered with the first queue of that name, however exactly that was matched.
 */
export function readQueueInfo(
  name: string,
  result: { code: number | null; output: string },
): 'there' | 'missing' | null {
  if (result.code === 0) return result.output.split(/\s+/).includes(name) ? 'there' : 'missing'
  return /does not exist/i.test(result.output) ? 'missing' : null
}

/** `wrangler secret list --format json`. */
export function parseSecrets(json: string): string[] {
  return SecretList.parse(JSON.parse(json)).map(({ name }) => name)
}
