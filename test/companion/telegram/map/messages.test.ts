import { Long, type tl } from '@mtcute/core'
import { describe, expect, it } from 'vitest'
import {
  at,
  channelId,
  chats,
  documentMedia,
  editOf,
  forum,
  group,
  groupId,
  ihorPeer,
  iso,
  listener,
  message,
  myPeer,
  newMessage,
  olena,
  olenaPeer,
  only,
  rawPhoto,
  said,
  service,
  supergroup,
  supergroupId,
} from './telegram.ts'

const ours = '11111111-2222-8333-8444-555555555555'

describe('a message', () => {
  it('of a customer goes to their conversation, under the name Telegram gives', () => {
    const [row, ...others] = listener().hear(newMessage(message({ id: 7 })))
    expect(others).toEqual([])
    expect(row).toEqual({
      kind: 'item',
      key: 'msg:7',
      lane: '101',
      item: {
        channel: { platform: 'telegram', external_id: '900' },
        conversation: { external_id: '101', client_name: 'Olena Koval' },
        message: { external_id: '7', direction: 'inbound', type: 'text', content: 'Good day', created_at: iso(at) },
      },
    })
  })

  it('typed on the phone is outbound', () => {
    expect(said(message({ out: true, fromId: myPeer }))).toMatchObject({ direction: 'outbound' })
  })

  it('that we sent carries our own id', () => {
    const account = listener()
    account.memory.keepSent({ externalId: '9', peerId: olena, messageId: ours, date: at })
    const update = newMessage(message({ id: 9, out: true }))
    expect(only(account.hear(update)).message).toMatchObject({ direction: 'outbound', reference: ours })
  })

  it('that we sent brings no files: they came from the inbox', () => {
    const account = listener()
    account.memory.keepSent({ externalId: '9', peerId: olena, messageId: ours, date: at })
    const [reply] = account.hear(newMessage(message({ id: 9, out: true, message: '', media: documentMedia() })))
    expect(reply).not.toHaveProperty('files')
    expect(reply?.item).not.toHaveProperty('message.attachments')
    const [fromPhone] = account.hear(newMessage(message({ id: 10, out: true, message: '', media: documentMedia() })))
    expect(fromPhone?.files).toHaveLength(1)
  })

  it('in a group names its sender, and a supergroup its own numbering', () => {
    const inGroup = only(listener().hear(newMessage(message({ peerId: group, fromId: ihorPeer }))))
    expect(inGroup.conversation).toEqual({ external_id: '-55', client_name: 'Notaries' })
    expect(inGroup.message).toMatchObject({ external_id: '1', sender: { external_id: '102', name: 'Ihor' } })
    const [row] = listener().hear(newMessage(message({ id: 5, peerId: supergroup, fromId: ihorPeer })))
    expect(row).toMatchObject({ key: `msg:${supergroupId}:5`, lane: supergroupId })
    expect(row?.item).toMatchObject({
      conversation: { external_id: supergroupId, client_name: 'Office' },
      message: { external_id: `${supergroupId}:5` },
    })
  })

  it('of an administrator who hides behind the group is the group’s, with the signature', () => {
    expect(said(message({ peerId: supergroup, fromId: supergroup, postAuthor: 'Head' }))['sender']).toEqual({
      external_id: supergroupId,
      name: 'Office · Head',
    })
    expect(said(message({ peerId: supergroup, post: true }))['sender']).toEqual({
      external_id: supergroupId,
      name: 'Office',
    })
  })

  it('keeps its marks beside the plain text', () => {
    const told = said(
      message({
        message: 'See 👋 here',
        entities: [
          { _: 'messageEntityBold', offset: 0, length: 3 },
          { _: 'messageEntityTextUrl', offset: 7, length: 4, url: 'https://example.com/' },
        ],
      }),
    )
    expect(told['details']).toEqual({
      entities: [
        { type: 'bold', offset: 0, length: 3 },
        { type: 'text_url', offset: 7, length: 4, url: 'https://example.com/' },
      ],
    })
  })

  it('that answers another names it as that one is named', () => {
    const header = { _: 'messageReplyHeader', replyToMsgId: 3 } as const
    expect(said(message({ replyTo: header }))['reply_to_external_id']).toBe('3')
    expect(said(message({ peerId: supergroup, replyTo: header }))['reply_to_external_id']).toBe(`${supergroupId}:3`)
    const quoting = said(
      message({ replyTo: { ...header, quote: true, quoteText: 'two pages', replyToPeerId: supergroup } }),
    )
    expect(quoting).toMatchObject({
      reply_to_external_id: `${supergroupId}:3`,
      details: { quote: { text: 'two pages' } },
    })
  })

  it('that answers a story says so', () => {
    const told = said(message({ replyTo: { _: 'messageReplyStoryHeader', peer: myPeer, storyId: 4 } }))
    expect(told).toMatchObject({ details: { story: { kind: 'reply', id: '4', peer: '900' } } })
    expect(told).not.toHaveProperty('reply_to_external_id')
  })

  it('in a forum goes to its topic, and a topic is no message to answer', () => {
    const account = listener()
    chats.set(channelId, forum)
    const opening = service(
      { _: 'messageActionTopicCreate', title: 'Invoices', iconColor: 1 },
      { id: 12, peerId: supergroup },
    )
    account.hear(newMessage(opening))
    const inTopic = (replyTo: tl.RawMessageReplyHeader, id: number) =>
      only(account.hear(newMessage(message({ id, peerId: supergroup, fromId: ihorPeer, replyTo }))))
    const plain = inTopic({ _: 'messageReplyHeader', forumTopic: true, replyToMsgId: 12 }, 13)
    expect(plain.conversation).toMatchObject({ external_id: supergroupId, thread: '12' })
    expect(plain.message).toMatchObject({ details: { topic: { id: '12', title: 'Invoices' } } })
    expect(plain.message).not.toHaveProperty('reply_to_external_id')
    const answer = inTopic({ _: 'messageReplyHeader', forumTopic: true, replyToMsgId: 13, replyToTopId: 12 }, 14)
    expect(answer.conversation).toMatchObject({ thread: '12' })
    expect(answer.message).toMatchObject({ reply_to_external_id: `${supergroupId}:13` })
    const general = only(account.hear(newMessage(message({ id: 15, peerId: supergroup, fromId: ihorPeer }))))
    expect(general.conversation).toMatchObject({ thread: '1' })
    chats.set(channelId, { ...forum, forum: false })
  })

  it('passed on says from whom and when', () => {
    const fwdFrom = (fields: Partial<tl.RawMessageFwdHeader>): tl.RawMessageFwdHeader => ({
      _: 'messageFwdHeader',
      date: at - 9,
      ...fields,
    })
    expect(said(message({ fwdFrom: fwdFrom({ fromId: ihorPeer }) }))['details']).toEqual({
      forward: { from: 'Ihor', from_id: '102', at: iso(at - 9) },
    })
    expect(said(message({ fwdFrom: fwdFrom({ fromName: 'Somebody' }) }))['details']).toEqual({
      forward: { from: 'Somebody', at: iso(at - 9) },
    })
    expect(said(message({ fwdFrom: fwdFrom({ fromId: supergroup, postAuthor: 'Head' }) }))['details']).toMatchObject({
      forward: { from: 'Office · Head' },
    })
  })

  it('made by a bot for somebody names the bot', () => {
    expect(said(message({ viaBotId: 500 }))['details']).toEqual({ via_bot: { id: '500', name: 'weather_bot' } })
  })

  it('kept for oneself is nobody else’s business', () => {
    expect(listener().hear(newMessage(message({ peerId: myPeer, out: true, message: 'my PIN' })))).toEqual([])
  })

  it('of Telegram itself never shows its sign-in code', () => {
    const told = said(message({ peerId: { _: 'peerUser', userId: 777_000 }, message: 'Login code: 12345' }))
    expect(told['type']).toBe('system')
    expect(JSON.stringify(told)).not.toContain('12345')
  })

  it('of an album shares its key with the other parts, each file under a key of its own', () => {
    const groupedId = Long.fromNumber(42)
    const media: tl.TypeMessageMedia = { _: 'messageMediaPhoto', photo: rawPhoto() }
    const rows = listener().hear(
      newMessage(message({ id: 1, groupedId, media, message: 'Both pages' })),
      newMessage(message({ id: 2, groupedId, media, message: '' })),
    )
    expect(rows.map(({ album }) => album)).toEqual(['101:42', '101:42'])
    expect(rows.map(({ files }) => files?.[0]?.key)).toEqual(['1.0', '2.0'])
    expect(rows.map(({ item }) => ('conversation' in item && 'message' in item ? item.message.content : null))).toEqual(
      ['Both pages', ''],
    )
  })

  it('found late brings the reactions it has by then', () => {
    const reactions: tl.RawMessageReactions = {
      _: 'messageReactions',
      results: [{ _: 'reactionCount', reaction: { _: 'reactionEmoji', emoticon: '👍' }, count: 1 }],
      recentReactions: [
        {
          _: 'messagePeerReaction',
          peerId: olenaPeer,
          date: at + 3,
          reaction: { _: 'reactionEmoji', emoticon: '👍' },
        },
      ],
    }
    const rows = listener().hear(newMessage(message({ reactions, out: true })))
    expect(rows.map(({ item }) => ('kind' in item ? item.kind : 'message'))).toEqual(['message', 'reaction'])
  })

  it('is told once however often it comes, and empty ones never', () => {
    const account = listener()
    expect(account.hear(newMessage(message()))).toHaveLength(1)
    expect(account.hear(newMessage(message()))).toEqual([])
    expect(account.hear(newMessage({ _: 'messageEmpty', id: 4 }))).toEqual([])
    expect(account.hear({ _: 'updateUserTyping', userId: olena, action: { _: 'sendMessageTypingAction' } })).toEqual([])
  })
})

describe('an edit', () => {
  it('is what its author wrote anew, with its new marks', () => {
    const account = listener()
    account.hear(newMessage(message({ entities: [{ _: 'messageEntityBold', offset: 0, length: 4 }] })))
    const item = only(account.hear(editOf(message({ message: 'Good evening', editDate: at + 5 }))))
    expect(item).toMatchObject({
      kind: 'edit',
      message: {
        external_id: '1',
        content: 'Good evening',
        edited_at: iso(at + 5),
        details: { entities: [], share: null },
      },
    })
  })

  it.each<[string, Partial<tl.RawMessage>]>([
    ['views', { views: 5, editDate: at + 5 }],
    ['a hidden change', { message: 'Other', editDate: at + 5, editHide: true }],
    ['buttons', { replyMarkup: { _: 'replyKeyboardHide' }, editDate: at + 5 }],
    [
      'a preview that has loaded',
      { media: { _: 'messageMediaWebPage', webpage: { _: 'webPageEmpty', id: Long.ONE } } },
    ],
  ])('is not %s', (_, change) => {
    const account = listener()
    account.hear(newMessage(message()))
    expect(account.hear(editOf(message(change)))).toEqual([])
  })

  it('of a message from before our time is told, since nobody can say that it is none', () => {
    expect(listener().hear(editOf(message({ message: 'New', editDate: at + 5 })))).toHaveLength(1)
    expect(listener().hear(editOf(message({ message: 'New' })))).toEqual([])
  })

  it('in the same second as another is the later one', () => {
    const account = listener()
    account.hear(newMessage(message()))
    account.hear(editOf(message({ message: 'zzz', editDate: at + 5 })))
    const second = only(account.hear(editOf(message({ message: 'aaa', editDate: at + 5 }))))
    expect(second).toMatchObject({ message: { edited_at: new Date((at + 5) * 1000 + 1).toISOString() } })
  })

  it('back to what it was is one too', () => {
    const account = listener()
    account.hear(newMessage(message()))
    account.hear(editOf(message({ message: 'Other', editDate: at + 5 })))
    expect(account.hear(editOf(message({ editDate: at + 9 })))).toHaveLength(1)
  })

  it('that puts another file in its place brings the new file as a message that answers the old one', () => {
    const account = listener()
    account.hear(newMessage(message({ message: '', media: documentMedia() })))
    const better = documentMedia({ id: Long.fromString('7'), attributes: [] })
    const edit = editOf(message({ message: '', media: better, editDate: at + 5 }))
    const rows = account.hear(edit)
    const replacement = rows.find(({ item }) => 'conversation' in item)
    expect(replacement).toMatchObject({ key: `msg:1/${at + 5}000`, files: [{ locator: { id: '7' } }] })
    expect(replacement?.item).toMatchObject({ message: { reply_to_external_id: '1', details: { replaces: '1' } } })
    expect(account.hear(editOf(message({ message: '', media: better, editDate: at + 5, views: 3 })))).toEqual([])
  })

  it('is seen also when the message is met again in the history', () => {
    const account = listener()
    account.hear(newMessage(message()))
    const again = account.hear(newMessage(message({ message: 'Corrected', editDate: at + 5 })))
    expect(only(again)).toMatchObject({ kind: 'edit', message: { content: 'Corrected' } })
  })

  it('of a live location is told once somebody has gone a hundred metres', () => {
    const live = (lat: number): tl.TypeMessageMedia => ({
      _: 'messageMediaGeoLive',
      geo: { _: 'geoPoint', lat, long: 30.5, accessHash: Long.ONE },
      period: 900,
    })
    const account = listener()
    account.hear(newMessage(message({ message: '', media: live(50.45) })))
    const move = (lat: number, seconds: number) =>
      account.hear(editOf(message({ message: '', media: live(lat), editDate: at + seconds, editHide: true })))
    expect(move(50.4502, 5)).toEqual([])
    expect(only(move(50.46, 9))).toMatchObject({ message: { details: { location: { latitude: 50.46, live: true } } } })
  })
})

describe('a group that becomes a supergroup', () => {
  it('goes on under its new id, told once though both say so', () => {
    const account = listener()
    const fromOld = service({ _: 'messageActionChatMigrateTo', channelId }, { id: 3 })
    const fromNew = service(
      { _: 'messageActionChannelMigrateFrom', title: 'Notaries', chatId: groupId },
      { id: 1, peerId: supergroup },
    )
    const rows = account.hear(newMessage(fromOld), newMessage(fromNew))
    expect(only(rows)).toMatchObject({
      conversation: { external_id: supergroupId, aliases: ['-55'] },
      message: { type: 'system', content: 'The group became a supergroup' },
    })
    expect(rows[0]?.lane).toBe(supergroupId)
  })
})

describe('what happens in a group', () => {
  it.each<[string, tl.TypeMessageAction, string]>([
    ['joined', { _: 'messageActionChatAddUser', users: [olena] }, 'Olena Koval joined'],
    ['added', { _: 'messageActionChatAddUser', users: [102, 999] }, 'Olena Koval added Ihor, 999'],
    ['joined', { _: 'messageActionChatJoinedByLink', inviterId: 1 }, 'Olena Koval joined by a link'],
    ['left', { _: 'messageActionChatDeleteUser', userId: olena }, 'Olena Koval left'],
    ['removed', { _: 'messageActionChatDeleteUser', userId: 102 }, 'Olena Koval removed Ihor'],
    ['title', { _: 'messageActionChatEditTitle', title: 'New' }, 'Olena Koval named the group “New”'],
    ['pinned', { _: 'messageActionPinMessage' }, 'Olena Koval pinned a message'],
    [
      'auto_delete',
      { _: 'messageActionSetMessagesTTL', period: 86_400 },
      'Olena Koval set messages to be deleted after 24 h',
    ],
    ['screenshot', { _: 'messageActionScreenshotTaken' }, 'Olena Koval took a screenshot'],
    [
      'payment',
      { _: 'messageActionPaymentSent', currency: 'UAH', totalAmount: Long.fromNumber(12_550) },
      'Payment: 125.50 UAH',
    ],
    [
      'todo',
      {
        _: 'messageActionTodoAppendTasks',
        list: [
          { _: 'todoItem', id: 1, title: { _: 'textWithEntities', text: 'Seal', entities: [] } },
          { _: 'todoItem', id: 2, title: { _: 'textWithEntities', text: 'Pay', entities: [] } },
        ],
      },
      'Added to the list: Seal, Pay',
    ],
    ['todo', { _: 'messageActionTodoCompletions', completed: [1], incompleted: [] }, 'The list was changed'],
    ['other', { _: 'messageActionBoostApply', boosts: 2 }, 'Telegram: boost apply'],
  ])('%s: %j', (action, given, content) => {
    const told = said(service(given))
    expect(told).toMatchObject({ type: 'system', content, details: { service: { action, by: 'Olena Koval' } } })
  })

  it('tells missed calls from those that were answered, and from our own', () => {
    const call = (fields: Partial<tl.RawMessageActionPhoneCall>, out = false) =>
      said(
        service(
          { _: 'messageActionPhoneCall', callId: Long.ONE, ...fields },
          { peerId: olenaPeer, fromId: out ? myPeer : olenaPeer, ...(out ? { out } : {}) },
        ),
      )
    const missed = { reason: { _: 'phoneCallDiscardReasonMissed' } } as const
    expect(call(missed)).toMatchObject({ content: 'Missed call', details: { service: { action: 'call_missed' } } })
    expect(call({ ...missed, video: true })).toMatchObject({ content: 'Missed video call' })
    expect(call(missed, true)).toMatchObject({
      details: { service: { action: 'call_unanswered' } },
      direction: 'outbound',
    })
    expect(call({ duration: 65 })).toMatchObject({ content: 'Incoming call, 1:05' })
    expect(call({ duration: 5 }, true)).toMatchObject({ content: 'Outgoing call, 0:05' })
  })
})

describe('what cannot be read', () => {
  it('is shown as a message of an unknown kind as long as it is known where', () => {
    const broken = message({ media: { _: 'messageMediaHologram' } as never, message: '' })
    expect(said(broken)).toMatchObject({ type: 'unsupported', content: 'Unsupported message (hologram)' })
    const worse = message({ media: { _: 'messageMediaPoll', poll: null } as never })
    const account = listener()
    expect(only(account.hear(newMessage(worse))).message).toMatchObject({ type: 'unsupported', external_id: '1' })
    expect(account.notes).toEqual(['message.unreadable'])
  })

  it('is shown so, too, when the Worker would refuse what was read', () => {
    const account = listener()
    const odd = message({
      message: '',
      media: documentMedia({ attributes: [], mimeType: ['application/pdf'] as never }),
    })
    expect(only(account.hear(newMessage(odd))).message).toMatchObject({ type: 'unsupported', external_id: '1' })
    expect(account.notes).toEqual(['message.unreadable'])
  })

  it('is named in the log when nothing says where it belongs', () => {
    const account = listener()
    expect(account.hear(newMessage({ _: 'message', id: 1, date: at } as never))).toEqual([])
    expect(account.hear({ _: 'updateDeleteMessages' } as never)).toEqual([])
    expect(account.notes).toEqual(['message.unplaceable', 'update.unreadable'])
  })
})
