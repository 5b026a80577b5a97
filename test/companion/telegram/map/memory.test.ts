import { describe, expect, it } from 'vitest'
import type { tl } from '@mtcute/core'
import { fittingDetails } from '../../../../companion/telegram/map-fit.ts'
import { openMemory } from '../../../../companion/telegram/map-memory.ts'
import { readPeer } from '../../../../companion/telegram/peers.ts'
import {
  at,
  documentMedia,
  editOf,
  listener,
  message,
  newMessage,
  now,
  olena,
  olenaPeer,
  photo,
  user,
} from './telegram.ts'

const nobody = { users: new Map(), chats: new Map() }
const surroundings = { accountId: 900, now: () => now, note: () => undefined }
const learn = (...users: tl.TypeUser[]) => {
  const memory = openMemory(':memory:')
  const context = memory.context(surroundings)
  for (const one of users) memory.learnPeers({ ...nobody, users: new Map([[one.id, one]]) })
  return context.peer(olena)
}

describe('a name', () => {
  it('follows what Telegram tells', () => {
    expect(learn(user(olena, 'Olena'), user(olena, 'Olena', { lastName: 'Koval' }))).toMatchObject({
      name: 'Olena Koval',
    })
  })
  it('seen from afar is believed of strangers only', () => {
    const afar = user(olena, 'O.', { min: true })
    expect(learn(afar)).toMatchObject({ name: 'O.' })
    expect(learn(user(olena, 'Olena'), afar)).toMatchObject({ name: 'Olena' })
  })
  it.each<[tl.RawUser | tl.TypeChat, object | null]>([
    [user(olena, '', { username: 'olena_k' }), { name: 'olena_k', username: 'olena_k' }],
    [user(olena, '', { usernames: [{ _: 'username', username: 'ok', active: true }] }), { name: 'ok' }],
    [user(olena, '', { phone: '380501112233' }), { name: '+380501112233' }],
    [user(olena, '', { deleted: true }), { name: 'Deleted account' }],
    [user(olena, 'Bot', { bot: true }), { isBot: true }],
    [
      { _: 'channelForbidden', id: 7, accessHash: 1 as never, title: 'Gone' },
      { peerId: -1_000_000_000_007, name: 'Gone' },
    ],
    [
      { _: 'chatForbidden', id: 7, title: 'Gone' },
      { peerId: -7, name: 'Gone' },
    ],
    [{ _: 'channel', id: 7, title: 'F', photo, date: at, forum: true }, { isForum: true }],
    [{ _: 'chatEmpty', id: 7 }, null],
  ])('of %j', (peer, expected) => {
    if (expected === null) expect(readPeer(peer)).toBeNull()
    else expect(readPeer(peer)).toMatchObject(expected)
  })
})

describe('what is remembered', () => {
  it('survives a start, and is forgotten after its time', () => {
    const account = listener()
    account.hear(newMessage(message({ id: 5 })))
    const context = account.memory.context(surroundings)
    expect(context.message('5')).toMatchObject({ peerId: olena })
    account.memory.forgetBefore(at * 1000)
    expect(context.message('5')).toBeDefined()
    account.memory.forgetBefore((at + 1) * 1000)
    expect(context.message('5')).toBeUndefined()
  })

  it('of a message by its reaction alone does not make its file look replaced', () => {
    const account = listener()
    const reaction = { _: 'reactionEmoji', emoticon: '👍' } as const
    const reactions: tl.RawMessageReactions = {
      _: 'messageReactions',
      results: [{ _: 'reactionCount', reaction, count: 1 }],
      recentReactions: [{ _: 'messagePeerReaction', peerId: olenaPeer, date: at, reaction }],
    }
    account.hear({ _: 'updateMessageReactions', peer: olenaPeer, msgId: 5, reactions })
    const edit = editOf(message({ id: 5, message: 'A new caption', media: documentMedia(), editDate: at + 9 }))
    expect(account.hear(edit).map(({ item }) => ('kind' in item ? item.kind : 'message'))).toEqual(['edit'])
  })
})

describe('details', () => {
  it('that would be too large to be taken lose what can be spared', () => {
    const options = Array.from({ length: 50 }, (_, key) => ({ key: String(key), text: 'я'.repeat(1000) }))
    const fitting = fittingDetails({ poll: { options }, forward: { from: 'Ihor' } })
    expect(fitting).toEqual({ forward: { from: 'Ihor' }, is_cut: true })
    expect(fittingDetails({ odd: 'x'.repeat(70_000) })).toEqual({ is_cut: true })
    expect(fittingDetails({ note: 'a\0b\ud83d' })).toEqual({ note: 'ab\ufffd' })
  })
})
