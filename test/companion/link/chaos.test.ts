import { afterEach, describe, expect, it } from 'vitest'
import { type CompanionProcess, prepareCompanion } from '../companion-process.ts'
import { until } from '../until.ts'
import { type EchoPlatform, startEchoPlatform } from '../echo-platform.ts'
import { type FakeWorker, startFakeWorker } from '../fake-worker.ts'

// Shorter inside `npm test`; FULL=1 for the numbers of the documentation.
const isFull = process.env['FULL'] === '1'
const kills = isFull ? 30 : 8
const messages = isFull ? 6_000 : 1_200
const commands = isFull ? 400 : 120

const accounts = ['1001', '1002', '1003'].map((external_id) => ({
  platform: 'telegram',
  external_id,
  api_id: 1,
  api_hash: 'none',
}))

let worker: FakeWorker
let platform: EchoPlatform
let companion: CompanionProcess

afterEach(async () => {
  await companion.remove()
  await worker.close()
  await platform.close()
})

async function begin(): Promise<void> {
  worker = await startFakeWorker()
  platform = await startEchoPlatform()
  companion = prepareCompanion(worker, {
    main: 'test/companion/echo-main.ts',
    accounts,
    env: { ECHO_URL: platform.url, LOG_LEVEL: 'info' },
  })
  companion.start()
}

async function killOften(count: number, everyMs: number, isDone: () => boolean): Promise<number> {
  let done = 0
  for (; done < count && !isDone(); done++) {
    await new Promise((resolve) => setTimeout(resolve, everyMs * (0.5 + Math.random())))
    await companion.kill()
    companion.start()
  }
  return done
}

describe('a companion that is killed over and over', () => {
  it(
    'brings each row to the Worker once, in order in each conversation, while a quarter of the posts fails',
    { timeout: 240_000 },
    async () => {
      await begin()
      worker.faults.before = 0.15
      worker.faults.after = 0.1
      const chats = Array.from({ length: 15 }, (_, at) => `chat-${at}`)
      let said = 0
      const talk = setInterval(() => {
        for (let n = 0; n < 10 && said < messages; n++, said++) {
          const account = accounts[said % accounts.length]?.external_id ?? ''
          const chat = chats[said % chats.length] ?? ''
          platform.say(account, { chat, id: `${said}`, text: `message ${said}` })
        }
      }, 20)
      await killOften(kills, 900, () => false)
      await until(() => worker.stored.length >= messages, 60_000, 'that everything is stored')
      clearInterval(talk)
      await new Promise((resolve) => setTimeout(resolve, 300))
      expect(worker.stored).toHaveLength(messages)
      const byChat = Map.groupBy(worker.stored, ({ account, item }) => `${account} ${chatOf(item)}`)
      for (const rows of byChat.values()) {
        const ids = rows.map(({ item }) => Number(idOf(item)))
        expect(ids).toEqual(ids.toSorted((a, b) => a - b))
      }
      expect(companion.output()).not.toContain('companion.crashed')
      if (isFull) say(`${messages} messages, ${kills} kills, ${worker.copies} copies refused`)
    },
  )

  it('does each command once, in order in each conversation', { timeout: 240_000 }, async () => {
    await begin()
    worker.faults.before = 0.15
    worker.faults.after = 0.1
    platform.loseAnswers = 0.1
    const chats = Array.from({ length: 8 }, (_, at) => `chat-${at}`)
    let given = 0
    const talk = setInterval(
      () => {
        if (given >= commands) return
        const account = `telegram:${accounts[given % accounts.length]?.external_id}`
        worker.commands.add(account, { to: chats[given % chats.length] ?? '', content: `reply ${given}` })
        given += 1
      },
      isFull ? 50 : 40,
    )
    await killOften(isFull ? 20 : 6, 900, () => false)
    await until(() => worker.commands.ended.size >= commands, 90_000, 'that every command has ended')
    clearInterval(talk)
    expect(platform.sent).toHaveLength(commands)
    const byChat = Map.groupBy(platform.sent, ({ account, chat }) => `${account} ${chat}`)
    for (const sent of byChat.values()) {
      const order = sent.map(({ text }) => Number(text.replace('reply ', '')))
      expect(order).toEqual(order.toSorted((a, b) => a - b))
    }
    expect([...worker.commands.ended.values()].every(({ kind }) => kind === 'sent')).toBe(true)
    // A second attempt says that it is one.
    for (const { attempts, repeats } of platform.sent) expect(repeats).toBeGreaterThanOrEqual(attempts - 1)
    if (isFull) {
      const again = platform.sent.reduce((sum, { attempts }) => sum + attempts - 1, 0)
      say(`${commands} commands, 20 kills, ${again} repetitions refused by the platform`)
    }
  })
})

const say = (line: string) => void process.stdout.write(`${line}\n`)
type Item = FakeWorker['stored'][number]['item']
const chatOf = (item: Item) => (item !== null && 'conversation' in item ? item.conversation.external_id : '')
const idOf = (item: Item) => (item !== null && 'message' in item ? item.message.external_id : '')
