import { rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { companionFolder, companionLog, startDemoCompanion } from './demo/companion.ts'
import { keepCronGoing } from './demo/cron.ts'
import { type DemoGraph, startDemoGraph } from './demo/graph.ts'
import { writeMailConfigs } from './demo/mail-config.ts'
import { type DemoRelay, startDemoRelay } from './demo/mail-relay.ts'
import { createReactions, type Reactions } from './demo/reactions.ts'
import { createScript, type DemoScript } from './demo/script.ts'
import { type DemoTenant, demoTenantFile, ensureDemoTenant, mintSignInLink } from './demo/seed.ts'
import { type DemoSettings, readDemoSettings } from './demo/settings.ts'
import { startTelegramStage, type TelegramStage } from './demo/telegram-stage.ts'
import { watchReplies } from './demo/telegram-replies.ts'
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

type Around = {
  graph: DemoGraph
  relay: DemoRelay
  telegram: TelegramStage
  runId: number
  settings: DemoSettings
  reactions: Reactions
}
type Stage = Around & { worker: LocalWorker }

async function perform(stage: Stage, aborted: AbortSignal): Promise<void> {
  const { worker, graph, relay, telegram, runId, settings, reactions } = stage
  const tenant = await ensureDemoTenant(worker.url, requireVar(worker.vars, 'ADMIN_TOKEN'), settings.stateDir)
  const metaAppSecret = requireVar(worker.vars, 'META_APP_SECRET')
  const { observe, store } = graph
  const { serviceKey } = tenant
  const entrances: Entrances = { url: worker.url, metaAppSecret, serviceKey, observe, perform: telegram.perform }
  const script = createScript({ seed: settings.seed, runId, store, pictureAt: relay.pictureAt })
  reactions.begin({ entrances, script, aborted })
  const backlog = script.backlog(Date.now())
  // Before the account signs in, so that it finds its chats and takes nothing of it for news.
  if (!tenant.isNew) for (const demo of backlog) if (demo.platform === 'telegram') telegram.perform(demo.act)
  const stateDir = resolve(root, settings.stateDir)
  const companion = await startDemoCompanion({ workerUrl: worker.url, tenant, stage: telegram, stateDir, aborted })
  try {
    if (tenant.isNew) {
      say(dim('Sending a few conversations of the last days …'))
      const sent = await sendAll(entrances, backlog, aborted)
      say(dim(`${sent} items of the last days are in the inbox.`))
    }
    say(dim(`Telegram comes through the companion, which writes to ${companion.log}.`))
    await goOn({ ...stage, entrances, script, tenant }, aborted)
  } finally {
    await companion.stop()
  }
}

type Running = Stage & { entrances: Entrances; script: DemoScript; tenant: DemoTenant }

async function goOn(running: Running, aborted: AbortSignal): Promise<void> {
  const { worker, telegram, settings, reactions, entrances, script, tenant } = running
  await printLink(worker, tenant)
  const stopOffering = offerLinks(worker, tenant)
  const crons = keepCronGoing(worker.url, aborted)
  const replies = watchReplies(telegram.sent, reactions.onTelegram, aborted)
  await sendLive(entrances, script, settings, aborted)
  await untilAborted(aborted)
  await Promise.all([crons, replies])
  stopOffering()
}

const demoConfigs = 'wrangler'

/** Only what a demo writes itself: the folder is the user's to name, and may hold other things. */
function clearState(stateDir: string): void {
  for (const name of ['v3', demoTenantFile, demoConfigs, companionFolder, companionLog])
    rmSync(resolve(root, stateDir, name), { recursive: true, force: true })
}

/** `npm run demo`: everything on the local runtime, with a demo tenant and live traffic through the real entrances. */
async function main(): Promise<void> {
  const aborted = abortOnSignals()
  const settings = readDemoSettings(process.env)
  const port = portFromEnv(process.env)
  await requireFreePort(port) // another demo may be using the state that is cleared next
  if (!settings.keep) clearState(settings.stateDir)
  const runId = Date.now()
  const reactions = createReactions(settings.seed)
  const graph = await startDemoGraph({ workerUrl: `http://localhost:${port}`, ...reactions })
  const relay = await startDemoRelay({ ...reactions, runId, now: Date.now })
  const telegram = await startTelegramStage(runId)
  try {
    await runInbox({ graph, relay, telegram, runId, settings, reactions }, port, aborted)
  } finally {
    await Promise.all([graph.close(), relay.close(), telegram.close()])
  }
}

async function runInbox(around: Around, port: number, aborted: AbortSignal): Promise<void> {
  const { stateDir } = around.settings
  const configs = writeMailConfigs(resolve(root, stateDir, demoConfigs), around.relay.takesMail)
  const worker = await startWorker({ port, stateDir, logLevel: 'warn', aborted, vars: around.graph.vars, configs })
  say(`Edge Inbox is ready at ${worker.url}`)
  try {
    await perform({ ...around, worker }, AbortSignal.any([aborted, worker.ended]))
    if (!aborted.aborted) throw new ScriptError('The Worker ended by itself: wrangler says why above.')
  } finally {
    await worker.stop()
  }
}

await runMain(main)
