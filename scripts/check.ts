import { checks, runChecks } from './lib/checks.ts'
import { runMain, say, ScriptError } from './lib/terminal.ts'

/** `npm run check`: everything `npm test` does, but the tests. */
async function main(): Promise<void> {
  say(`Node ${process.version}: ${checks.length} checks, no tests`)
  const failed = await runChecks()
  if (failed.length > 0)
    throw new ScriptError(`${failed.length} of ${checks.length} checks failed: ${failed.join(', ')}`)
  say('All checks passed.')
}

await runMain(main)
