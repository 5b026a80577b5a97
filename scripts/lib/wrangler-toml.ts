/**
 * Reads and writes single values of wrangler.toml in place: the file is written by people, and its comments and order
 * have to survive. Only what `npm run setup` needs: quoted text values of one section.
 */
export const unsetDatabaseId = '00000000-0000-0000-0000-000000000000'

type Line = { index: number; value: string }

function findValue(lines: readonly string[], section: string, key: string): Line | null {
  const start = lines.findIndex((line) => line.trim() === section)
  if (start < 0) return null
  for (let index = start + 1; index < lines.length; index += 1) {
    const line = (lines[index] ?? '').trim()
    if (line.startsWith('[')) return null
    const match = /^([\w-]+)\s*=\s*"([^"]*)"/.exec(line)
    if (match?.[1] === key) return { index, value: match[2] ?? '' }
  }
  return null
}

/** `queues`: that of jobs, where it leaves the messages that it gave up, and that of what became of mail. */
export type Deployment = { databaseName: string; databaseId: string; bucketName: string; queues: readonly string[] }

/** What wrangler.toml says about a named environment; null when it has no such environment. */
export function readDeployment(toml: string, environment: string): Deployment | null {
  const lines = toml.split('\n')
  const database = `[[env.${environment}.d1_databases]]`
  const databaseName = findValue(lines, database, 'database_name')
  const databaseId = findValue(lines, database, 'database_id')
  const bucketName = findValue(lines, `[[env.${environment}.r2_buckets]]`, 'bucket_name')
  const queue = findValue(lines, `[[env.${environment}.queues.producers]]`, 'queue')
  const dead = findValue(lines, `[[env.${environment}.queues.consumers]]`, 'dead_letter_queue')
  const mailEvents = /^queue = "([^"]+-mail-events)"$/m.exec(
    toml.slice(toml.indexOf(`[[env.${environment}.queues.consumers]]`)),
  )?.[1]
  if (!databaseName || !databaseId || !bucketName || !queue || !dead || mailEvents === undefined) return null
  return {
    databaseName: databaseName.value,
    databaseId: databaseId.value,
    bucketName: bucketName.value,
    queues: [queue.value, dead.value, mailEvents],
  }
}

/** The file with the id of the environment's database in its place; everything else stays as it is. */
export function withDatabaseId(toml: string, environment: string, id: string): string {
  const lines = toml.split('\n')
  const found = findValue(lines, `[[env.${environment}.d1_databases]]`, 'database_id')
  if (!found) throw new RangeError(`wrangler.toml has no database for the environment ${environment}`)
  const line = lines[found.index] ?? ''
  lines[found.index] = line.replace(`"${found.value}"`, `"${id}"`)
  return lines.join('\n')
}

/** `--env <name>` of a command line; production where it is not given. */
export function environmentFrom(args: readonly string[]): string {
  const joined = args.find((arg) => arg.startsWith('--env='))?.slice('--env='.length)
  const at = args.findIndex((arg) => arg === '--env' || arg === '-e')
  return joined ?? (at < 0 ? undefined : args[at + 1]) ?? 'production'
}
