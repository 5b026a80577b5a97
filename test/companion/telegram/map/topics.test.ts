import { Long, type tl } from '@mtcute/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createTopicReader } from '../../../../companion/telegram/map-topics.ts'
import { channelId, chats, forum, ihorPeer, listener, message, newMessage, supergroup } from './telegram.ts'

const topics = (title: string) =>
  ({
    topics: [
      { _: 'forumTopic', id: 12, title },
      { _: 'forumTopicDeleted', id: 13 },
    ],
  }) as tl.messages.TypeForumTopics
const inTopic = (id: number): tl.TypeUpdate =>
  newMessage(
    message({
      id,
      peerId: supergroup,
      fromId: ihorPeer,
      replyTo: { _: 'messageReplyHeader', forumTopic: true, replyToMsgId: 12 },
      groupedId: Long.ONE,
    }),
  )

let before: tl.TypeChat | undefined
beforeEach(() => {
  before = chats.get(channelId)
  chats.set(channelId, forum)
})
afterEach(() => {
  if (before !== undefined) chats.set(channelId, before)
})

describe('a topic without a name', () => {
  it('is asked for once, and named from then on', async () => {
    const account = listener()
    let asked = 0
    const ask = () => {
      asked += 1
      return Promise.resolve(topics('Invoices'))
    }
    const reader = createTopicReader({ memory: account.memory, now: () => 1_000_000_000, ask })
    const first = account.hear(inTopic(20))
    expect(first[0]?.item).toMatchObject({ message: { details: { topic: { id: '12' } } } })
    await Promise.all([reader.look(first), reader.look(first)])
    const second = account.hear(inTopic(21))
    expect(second[0]?.item).toMatchObject({ message: { details: { topic: { id: '12', title: 'Invoices' } } } })
    await reader.look(second)
    expect(asked).toBe(1)
  })

  it('stays without one while Telegram does not tell, and is asked for again later', async () => {
    const account = listener()
    let time = 1_000_000_000
    let asked = 0
    const ask = () => {
      asked += 1
      return Promise.reject(new Error('offline'))
    }
    const reader = createTopicReader({ memory: account.memory, now: () => time, ask })
    const rows = account.hear(inTopic(20))
    await reader.look(rows)
    await reader.look(rows)
    expect(asked).toBe(1)
    time += 10 * 60_000
    await reader.look(rows)
    expect(asked).toBe(2)
  })
})
