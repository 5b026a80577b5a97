/**
 * Reads and writes single values of wrangler.toml in place: the file is written by people, and its comments and order
 * have to survive. Only what `npm run setup` needs: quoted text values of one section.
 */
export const unsetDatabaseId = '00000000-0000-0000-0000-000000000000'

type Line = { index: number; value: string }

function findValue(lines: readonly string[], section: string, key: string): Line | null {
  return findValues(lines, section, key)[0] ?? null
}

/** Of each section of that name. */
function findValues(lines: readonly string[], section: string, key: string): Line[] {
  const starts = lines.flatMap((line, index) => (line.trim() === section ? [index] : []))
  return starts.map((start) => findBelow(lines, start, key)).filter((found) => found !== null)
}

function findBelow(lines: readonly string[], start: number, key: string): Line | null {
  for (let index = start + 1; index < lines.length; index += 1) {
    const line = (lines[index] ?? '').trim()
    if (line.startsWith('[')) return null
    const match = /^([\w-]+)\s*=\s*"([^"]*)"/.exec(line)
    if (match?.[1] === key) return { index, value: match[2] ?? '' }
  }
  return null
}

/** `queues`: all that the Worker reads, and there is none that it only writes. */
export type Deployment = { databaseName: string; databaseId: string; bucketName: string; queues: readonly string[] }

/** What wrangler.toml says about a named environment; null when it has no such environment. */
export function readDeployment(toml: string, environment: string): Deployment | null {
  const lines = toml.split('\n')
  const database = `[[env.${environment}.d1_databases]]`
  const databaseName = findValue(lines, database, 'database_name')
  const databaseId = findValue(lines, database, 'database_id')
  const bucketName = findValue(lines, `[[env.${environment}.r2_buckets]]`, 'bucket_name')
  const queues = findValues(lines, `[[env.${environment}.queues.consumers]]`, 'queue')
  if (!databaseName || !databaseId || !bucketName || queues.length === 0) return null
  return {
    databaseName: databaseName.value,
    databaseId: databaseId.value,
    bucketName: bucketName.value,
    queues: queues.map(({ value }) => value),
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
