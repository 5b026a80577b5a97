import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { keepCronGoing } from './demo/cron.ts'
import { type DemoGraph, startDemoGraph } from './demo/graph.ts'
import { createReactions, type Reactions } from './demo/reactions.ts'
import { createScript } from './demo/script.ts'
import { type DemoTenant, demoTenantFile, ensureDemoTenant, mintSignInLink } from './demo/seed.ts'
import { type DemoSettings, readDemoSettings } from './demo/settings.ts'
import { type Entrances, sendAll, sendLive } from './demo/traffic.ts'
import { requireVar } from './lib/dev-vars.ts'
import { root } from './lib/paths.ts'
import { bold, dim, red, runMain, say, ScriptError } from './lib/terminal.ts'
import {
  abortOnSignals,
  type LocalWorker,
  portFromEnv,
  requireFreePort,
  startWorker,
  untilAborted,
} from './lib/worker.ts'

async function printLink(worker: LocalWorker, tenant: DemoTenant): Promise<void> {
  say(`\n  Open ${bold(await mintSignInLink(worker.url, tenant))}`)
  say(dim('  The link works once; after that this browser stays signed in.\n'))
}

/** A link works once, a demo is opened more often: Enter prints the next one. */
function offerLinks(worker: LocalWorker, tenant: DemoTenant): () => void {
  if (!process.stdin.isTTY) return () => undefined
  say(dim('  Enter prints a fresh link, Ctrl-C ends the demo.'))
  const lines = createInterface({ input: process.stdin })
  lines.on('line', () => {
    printLink(worker, tenant).catch((error: unknown) => say(red(String(error))))
  })
  return () => lines.close()
}

type Stage = { worker: LocalWorker; graph: DemoGraph; settings: DemoSettings; reactions: Reactions }

async function perform({ worker, graph, settings, reactions }: Stage, aborted: AbortSignal): Promise<void> {
  const tenant = await ensureDemoTenant(worker.url, requireVar(worker.vars, 'ADMIN_TOKEN'), settings.stateDir)
  const metaAppSecret = requireVar(worker.vars, 'META_APP_SECRET')
  const { observe, store } = graph
  const entrances: Entrances = { url: worker.url, metaAppSecret, serviceKey: tenant.serviceKey, observe }
  const script = createScript({ seed: settings.seed, runId: Date.now(), store })
  reactions.begin({ entrances, script, aborted })
  const backlog = script.backlog(Date.now())
  if (tenant.isNew) {
    say(dim('Sending a few conversations of the last days …'))
    const sent = await sendAll(entrances, backlog, aborted)
    say(dim(`${sent} items of the last days are in the inbox.`))
  }
  await printLink(worker, tenant)
  const stopOffering = offerLinks(worker, tenant)
  const crons = keepCronGoing(worker.url, aborted)
  await sendLive(entrances, script, settings, aborted)
  await untilAborted(aborted)
  await crons
  stopOffering()
}

/** Only what a demo writes itself: the folder is the user's to name, and may hold other things. */
function clearState(stateDir: string): void {
  for (const name of ['v3', demoTenantFile]) rmSync(resolve(root, stateDir, name), { recursive: true, force: true })
}

/** `npm run demo`: everything on the local runtime, with a demo tenant and live traffic through the real entrances. */
async function main(): Promise<void> {
  const aborted = abortOnSignals()
  const settings = readDemoSettings(process.env)
  const port = portFromEnv(process.env)
  await requireFreePort(port) // another demo may be using the state that is cleared next
  if (!settings.keep) clearState(settings.stateDir)
  const reactions = createReactions(settings.seed)
  const graph = await startDemoGraph({ workerUrl: `http://localhost:${port}`, ...reactions })
  try {
    const { stateDir } = settings
    const worker = await startWorker({ port, stateDir, logLevel: 'warn', aborted, vars: graph.vars })
    say(`Edge Inbox is ready at ${worker.url}`)
    try {
      await perform({ worker, graph, settings, reactions }, AbortSignal.any([aborted, worker.ended]))
      if (!aborted.aborted) throw new ScriptError('The Worker ended by itself: wrangler says why above.')
    } finally {
      await worker.stop()
    }
  } finally {
    await graph.close()
  }
}

await runMain(main)
