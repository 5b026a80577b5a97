import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { renderUnicodeCompact } from 'uqr'
import type { TelegramAccountConfig } from './accounts-config.ts'
import { ConfigError, loadLoginConfig, type LoginConfig } from './config.ts'
import { createSealer } from './sealer.ts'
import { logIn, type LoginDeps, type LoginResult } from './telegram/login.ts'

const usage = `Logs a Telegram account in, so that the companion can listen to it.

  npm run companion -- login --account <external_id> [--qr]

  --account  its Telegram user id; may be left out where there is only one account
  --qr       show a code to scan with the phone, instead of asking for the number
`

/** Exit codes as everywhere in the companion: 78 is a configuration that cannot be used. */
const exits = { done: 0, failed: 1, badConfig: 78 } as const

const say = (line: string) => void process.stdout.write(`${line}\n`)

async function main(args: readonly string[]): Promise<number> {
  const options = { account: { type: 'string' }, qr: { type: 'boolean' }, help: { type: 'boolean' } } as const
  const { values } = parseArgs({ args: [...args], options })
  if (values.help === true) {
    say(usage)
    return exits.done
  }
  const config = loadLoginConfig(process.env, (path) => readFileSync(path, 'utf8'))
  const account = chooseAccount(config, values.account)
  if (account === null) return exits.badConfig
  const lines = openLines()
  try {
    const deps: LoginDeps = {
      sealer: createSealer(config.companionKey, (count) => randomBytes(count)),
      dataDir: config.dataDir,
      log: pino({ level: config.logLevel === 'debug' ? 'debug' : 'silent' }, pino.destination(2)),
      ask: lines.ask,
      say,
      showQr,
      isQr: values.qr === true,
    }
    return tellResult(account, await logIn(account, deps))
  } finally {
    lines.close()
  }
}

function chooseAccount({ accounts }: LoginConfig, wanted: string | undefined): TelegramAccountConfig | null {
  const found = accounts.filter((one) => one.platform === 'telegram')
  const chosen =
    wanted === undefined ? found : found.filter(({ externalId, name }) => [externalId, name].includes(wanted))
  const [first] = chosen
  if (first !== undefined && chosen.length === 1) return first
  const names = found.map(({ externalId, name }) => externalId || (name ?? 'one without an external_id'))
  say(wanted === undefined ? 'Say which account: --account <external_id>.' : `There is no Telegram account ${wanted}.`)
  say(`Configured: ${names.join(', ') || 'none'}.`)
  return null
}

function tellResult({ externalId }: TelegramAccountConfig, result: LoginResult): number {
  switch (result.kind) {
    case 'done':
      say(`Logged in as ${result.name} (${result.userId}).`)
      if (externalId === '') {
        say(
          `Put "external_id": "${result.userId}" into the account's configuration, and create its channel with that id.`,
        )
      }
      say('Start the companion now; one that runs takes the login up by itself within seconds.')
      say(
        'A session that was there before goes on in Telegram: end it under Settings, Devices, if you no longer need it.',
      )
      return exits.done
    case 'wrong_account':
      say(`That is Telegram user ${result.userId}, and the account is configured as ${externalId}. Nothing was stored.`)
      return exits.failed
    case 'in_use':
      say('The companion is listening with a login that works. Stop it first, then log in again. Nothing was stored.')
      return exits.failed
    case 'refused':
      say(`Telegram refused: ${result.reason}. Nothing was stored.`)
      return exits.failed
  }
}

function showQr(url: string, expires: Date): void {
  say(renderUnicodeCompact(url))
  say('In Telegram on the phone: Settings, Devices, Link Desktop Device. Scan this.')
  say(`It holds until ${expires.toISOString().slice(11, 19)} UTC; then a new one is shown.`)
}

/** Asks line by line. What is typed after a secret question is not shown on a terminal. */
function openLines() {
  let isSecret = false
  const output = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (!isSecret) process.stdout.write(chunk)
      done()
    },
  })
  const lines = createInterface({ input: process.stdin, output, terminal: process.stdin.isTTY })
  const waiting: { resolve: (line: string) => void; reject: (error: Error) => void }[] = []
  const early: string[] = []
  let isClosed = false
  lines.on('line', (line) => {
    if (isSecret) process.stdout.write('\n')
    isSecret = false
    const next = waiting.shift()
    if (next) next.resolve(line)
    else early.push(line)
  })
  lines.on('close', () => {
    isClosed = true
    for (const { reject } of waiting.splice(0)) reject(new Error('the input ended'))
  })
  const ask: LoginDeps['ask'] = (question, options) => {
    process.stdout.write(`${question}: `)
    isSecret = options?.isSecret === true
    const line = early.shift()
    if (line !== undefined) return Promise.resolve(line)
    if (isClosed) return Promise.reject(new Error('the input ended'))
    return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
  }
  return { ask, close: () => lines.close() }
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (error instanceof ConfigError) {
    say('The companion is not configured:')
    for (const problem of error.problems) say(`  ${problem}`)
    process.exitCode = exits.badConfig
  } else {
    say(`The login did not succeed: ${error instanceof Error ? error.message : String(error)}. Nothing was stored.`)
    process.exitCode = exits.failed
  }
}
