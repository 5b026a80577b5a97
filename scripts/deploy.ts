import { readFileSync } from 'node:fs'
import { buildPage } from './lib/page.ts'
import { paths } from './lib/paths.ts'
import { runTool } from './lib/run.ts'
import { isSetUp } from './lib/setup-plan.ts'
import { dim, runMain, say, ScriptError } from './lib/terminal.ts'
import { environmentFrom, readDeployment } from './lib/wrangler-toml.ts'

async function wrangler(args: readonly string[]): Promise<void> {
  const { code } = await runTool('wrangler', args, { inherit: true })
  if (code !== 0) throw new ScriptError(`wrangler ${args.join(' ')} failed, see above. Nothing after it was done.`)
}

/** `npm run deploy -- --env production`: the page, then the migrations, then the Worker that needs both. */
async function main(): Promise<void> {
  const environment = environmentFrom(process.argv.slice(2))
  const deployment = readDeployment(readFileSync(paths.wranglerToml, 'utf8'), environment)
  if (!deployment) throw new ScriptError(`wrangler.toml has no environment ${environment}.`)
  if (!isSetUp(deployment)) {
    throw new ScriptError(`${environment} has no database yet. Run first: npm run setup -- --env ${environment}`)
  }
  say(dim('Building the page …'))
  await buildPage()
  await wrangler(['d1', 'migrations', 'apply', 'DB', '--remote', '--env', environment])
  await wrangler(['deploy', '--env', environment])
}

await runMain(main)
