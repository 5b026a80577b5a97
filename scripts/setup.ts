import { randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { makePushKeys } from './lib/push-keys.ts'
import { paths } from './lib/paths.ts'
import { type RunOptions, type RunResult, runTool } from './lib/run.ts'
import {
  type Found,
  parseBuckets,
  parseDatabases,
  parseSecrets,
  planSetup,
  readQueueInfo,
  type SetupStep,
} from './lib/setup-plan.ts'
import { bold, dim, green, runMain, say, ScriptError } from './lib/terminal.ts'
import { type Deployment, environmentFrom, readDeployment, withDatabaseId } from './lib/wrangler-toml.ts'

type Setup = { environment: string; secrets: Record<string, string>; shown: string[] }

async function wrangler(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const result = await runTool('wrangler', args, { ...options, env: { WRANGLER_HIDE_BANNER: 'true' } })
  if (result.code !== 0) throw new ScriptError(`wrangler ${args.join(' ')} failed:\n${result.output}`)
  return result
}

/** Secrets of a Worker that was never deployed cannot be listed: then there are none. */
async function listSecrets(environment: string): Promise<string[]> {
  const args = ['secret', 'list', '--env', environment, '--format', 'json']
  const { code, output, stdout } = await runTool('wrangler', args, { env: { WRANGLER_HIDE_BANNER: 'true' } })
  if (code === 0) return parseSecrets(stdout)
  if (/not found|does not exist|10007/i.test(output)) return []
  throw new ScriptError(`Listing the secrets failed:\n${output}`)
}

/** Those of the queues that are there. Asked for by name: the list of all of them is made for people, page by page. */
async function findQueues(names: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const name of names) {
    const result = await runTool('wrangler', ['queues', 'info', name], { env: { WRANGLER_HIDE_BANNER: 'true' } })
    const answer = readQueueInfo(name, result)
    if (answer === null) throw new ScriptError(`Asking for the queue ${name} failed:\n${result.output}`)
    if (answer === 'there') found.push(name)
  }
  return found
}

async function lookAround(environment: string, deployment: Deployment): Promise<Found> {
  const { output } = await wrangler(['whoami'])
  if (/not authenticated/i.test(output)) {
    throw new ScriptError('wrangler is not signed in: run `npx wrangler login`, or set CLOUDFLARE_API_TOKEN.')
  }
  const databases = parseDatabases((await wrangler(['d1', 'list', '--json'])).stdout)
  const buckets = parseBuckets((await wrangler(['r2', 'bucket', 'list'])).stdout)
  const queues = await findQueues(deployment.queues)
  return { databases, buckets, queues, secrets: await listSecrets(environment) }
}

function writeDatabaseId(environment: string, id: string): void {
  writeFileSync(paths.wranglerToml, withDatabaseId(readFileSync(paths.wranglerToml, 'utf8'), environment, id))
  say(`${green('✓')} wrote the id of the database into wrangler.toml: commit that change`)
}

async function ask(name: string, question: string): Promise<string> {
  const fromEnv = process.env[name]
  if (fromEnv) return fromEnv
  if (!process.stdin.isTTY) throw new ScriptError(`${name} is missing: set it in the environment (${question}).`)
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return (await terminal.question(`${bold(name)} ${question}: `)).trim()
  } finally {
    terminal.close()
  }
}

async function createDatabase(environment: string, name: string): Promise<void> {
  await wrangler(['d1', 'create', name])
  const databases = parseDatabases((await wrangler(['d1', 'list', '--json'])).stdout)
  const created = databases.find((database) => database.name === name)
  if (!created) throw new ScriptError(`The database ${name} was created but is not listed yet: run setup again.`)
  say(`${green('✓')} created the database ${name}`)
  writeDatabaseId(environment, created.id)
}

async function perform(step: SetupStep, setup: Setup): Promise<void> {
  switch (step.kind) {
    case 'create_database':
      return createDatabase(setup.environment, step.name)
    case 'write_database_id':
      return writeDatabaseId(setup.environment, step.id)
    case 'create_bucket':
      await wrangler(['r2', 'bucket', 'create', step.name])
      return say(`${green('✓')} created the bucket ${step.name}`)
    case 'create_queue':
      await wrangler(['queues', 'create', step.name])
      return say(`${green('✓')} created the queue ${step.name}`)
    case 'generate_secret': {
      setup.secrets[step.name] = randomBytes(32).toString('base64')
      if (step.isShown) setup.shown.push(step.name)
      return
    }
    case 'generate_push_keys':
      Object.assign(setup.secrets, makePushKeys())
      return
    case 'ask_secret': {
      const value = await ask(step.name, step.question)
      if (!value) throw new ScriptError(`${step.name} is needed. What was created so far stays; run setup again.`)
      setup.secrets[step.name] = value
    }
  }
}

/** Shows what a person has to keep only once it is stored: a value that was shown is a value that counts. */
async function storeSecrets({ environment, secrets, shown }: Setup): Promise<void> {
  if (Object.keys(secrets).length === 0) return
  // Through standard input: a command line can be read by every process of the machine.
  await wrangler(['secret', 'bulk', '--env', environment], { input: JSON.stringify(secrets) })
  say(`${green('✓')} stored ${Object.keys(secrets).join(', ')}`)
  for (const name of shown) say(`${bold(name)} ${secrets[name] ?? ''}  ${dim('keep it: it is shown only now')}`)
}

function requireDeployment(environment: string): Deployment {
  const deployment = readDeployment(readFileSync(paths.wranglerToml, 'utf8'), environment)
  if (!deployment) throw new ScriptError(`wrangler.toml has no environment ${environment}.`)
  return deployment
}

/** `npm run setup -- --env production`: creates what a deployment needs and does not have yet. Safe to run again. */
async function main(): Promise<void> {
  const environment = environmentFrom(process.argv.slice(2))
  const deployment = requireDeployment(environment)
  const steps = planSetup(deployment, await lookAround(environment, deployment))
  const setup: Setup = { environment, secrets: {}, shown: [] }
  for (const step of steps) await perform(step, setup)
  await storeSecrets(setup)
  say(steps.length === 0 ? 'Everything is there already.' : 'Done.')
  say(`Next: npm run deploy -- --env ${environment}`)
}

await runMain(main)
