import { Long, type tl } from '@mtcute/core'
import { describe, expect, it } from 'vitest'
import {
  at,
  bytes,
  channelId,
  editOf,
  group,
  ihor,
  ihorPeer,
  iso,
  listener,
  message,
  myPeer,
  newMessage,
  now,
  olena,
  olenaPeer,
  only,
  supergroup,
  supergroupId,
} from './telegram.ts'

const thumb = { _: 'reactionEmoji', emoticon: '👍' } as const
const heart = { _: 'reactionEmoji', emoticon: '❤' } as const
type Given = [tl.TypePeer, tl.TypeReaction, number]

/** How Telegram tells of reactions: numbers by emoji, and who gave the newest. */
function picture(counts: [tl.TypeReaction, number][], recent: Given[]): tl.RawMessageReactions {
  return {
    _: 'messageReactions',
    results: counts.map(([reaction, count]) => ({ _: 'reactionCount', reaction, count })),
    recentReactions: recent.map(([peerId, reaction, date]) => ({ _: 'messagePeerReaction', peerId, reaction, date })),
  }
}
const reacted = (peer: tl.TypePeer, reactions: tl.RawMessageReactions): tl.TypeUpdate => ({
  _: 'updateMessageReactions',
  peer,
  msgId: 1,
  reactions,
})
type Rows = ReturnType<ReturnType<typeof listener>['hear']>
const changes = (rows: Rows) =>
  rows.map(({ item }) => ('reaction' in item ? [item.reaction.by, item.reaction.emoji, item.reaction.at] : item))

describe('a reaction', () => {
  it('of the customer, of ours, and what replaces it', () => {
    const account = listener()
    account.hear(newMessage(message()))
    const both = picture(
      [
        [thumb, 1],
        [heart, 1],
      ],
      [
        [olenaPeer, thumb, at + 1],
        [myPeer, heart, at + 2],
      ],
    )
    expect(changes(account.hear(reacted(olenaPeer, both)))).toEqual([
      ['customer', '👍', iso(at + 1)],
      ['business', '❤', iso(at + 2)],
    ])
    expect(account.hear(reacted(olenaPeer, both))).toEqual([])
    const changed = picture(
      [[heart, 2]],
      [
        [olenaPeer, heart, at + 1],
        [myPeer, heart, at + 2],
      ],
    )
    expect(changes(account.hear(reacted(olenaPeer, changed)))).toEqual([
      ['customer', '❤', new Date((at + 1) * 1000 + 1).toISOString()],
    ])
  })

  it('that was taken back is told as taken back, later than it was given', () => {
    const clock = { now: at * 1000 }
    const account = listener(clock)
    account.hear(newMessage(message()))
    account.hear(reacted(olenaPeer, picture([[thumb, 1]], [[olenaPeer, thumb, at + 100]])))
    expect(changes(account.hear(reacted(olenaPeer, picture([], []))))).toEqual([
      ['customer', null, new Date((at + 100) * 1000 + 1).toISOString()],
    ])
    expect(account.hear(reacted(olenaPeer, picture([], [])))).toEqual([])
    const again = picture([[thumb, 1]], [[olenaPeer, thumb, at + 200]])
    expect(changes(account.hear(reacted(olenaPeer, again)))).toEqual([['customer', '👍', iso(at + 200)]])
  })

  it('on a message that was never seen here can be taken back as well', () => {
    const account = listener()
    account.hear(reacted(olenaPeer, picture([[thumb, 1]], [[olenaPeer, thumb, at]])))
    expect(changes(account.hear(reacted(olenaPeer, picture([], []))))).toEqual([['customer', null, iso(now / 1000)]])
  })

  it('of several of one person is their newest', () => {
    const several = picture(
      [
        [thumb, 1],
        [heart, 1],
      ],
      [
        [olenaPeer, thumb, at + 5],
        [olenaPeer, heart, at + 1],
      ],
    )
    expect(changes(listener().hear(reacted(olenaPeer, several)))).toEqual([['customer', '👍', iso(at + 5)]])
  })

  it('in a group is the member’s', () => {
    const rows = listener().hear(reacted(group, picture([[thumb, 1]], [[ihorPeer, thumb, at]])))
    expect(changes(rows)).toEqual([[String(ihor), '👍', iso(at)]])
    expect(only(rows)).toMatchObject({ message: { external_id: '1' } })
    const [inSupergroup] = listener().hear(reacted(supergroup, picture([[thumb, 1]], [[ihorPeer, thumb, at]])))
    expect(inSupergroup?.item).toMatchObject({ message: { external_id: `${supergroupId}:1` } })
  })

  it('of people without a name here is told as a number', () => {
    const account = listener()
    account.hear(newMessage(message({ peerId: supergroup, fromId: ihorPeer })))
    const many = (count: number) => picture([[thumb, count]], [[ihorPeer, thumb, at]])
    expect(changes(account.hear(reacted(supergroup, many(13))))).toEqual([
      [String(ihor), '👍', iso(at)],
      ['others:👍', '👍 12', iso(now / 1000)],
    ])
    expect(changes(account.hear(reacted(supergroup, many(14))))).toEqual([['others:👍', '👍 13', expect.any(String)]])
    expect(changes(account.hear(reacted(supergroup, many(1))))).toEqual([['others:👍', null, expect.any(String)]])
  })

  it('whose giver is not named any more still stands while the numbers bear it out, and counts once', () => {
    const account = listener()
    account.hear(reacted(supergroup, picture([[thumb, 1]], [[ihorPeer, thumb, at]])))
    const later = picture([[thumb, 3]], [[olenaPeer, thumb, at + 9]])
    expect(changes(account.hear(reacted(supergroup, later)))).toEqual([
      [String(olena), '👍', iso(at + 9)],
      ['others:👍', '👍 1', expect.any(String)],
    ])
    const fewer = picture(
      [
        [thumb, 1],
        [heart, 4],
      ],
      [[olenaPeer, thumb, at + 9]],
    )
    expect(changes(account.hear(reacted(supergroup, fewer)))).toEqual([
      ['others:❤', '❤ 4', expect.any(String)],
      [String(ihor), null, expect.any(String)],
      ['others:👍', null, expect.any(String)],
    ])
  })

  it('comes with a message that was sent anew because of it, and is no edit', () => {
    const account = listener()
    account.hear(newMessage(message({ out: true })))
    const reactions = picture([[thumb, 1]], [[olenaPeer, thumb, at + 1]])
    const rows = account.hear(editOf(message({ out: true, reactions, editDate: at + 1 })))
    expect(changes(rows)).toEqual([['customer', '👍', iso(at + 1)]])
  })

  it('that only Telegram can draw has a sign of its own', () => {
    const custom = { _: 'reactionCustomEmoji', documentId: Long.fromNumber(5) } as const
    const drawn = picture([[custom, 1]], [[olenaPeer, custom, at]])
    expect(changes(listener().hear(reacted(olenaPeer, drawn)))).toEqual([['customer', '🧩', iso(at)]])
  })
})

describe('a deletion', () => {
  it('in a private chat names no chat: it goes the way its message went', () => {
    const account = listener()
    account.hear(newMessage(message({ id: 8 })))
    const rows = account.hear({ _: 'updateDeleteMessages', messages: [8, 9], pts: 1, ptsCount: 2 })
    expect(rows.map(({ key, lane }) => [key, lane])).toEqual([
      ['del:8', '101'],
      ['del:9', 'deletions'],
    ])
    expect(rows[0]?.item).toEqual({
      kind: 'delete',
      channel: { platform: 'telegram', external_id: '900' },
      message: { external_id: '8', deleted_at: new Date(now).toISOString() },
    })
  })

  it('in a supergroup names the messages as they were named', () => {
    const update: tl.TypeUpdate = { _: 'updateDeleteChannelMessages', channelId, messages: [3], pts: 1, ptsCount: 1 }
    const [row] = listener().hear(update)
    expect(row).toMatchObject({ lane: supergroupId, item: { message: { external_id: `${supergroupId}:3` } } })
  })
})

describe('a read mark', () => {
  const read = (maxId: number): tl.TypeUpdate => ({
    _: 'updateReadHistoryOutbox',
    peer: olenaPeer,
    maxId,
    pts: 1,
    ptsCount: 1,
  })

  it('reaches to the end of the second in which the last message read was sent', () => {
    const account = listener()
    account.hear(newMessage(message({ id: 5, out: true })))
    account.memory.keepSent({ externalId: '8', peerId: olena, messageId: 'm', date: at + 30 })
    expect(only(account.hear(read(6)))).toMatchObject({
      kind: 'read',
      conversation: { external_id: '101' },
      read: { up_to: new Date(at * 1000 + 999).toISOString() },
    })
    expect(only(account.hear(read(8)))).toMatchObject({
      read: { up_to: new Date((at + 30) * 1000 + 999).toISOString() },
    })
  })

  it('takes no time from a message that is known by its reaction alone', () => {
    const account = listener()
    account.hear(newMessage(message({ id: 5, out: true })))
    const reactions = picture([[thumb, 1]], [[olenaPeer, thumb, at + 50]])
    account.hear({ _: 'updateMessageReactions', peer: olenaPeer, msgId: 8, reactions })
    expect(only(account.hear(read(9)))).toMatchObject({ read: { up_to: new Date(at * 1000 + 999).toISOString() } })
  })

  it('in a supergroup counts that supergroup’s own messages', () => {
    const account = listener()
    account.hear(newMessage(message({ id: 5, out: true })))
    expect(account.hear({ _: 'updateReadChannelOutbox', channelId, maxId: 9 })).toEqual([])
    expect(account.notes).toEqual(['read.undated'])
    account.hear(newMessage(message({ id: 7, out: true, peerId: supergroup, date: at + 9 })))
    expect(only(account.hear({ _: 'updateReadChannelOutbox', channelId, maxId: 9 }))).toMatchObject({
      conversation: { external_id: supergroupId },
      read: { up_to: new Date((at + 9) * 1000 + 999).toISOString() },
    })
    const inTopic = account.hear({ _: 'updateReadChannelDiscussionOutbox', channelId, topMsgId: 4, readMaxId: 9 })
    expect(only(inTopic)).toMatchObject({ conversation: { external_id: supergroupId, thread: '4' } })
  })
})

describe('votes', () => {
  const answer = (option: string, label: string): tl.RawPollAnswer => ({
    _: 'pollAnswer',
    text: { _: 'textWithEntities', text: label, entities: [] },
    option: bytes(option),
  })
  const poll: tl.RawPoll = {
    _: 'poll',
    id: Long.fromNumber(8),
    question: { _: 'textWithEntities', text: 'When?', entities: [] },
    answers: [answer('0', 'Monday'), answer('1', 'Friday')],
    hash: Long.ZERO,
  }
  const votes = (monday: number, friday: number, min = false): tl.RawPollResults => ({
    _: 'pollResults',
    ...(min ? { min } : {}),
    totalVoters: monday + friday,
    results: [
      { _: 'pollAnswerVoters', option: bytes('0'), voters: monday, ...(min ? {} : { chosen: true }) },
      { _: 'pollAnswerVoters', option: bytes('1'), voters: friday },
    ],
  })
  const voted = (results: tl.RawPollResults, whole = false): tl.TypeUpdate => ({
    _: 'updateMessagePoll',
    pollId: poll.id,
    results,
    ...(whole ? { poll: { ...poll, closed: true } } : {}),
  })

  it('change the poll where it stands, also when they come without its answers', () => {
    const account = listener()
    account.hear(
      newMessage(message({ message: '', media: { _: 'messageMediaPoll', poll, results: { _: 'pollResults' } } })),
    )
    expect(only(account.hear(voted(votes(1, 0))))).toMatchObject({
      kind: 'edit',
      message: {
        external_id: '1',
        content: 'Poll: When?\n• Monday (1)\n• Friday (0)',
        details: { poll: { total: 1, options: [{ text: 'Monday', votes: 1, is_chosen: true }, { votes: 0 }] } },
      },
    })
    expect(account.hear(voted(votes(1, 0)))).toEqual([])
    expect(only(account.hear(voted(votes(1, 1, true))))).toMatchObject({
      message: { details: { poll: { options: [{ is_chosen: true }, { votes: 1 }] } } },
    })
    // A vote that is taken back looks like an earlier state, and is news all the same.
    expect(account.hear(voted(votes(1, 0)))).toHaveLength(1)
    expect(only(account.hear(voted(votes(1, 0), true)))).toMatchObject({
      message: { details: { poll: { is_closed: true } } },
    })
  })

  it('for a poll that was never seen here say nothing', () => {
    expect(listener().hear(voted(votes(1, 0)))).toEqual([])
  })
})
