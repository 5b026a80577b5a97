import { say, bold, runMain, ScriptError } from './lib/terminal.ts'
import { abortOnSignals, portFromEnv, startWorker, untilAborted } from './lib/worker.ts'

/** `npm run dev`: the Worker alone with local state and no traffic. */
async function main(): Promise<void> {
  const aborted = abortOnSignals()
  const stateDir = process.env['STATE_DIR'] || '.wrangler/state'
  const worker = await startWorker({ port: portFromEnv(process.env), stateDir, logLevel: 'info', aborted })
  say(bold(`Edge Inbox is ready at ${worker.url}`))
  await untilAborted(AbortSignal.any([aborted, worker.ended]))
  if (!aborted.aborted) throw new ScriptError('The Worker ended by itself: wrangler says why above.')
  await worker.stop()
}

await runMain(main)
