import { afterEach, describe, expect, it } from 'vitest'
import { accountFolder } from '../../../companion/data-folder.ts'
import { createSealer } from '../../../companion/sealer.ts'
import { restoreLogin } from '../../../companion/telegram/restore-login.ts'
import { prepareCompanion, type CompanionProcess } from '../companion-process.ts'
import { until } from '../until.ts'
import { FakeDataCenter } from '../fake-dc/fake-data-center.ts'
import type { FakeAccount } from '../fake-dc/world.ts'
import { startFakeWorker, type FakeWorker } from '../fake-worker.ts'
import { checkpointOf, quietLog, telegramConfig } from './listening.ts'

// Shorter inside `npm test`; FULL=1 for the numbers of the documentation.
const isFull = process.env['FULL'] === '1'
const messages = isFull ? 6_000 : 1_200
const kills = isFull ? 30 : 5
const replies = isFull ? 400 : 60
const killsAtReplies = isFull ? 20 : 4
const limitMs = isFull ? 400_000 : 90_000

let dc: FakeDataCenter
let worker: FakeWorker
let companion: CompanionProcess
let accounts: FakeAccount[]

afterEach(async () => {
  await companion.remove()
  await worker.close()
  await dc.close()
})

/** The real program, three logged-in accounts, a Worker that fails a quarter of the time. */
async function begin(): Promise<void> {
  dc = await new FakeDataCenter().listen()
  worker = await startFakeWorker()
  accounts = [dc.addAccount(), dc.addAccount(), dc.addAccount()]
  const configs = accounts.map(({ user }) => telegramConfig(dc, user.id))
  companion = prepareCompanion(worker, {
    accounts: configs.map(({ externalId }) => ({
      platform: 'telegram',
      external_id: externalId,
      api_id: 1,
      api_hash: 'hash',
      dcs: { id: 2, host: '127.0.0.1', port: dc.port, public_key: dc.publicKey },
    })),
    env: { LOG_LEVEL: 'info' },
  })
  const key = Buffer.from(companion.env['COMPANION_KEY'] ?? '', 'base64')
  const sealer = createSealer(key, (count) => crypto.getRandomValues(new Uint8Array(count)))
  for (const config of configs) {
    const account = { platform: 'telegram', external_id: config.externalId }
    const directory = accountFolder(companion.dataDir, account)
    const restored = checkpointOf(dc, Number(config.externalId))
    await restoreLogin(config, { restored, directory, sealer, log: quietLog })
  }
}

function breakThings(): void {
  worker.faults.before = 0.15
  worker.faults.after = 0.1
}

/** Kills it over and over, each time at some moment after all accounts have connected. */
async function killOften(count: number, withinMs: number): Promise<void> {
  for (let done = 0; done < count; done += 1) {
    const before = dc.connections
    await until(() => dc.connections >= before + accounts.length || done === 0, 30_000, 'that it connects')
    await new Promise((resolve) => setTimeout(resolve, withinMs * Math.random()))
    await companion.kill()
    companion.start()
  }
}

const every = (ms: number, work: () => void) => {
  const timer = setInterval(work, ms)
  return () => clearInterval(timer)
}

/** The messages of one conversation as the Worker stored them. */
function storedByChat(): Map<string, string[]> {
  const chats = new Map<string, string[]>()
  for (const { account, item } of worker.stored) {
    if (item === null || !('conversation' in item) || !('message' in item)) continue
    const name = `${account} ${item.conversation.external_id}`
    chats.set(name, [...(chats.get(name) ?? []), item.message.content])
  }
  return chats
}

describe('a companion with Telegram accounts that is killed over and over', { timeout: limitMs }, () => {
  it('brings every message to the Worker once, in order in each chat', async () => {
    await begin()
    breakThings()
    const customers = Array.from({ length: 9 }, () => dc.addUser())
    const groups = accounts.map(({ user }) =>
      dc.addSupergroup({ members: [user.id, ...customers.map(({ id }) => id)] }),
    )
    dc.dropPushes(0.3)
    const expected = new Map<string, string[]>()
    let said = 0
    const say = () => {
      const at = said % accounts.length
      const { user } = accounts[at] ?? { user: { id: 0 } }
      const customer = customers[Math.floor(said / 3) % customers.length]?.id ?? 0
      const isInGroup = said % 5 === 0
      const to = isInGroup ? (groups[at] ?? 0) : user.id
      const text = `message ${said}`
      dc.say({ from: customer, to, text })
      const name = `telegram:${user.id} ${isInGroup ? to : customer}`
      expected.set(name, [...(expected.get(name) ?? []), text])
      said += 1
    }
    companion.start()
    const stopTalking = every(isFull ? 30 : 20, () => {
      if (said < messages) say()
      if (said < messages) say()
    })
    const stopCutting = every(1_300, () => dc.cutConnections())
    await killOften(kills, 900)
    for (let cut = 0; cut < (isFull ? 10 : 3); cut += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1_500))
      dc.cutConnections()
    }
    await until(() => said >= messages, limitMs / 2, 'that everything is said')
    stopTalking()
    stopCutting()
    dc.dropPushes(0)
    // The last one of each chat may have been among those that were lost.
    for (const _ of accounts) for (let n = 0; n < 45; n += 1) say()
    await until(() => worker.stored.length >= said, limitMs / 2, 'that everything is stored').catch(() => {})
    expect(storedByChat()).toEqual(expected)
    expect(companion.output()).not.toContain('companion.crashed')
    if (isFull)
      process.stdout.write(
        `${said} messages, ${kills} kills, ${dc.connections} connections, ${worker.copies} copies refused\n`,
      )
  })

  it('sends each reply once, in order in each chat, when answers are lost', async () => {
    await begin()
    breakThings()
    const customers = Array.from({ length: 4 }, () => dc.addUser())
    for (const { user } of accounts) for (const { id } of customers) dc.say({ from: id, to: user.id, text: 'hello' })
    companion.start()
    await until(() => worker.stored.length === 12, 20_000, 'that customers are known')
    dc.loseAnswers(0.15)
    const expected = new Map<string, string[]>()
    let given = 0
    const stopGiving = every(isFull ? 100 : 80, () => {
      if (given >= replies) return
      const account = accounts[given % accounts.length]?.user.id ?? 0
      const to = customers[Math.floor(given / 3) % customers.length]?.id ?? 0
      worker.commands.add(`telegram:${account}`, { to: String(to), content: `reply ${given}` })
      const name = `${account} ${to}`
      expected.set(name, [...(expected.get(name) ?? []), `reply ${given}`])
      given += 1
    })
    await killOften(killsAtReplies, 1_500)
    await until(() => worker.commands.ended.size >= replies, limitMs / 2, 'that every reply has ended').catch(() => {})
    stopGiving()
    const sent = new Map<string, string[]>()
    for (const { account, peer, text } of dc.sent()) {
      sent.set(`${account} ${peer}`, [...(sent.get(`${account} ${peer}`) ?? []), text])
    }
    expect(sent).toEqual(expected)
    const outcomes = [...worker.commands.ended.values()]
    expect(outcomes.map(({ kind }) => kind)).toEqual(Array.from({ length: replies }, () => 'sent'))
    expect(new Set(outcomes.map((one) => ('external_id' in one ? one.external_id : ''))).size).toBeGreaterThan(
      replies / 4,
    )
    expect(companion.output()).not.toContain('companion.crashed')
    if (isFull) process.stdout.write(`${replies} replies, ${killsAtReplies} kills, sent ${dc.sent().length}\n`)
  })

  it('ends within its time when it is asked to, once, and with 0', async () => {
    await begin()
    companion.start()
    await until(() => worker.states.filter(({ session_state }) => session_state === 'connected').length >= 3, 20_000)
    expect(await companion.stop()).toBe(0)
    expect(companion.output()).not.toContain('companion.crashed')
  })
})
