import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Long, type tl } from '@mtcute/node'
import { afterEach, describe, expect, it } from 'vitest'
import { accountFolder } from '../../../companion/data-folder.ts'
import { loadConfig } from '../../../companion/config.ts'
import { usableLogin } from '../../../companion/telegram/session-storage.ts'
import { accountIds } from '../../../scripts/demo/accounts.ts'
import { createScript } from '../../../scripts/demo/script.ts'
import type { TelegramAct } from '../../../scripts/demo/telegram-act.ts'
import { accountsFor, logInDemoAccount } from '../../../scripts/demo/telegram-login.ts'
import { votesOf } from '../../../scripts/demo/telegram-media.ts'
import { repliesIn, watchReplies } from '../../../scripts/demo/telegram-replies.ts'
import { firstMessageId, startTelegramStage, type TelegramStage } from '../../../scripts/demo/telegram-stage.ts'
import { stories } from '../../../scripts/demo/stories.ts'
import { reader, writeObject } from '../../companion/fake-dc/tl-codec.ts'
import type { SentMessage, StoredMessage } from '../../companion/fake-dc/world.ts'

const now = Date.parse('2026-11-23T12:00:00Z')
const account = Number(accountIds.telegram)
const daryna = '610000001'
const group = '-410000001'
const nowhere = () => ({ id: '', url: '', mimeType: '', sha256Base64: '' })
const onTelegram = stories.map(({ customer }) => customer).filter(({ platform }) => platform === 'telegram')

const stages: TelegramStage[] = []
const folders: string[] = []

afterEach(async () => {
  await Promise.all(stages.splice(0).map((stage) => stage.close()))
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

async function start(startedAt = now): Promise<TelegramStage> {
  const stage = await startTelegramStage(startedAt)
  stages.push(stage)
  return stage
}

/** What happens at Telegram in the last days, and in the first `count` things that the demo does. */
function acts(count: number): { backlog: TelegramAct[]; live: TelegramAct[]; script: ReturnType<typeof createScript> } {
  const script = createScript({ seed: 1, runId: 1, store: nowhere })
  const actsIn = (requests: ReturnType<typeof script.backlog>) =>
    requests.flatMap((request) => (request.platform === 'telegram' ? [request.act] : []))
  const backlog = actsIn(script.backlog(now))
  const live = actsIn(Array.from({ length: count }, (_, index) => script.next(now + index * 1000)))
  return { backlog, live, script }
}

/** What the account sees in all its chats. */
function boxOf({ dc }: TelegramStage): { messages: StoredMessage[]; updates: string[] } {
  const owner = dc.world.accounts.get(account)
  if (owner === undefined) throw new Error('the account is missing')
  const updates = owner.box.events.flatMap((event) => ('update' in event ? [event.update(owner)._] : []))
  return { messages: [...owner.box.messages.values()], updates }
}

const spoken = (messages: readonly StoredMessage[]) =>
  messages.filter((message): message is tl.RawMessage => message._ === 'message')

describe('the demo’s Telegram', () => {
  it('takes everything that happens in the stories, and all of it is about messages that are there', async () => {
    const stage = await start()
    const { backlog, live } = acts(400)
    expect(live.length).toBeGreaterThan(30)
    for (const act of [...backlog, ...live]) stage.perform(act)
    expect(stage.dc.notes).toEqual([])
  })

  it('has an album, a poll with votes, files, answers, edits, reactions, deletions, reading and service lines', async () => {
    const stage = await start()
    const { backlog, live } = acts(300)
    for (const act of [...backlog, ...live]) stage.perform(act)
    const { messages, updates } = boxOf(stage)
    const own = spoken(messages)
    const album = own.filter(({ groupedId }) => groupedId !== undefined)
    expect(new Set(album.map(({ groupedId }) => groupedId?.toString())).size).toBe(1)
    expect(album.map(({ message }) => message)).toEqual([expect.stringMatching(/./), '', ''])
    const media = new Set(own.map((message) => message.media?._))
    for (const kind of ['Photo', 'Document', 'Poll', 'Venue']) expect(media).toContain(`messageMedia${kind}`)
    const services = messages.flatMap((message) => (message._ === 'messageService' ? [message.action._] : []))
    for (const kind of ['ChatCreate', 'ChatAddUser', 'PhoneCall']) expect(services).toContain(`messageAction${kind}`)
    for (const kind of ['EditMessage', 'MessageReactions', 'DeleteMessages', 'ReadHistoryOutbox']) {
      expect(updates).toContain(`update${kind}`)
    }
    const byId = new Map(own.map((message) => [message.id, message]))
    const answers = own.filter(({ replyTo }) => replyTo !== undefined)
    expect(answers.length).toBeGreaterThan(1)
    for (const { replyTo } of answers) {
      expect(byId.has(replyTo?._ === 'messageReplyHeader' ? (replyTo.replyToMsgId ?? 0) : 0)).toBe(true)
    }
  })

  it('tells of votes in a form that goes over the wire', () => {
    const results = votesOf({ kind: 'vote', of: 'poll', votes: [0, 2] })
    const written = writeObject({ _: 'updateMessagePoll', pollId: Long.ONE, results })
    expect(reader(written).object()).toMatchObject({
      results: { results: [{ voters: 0 }, { voters: 2 }], totalVoters: 2 },
    })
  })

  it('lets each member of a group speak under their own name', async () => {
    const stage = await start()
    const { backlog, live } = acts(300)
    for (const act of [...backlog, ...live]) stage.perform(act)
    const inGroup = spoken(boxOf(stage).messages).filter(({ peerId }) => peerId._ === 'peerChat')
    const speakers = new Set(inGroup.map(({ fromId }) => (fromId?._ === 'peerUser' ? fromId.userId : 0)))
    const people = onTelegram.flatMap(({ people = [] }) => people)
    expect(speakers).toEqual(new Set([account, ...people.map(({ id }) => id)]))
  })

  it('dates the last days as they were, so that what was missed comes with its own time', async () => {
    const stage = await start()
    for (const act of acts(0).backlog) stage.perform(act)
    const dates = boxOf(stage).messages.map(({ date }) => date)
    expect(dates).toEqual(dates.toSorted((a, b) => a - b))
    expect(now / 1000 - (dates[0] ?? 0)).toBe(20 * 3600)
  })

  it('has a word from everybody in the last days: a new login knows those in whose chats it finds something', () => {
    const written = new Set(acts(0).backlog.map(({ customer }) => customer.address))
    expect([...written].toSorted()).toEqual(onTelegram.map(({ address }) => address).toSorted())
  })

  it('shows the customer’s answer to what was typed as one to that very message', async () => {
    const stage = await start()
    const { script, backlog } = acts(0)
    for (const act of backlog) stage.perform(act)
    const typed = stage.dc.say({ from: account, to: Number(daryna), text: 'Typed' }).get(account) ?? 0
    for (let tries = 0; tries < 40; tries += 1) {
      const answer = script.answerTo({ platform: 'telegram', address: daryna, messageId: String(typed) }, now)
      if (answer?.platform === 'telegram') stage.perform(answer.act)
    }
    const { messages } = boxOf(stage)
    const typedOne = spoken(messages).find(({ id }) => id === typed)
    expect(typedOne?.reactions?.recentReactions).toHaveLength(1)
    const answers = spoken(messages).filter(
      ({ replyTo }) => replyTo?._ === 'messageReplyHeader' && replyTo.replyToMsgId === typed,
    )
    expect(answers.length).toBeGreaterThan(3)
    expect(answers.every(({ out }) => out !== true)).toBe(true)
  })

  it('refuses what is about a message that nobody has said', async () => {
    const stage = await start()
    const customer = onTelegram[0] ?? { platform: 'telegram', name: '', address: daryna, language: 'uk' }
    const about = { customer, id: 'x', at: now, target: 'unsaid' } as const
    expect(() => stage.perform({ ...about, step: { kind: 'edit', of: 'unsaid', text: 'y' } })).toThrow('no message')
    expect(() => stage.perform({ ...about, step: { kind: 'vote', of: 'unsaid', votes: [] } })).toThrow('poll')
    expect(() => stage.perform({ ...about, step: { kind: 'story_mention' } })).toThrow('story_mention')
  })
})

describe('the numbers of messages', () => {
  it('begin above those of every earlier run, and stay within 31 bits for years', () => {
    const startedAt = [now, now + 5_000, now + 86_400_000, now + 2 * 366 * 86_400_000]
    const first = startedAt.map(firstMessageId)
    expect(first).toEqual(first.toSorted((a, b) => a - b))
    expect((first[1] ?? 0) - (first[0] ?? 0)).toBeGreaterThan(acts(0).backlog.length)
    expect(Math.max(...first, firstMessageId(Date.parse('2040-01-01T00:00:00Z')))).toBeLessThan(2 ** 31 - 1_000_000)
  })

  it('are those that the account sees', async () => {
    const stage = await start()
    const id = stage.dc.say({ from: Number(daryna), to: account, text: 'x' }).get(account)
    expect(id).toBe(firstMessageId(now) + 1)
  })
})

describe('the demo’s login', () => {
  it('is made by the companion’s own code without anybody typing, and again over the one before', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'edge-inbox-demo-'))
    folders.push(dataDir)
    const login = { dataDir, companionKey: Buffer.alloc(32, 7).toString('base64') }
    const folder = accountFolder(dataDir, { platform: 'telegram', external_id: accountIds.telegram })
    const marks: (string | null)[] = []
    for (const startedAt of [now, now + 60_000]) {
      await logInDemoAccount(await start(startedAt), login)
      marks.push(usableLogin(folder))
    }
    expect(marks[0]).not.toBeNull()
    expect(marks[1]).not.toBe(marks[0])
  })

  it('is told to the companion in a form that it takes', async () => {
    const stage = await start()
    const env = {
      EDGE_INBOX_URL: 'http://localhost:8787',
      SERVICE_KEY: 'eik_key',
      COMPANION_KEY: Buffer.alloc(32).toString('base64'),
      ACCOUNTS: accountsFor(stage),
    }
    const { accounts } = loadConfig(env, () => '')
    expect(accounts).toMatchObject([
      { externalId: accountIds.telegram, dcs: { port: stage.dc.port, publicKey: stage.dc.publicKey.trim() } },
    ])
  })
})

describe('replies from the inbox', () => {
  const sent = (id: number, more: Partial<SentMessage> = {}): SentMessage => ({
    ...{ account, peer: Number(group), id, text: '', randomId: String(id), replyTo: null, topic: null },
    ...{ media: null, groupedId: null, at: 1 },
    ...more,
  })
  const album = [
    sent(2, { text: 'Two', media: 'messageMediaPhoto', groupedId: '9' }),
    sent(3, { media: 'messageMediaPhoto', groupedId: '9' }),
  ]

  it('are one where they are the parts of an album, read when its last part is', () => {
    expect(repliesIn([sent(1, { text: 'One' }), ...album])).toEqual([
      { peer: group, text: 'One', media: [], lastId: 1 },
      { peer: group, text: 'Two', media: ['messageMediaPhoto', 'messageMediaPhoto'], lastId: 3 },
    ])
  })

  it('are told once each', async () => {
    const ending = new AbortController()
    const all: SentMessage[] = [sent(1)]
    const told: number[] = []
    const asked = { times: 0 }
    const look = () => {
      asked.times += 1
      if (asked.times === 2) all.push(...album)
      if (asked.times === 4) ending.abort()
      return all
    }
    await watchReplies(look, ({ lastId }) => void told.push(lastId), ending.signal)
    expect(told).toEqual([1, 3])
  })
})
