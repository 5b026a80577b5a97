import { Long, type tl } from '@mtcute/core'
import { describe, expect, it } from 'vitest'
import { partNonce } from '../../../../companion/telegram/send-plan.ts'
import { file, nonce, ours, rpcError, sender } from './sending.ts'
import { at, message, now, supergroup, supergroupId } from './telegram.ts'

const randomId = Long.fromString(nonce.toString())
const until = (ms: number) => new Date(now + ms).toISOString()

describe('a reply', () => {
  it('goes out under the command’s own random id, and is remembered under what it became', async () => {
    const account = sender()
    expect(await account.send()).toEqual({ kind: 'sent', external_id: '71' })
    expect(account.requests).toMatchObject([{ _: 'messages.sendMessage', message: 'Ready on Friday', randomId }])
    expect(account.memory.referenceOf('71')).toBe(ours)
    // The short answer carries no message; the count it carries must not be missed.
    expect(account.seen).toMatchObject([{ updates: [{ _: 'mtcute.dummyUpdate', pts: 5, ptsCount: 1 }] }])
  })

  it('in a supergroup is named with it', async () => {
    const account = sender({
      'messages.sendMessage': () => ({
        _: 'updates',
        updates: [
          { _: 'updateMessageID', id: 12, randomId },
          {
            _: 'updateNewChannelMessage',
            message: message({ id: 12, peerId: supergroup, date: at + 3 }),
            pts: 1,
            ptsCount: 1,
          },
        ],
        users: [],
        chats: [],
        date: at,
        seq: 0,
      }),
    })
    const outcome = await account.send({ conversation: { external_id: supergroupId, thread: '' } })
    expect(outcome).toEqual({ kind: 'sent', external_id: `${supergroupId}:12` })
  })

  it.each<[string, { thread?: string; to?: string; reply?: string }, object | undefined]>([
    ['to nothing', {}, undefined],
    ['to a message', { reply: '5' }, { replyToMsgId: 5 }],
    ['to the new version of a file', { reply: '5/1790000005000' }, { replyToMsgId: 5 }],
    ['to a message of a supergroup', { to: supergroupId, reply: `${supergroupId}:5` }, { replyToMsgId: 5 }],
    ['to a message of another chat', { to: supergroupId, reply: '5' }, undefined],
    ['to a message of a supergroup, elsewhere', { reply: `${supergroupId}:5` }, undefined],
    ['in a topic', { to: supergroupId, thread: '12' }, { replyToMsgId: 12, topMsgId: 12 }],
    [
      'in a topic to a message',
      { to: supergroupId, thread: '12', reply: `${supergroupId}:15` },
      { replyToMsgId: 15, topMsgId: 12 },
    ],
    ['in a forum’s first topic', { to: supergroupId, thread: '1' }, undefined],
  ])('answers %s', async (_, { thread = '', to = '101', reply = null }, expected) => {
    const account = sender()
    await account.send({ conversation: { external_id: to, thread }, reply_to_external_id: reply })
    const [request] = account.requests
    if (expected === undefined) expect(request).not.toHaveProperty('replyTo')
    else expect(request?.['replyTo']).toEqual({ _: 'inputReplyToMessage', ...expected })
  })

  it.each([
    ['an empty text', { content: ' \n' }, 'message.empty'],
    ['a text that is too long', { content: 'я'.repeat(4097) }, 'message.too_long'],
    ['emoji count twice', { content: '👍'.repeat(2049) }, 'message.too_long'],
    ['a caption that is too long', { content: 'x'.repeat(1025), attachments: [file('image/png')] }, 'caption.too_long'],
    ['too many files', { attachments: Array.from({ length: 11 }, () => file('image/png')) }, 'files.too_many'],
    ['an empty file', { attachments: [file('image/png', 'a', 0)] }, 'file.empty'],
  ])('with %s is refused before anything is asked', async (_, fields, code) => {
    const account = sender()
    expect(await account.send(fields)).toMatchObject({ kind: 'failed', error: { code, kind: 'content' } })
    expect(account.requests).toEqual([])
  })

  it('of just the length Telegram takes goes out', async () => {
    expect(await sender().send({ content: 'x'.repeat(4096) })).toMatchObject({ kind: 'sent' })
  })

  it('to somebody this account does not know fails for good', async () => {
    const unknown = { conversation: { external_id: '404', thread: '' } }
    expect(await sender().send(unknown)).toMatchObject({ kind: 'failed', error: { kind: 'recipient' } })
    const nonsense = { conversation: { external_id: 'x', thread: '' } }
    expect(await sender().send(nonsense)).toMatchObject({ kind: 'failed', error: { kind: 'recipient' } })
  })
})

describe('a file', () => {
  const mediaOf = async (mimeType: string, size = 10) => {
    const account = sender()
    await account.send({ content: 'Here', attachments: [file(mimeType, 'a.bin', size)] })
    const [request] = account.requests
    expect(request).toMatchObject({ _: 'messages.sendMedia', message: 'Here', randomId })
    return request?.['media'] as tl.TypeInputMedia
  }

  it('is shown as what it is', async () => {
    expect(await mediaOf('image/jpeg')).toMatchObject({ _: 'inputMediaUploadedPhoto' })
    expect(await mediaOf('image/jpeg', 11_000_000)).toMatchObject({ _: 'inputMediaUploadedDocument', forceFile: true })
    expect(await mediaOf('video/mp4')).toMatchObject({
      attributes: [{}, { _: 'documentAttributeVideo', supportsStreaming: true }],
    })
    expect(await mediaOf('image/gif')).toMatchObject({ attributes: [{}, { _: 'documentAttributeAnimated' }] })
    expect(await mediaOf('audio/ogg; codecs=opus')).toMatchObject({
      mimeType: 'audio/ogg',
      attributes: [{}, { _: 'documentAttributeAudio', voice: true }],
    })
    expect(await mediaOf('audio/mpeg')).toMatchObject({ attributes: [{}, { _: 'documentAttributeAudio' }] })
    expect(await mediaOf('application/pdf')).toMatchObject({
      forceFile: true,
      mimeType: 'application/pdf',
      attributes: [{ _: 'documentAttributeFilename', fileName: 'a.bin' }],
    })
  })

  it('that Telegram does not take for a picture goes as a file, and nothing went out before', async () => {
    const refuse = (_: unknown, time: number) =>
      time === 1
        ? rpcError(400, 'PHOTO_INVALID_DIMENSIONS')
        : {
            _: 'updates',
            updates: [{ _: 'updateMessageID', id: 80, randomId }],
            users: [],
            chats: [],
            date: at,
            seq: 0,
          }
    const account = sender({ 'messages.sendMedia': refuse })
    expect(await account.send({ attachments: [file('image/png')] })).toEqual({ kind: 'sent', external_id: '80' })
    expect(account.requests.map(({ media }) => (media as tl.TypeInputMedia)._)).toEqual([
      'inputMediaUploadedPhoto',
      'inputMediaUploadedDocument',
    ])
    expect(account.requests.map((request) => String(request['randomId']))).toEqual([String(nonce), String(nonce)])
  })

  it('that the Worker does not give is asked for again later, without holding up anybody else', async () => {
    const attachments = [file('image/png', 'missing.png')]
    expect(await sender().send({ attachments })).toMatchObject({
      kind: 'waiting',
      until: until(30_000),
      error: { code: 'file.unavailable' },
      holds: 'conversation',
    })
    const old = { attachments, created_at: new Date(now - 3_600_000).toISOString() }
    expect(await sender().send(old)).toMatchObject({ kind: 'unknown' })
  })

  it('beside others is an album, each part with a random id of its own that never changes', async () => {
    const account = sender()
    const attachments = [file('image/png', '1.png'), file('video/mp4', '2.mp4'), file('image/jpeg', '3.jpg')]
    expect(await account.send({ attachments })).toEqual({ kind: 'sent', external_id: '80' })
    const album = account.requests.at(-1)
    expect(account.requests.map(({ _ }) => _)).toEqual([
      ...Array<string>(3).fill('messages.uploadMedia'),
      'messages.sendMultiMedia',
    ])
    const parts = album?.['multiMedia'] as tl.RawInputSingleMedia[]
    expect(parts.map((part) => part.message)).toEqual(['Ready on Friday', '', ''])
    expect(parts.map((part) => part.media._)).toEqual(Array(3).fill('inputMediaDocument'))
    expect(parts.map((part) => part.randomId.toString())).toEqual(
      [0, 1, 2].map((part) => String(partNonce(nonce, part))),
    )
    expect(['80', '81', '82'].map((id) => account.memory.referenceOf(id))).toEqual([ours, ours, ours])
    expect(account.memory.sentAs(ours)).toBe('80')
  })

  it('that fits in no album with the others goes as a file like them', async () => {
    const account = sender()
    await account.send({ attachments: [file('image/png'), file('application/pdf'), file('audio/ogg')] })
    const media = account.requests.flatMap((request) =>
      request._ === 'messages.uploadMedia' ? [request['media']] : [],
    )
    expect(media).toHaveLength(3)
    for (const one of media) expect(one).toMatchObject({ _: 'inputMediaUploadedDocument', forceFile: true })
  })
})

describe('partNonce', () => {
  it('gives each part another id of 63 bits, never 0, and the same again', () => {
    const ids = Array.from({ length: 10 }, (_, part) => partNonce(nonce, part))
    expect(new Set(ids).size).toBe(10)
    expect(ids[0]).toBe(nonce)
    expect(ids.every((id) => id > 0n && id < 1n << 63n)).toBe(true)
    expect(ids).toEqual(Array.from({ length: 10 }, (_, part) => partNonce(nonce, part)))
  })
})

describe('an error of Telegram', () => {
  it.each<[number, string, string]>([
    [400, 'PEER_ID_INVALID', 'recipient'],
    [400, 'USER_IS_BLOCKED', 'recipient'],
    [400, 'YOU_BLOCKED_USER', 'recipient'],
    [400, 'INPUT_USER_DEACTIVATED', 'recipient'],
    [406, 'CHANNEL_PRIVATE', 'recipient'],
    [403, 'PRIVACY_PREMIUM_REQUIRED', 'recipient'],
    [403, 'CHAT_WRITE_FORBIDDEN', 'permission'],
    [403, 'CHAT_SEND_PHOTOS_FORBIDDEN', 'permission'],
    [400, 'USER_BANNED_IN_CHANNEL', 'permission'],
    [400, 'CHAT_ADMIN_REQUIRED', 'permission'],
    [400, 'CHAT_RESTRICTED', 'permission'],
    [400, 'TOPIC_CLOSED', 'permission'],
    [400, 'PEER_FLOOD', 'permission'],
    [400, 'VOICE_MESSAGES_FORBIDDEN', 'permission'],
    [400, 'MESSAGE_TOO_LONG', 'content'],
    [400, 'MEDIA_INVALID', 'content'],
    [400, 'REPLY_MESSAGE_ID_INVALID', 'content'],
    [401, 'AUTH_KEY_UNREGISTERED', 'token'],
    [401, 'SESSION_REVOKED', 'token'],
    [401, 'SOMETHING_NEW', 'token'],
    [406, 'AUTH_KEY_DUPLICATED', 'token'],
    [401, 'USER_DEACTIVATED_BAN', 'token'],
    [400, 'SOMETHING_NEW', 'platform'],
  ])('%i %s fails for good: %s', async (status, code, kind) => {
    const account = sender({ 'messages.sendMessage': () => rpcError(status, code) })
    expect(await account.send()).toMatchObject({ kind: 'failed', error: { code, kind } })
  })

  it.each<[number, string, number]>([
    [420, 'FLOOD_WAIT_17', 17_000],
    [420, 'SLOWMODE_WAIT_5', 5000],
    [420, 'FLOOD_PREMIUM_WAIT_3', 3000],
    [420, 'FLOOD_WAIT_0', 1000],
    [420, 'FLOOD_SOMETHING', 60_000],
  ])('%i %s waits as long as Telegram says', async (status, code, ms) => {
    const account = sender({ 'messages.sendMessage': () => rpcError(status, code) })
    const outcome = await account.send()
    expect(outcome).toMatchObject({ kind: 'waiting', until: until(ms), error: { kind: 'rate_limit' } })
  })

  it('of its own making is tried again, for an hour', async () => {
    const account = sender({ 'messages.sendMessage': () => rpcError(500, 'RPC_CALL_FAIL') })
    expect(await account.send()).toMatchObject({
      kind: 'waiting',
      until: until(30_000),
      error: { code: 'RPC_CALL_FAIL' },
    })
    const old = { created_at: new Date(now - 3_600_000).toISOString() }
    expect(await account.send(old)).toMatchObject({ kind: 'unknown', error: { code: 'RPC_CALL_FAIL' } })
  })

  it('that is no answer at all is asked about at once, under the same random id', async () => {
    const account = sender({ 'messages.sendMessage': () => new Error('Session is reset') })
    expect(await account.send()).toMatchObject({ kind: 'waiting', until: until(0) })
    await account.send({}, { isRepeat: true })
    expect(account.requests.map((request) => String(request['randomId']))).toEqual([String(nonce), String(nonce)])
  })
})

describe('a repetition', () => {
  const duplicate = () => rpcError(500, 'RANDOM_ID_DUPLICATE')
  const history = (...messages: tl.RawMessage[]) => ({
    'messages.sendMessage': duplicate,
    'messages.sendMultiMedia': duplicate,
    'messages.getHistory': () => ({ _: 'messages.messages', messages, users: [], chats: [], topics: [] }),
  })
  const sentText = 'Ready on Friday'
  const mine = (fields: Partial<tl.RawMessage>) => message({ out: true, date: at + 57, message: sentText, ...fields })

  it('of what is known to be sent asks nobody', async () => {
    const account = sender()
    account.memory.keepSent({ externalId: '70', peerId: 101, messageId: ours, date: at })
    expect(await account.send({}, { isRepeat: true })).toEqual({ kind: 'sent', external_id: '70' })
    expect(account.requests).toEqual([])
  })

  it('that Telegram refuses finds the message that the first attempt made', async () => {
    const account = sender(
      history(
        mine({ id: 9 }),
        mine({ id: 8, message: 'Other' }),
        mine({ id: 7 }),
        mine({ id: 6, out: false }),
        mine({ id: 5, date: at - 9000 }),
      ),
    )
    account.memory.keepSent({ externalId: '4', peerId: 101, messageId: 'another', date: at })
    expect(await account.send({}, { isRepeat: true })).toEqual({ kind: 'sent', external_id: '7' })
    expect(account.memory.sentAs(ours)).toBe('7')
  })

  it('does not take another command’s message for its own', async () => {
    const account = sender(history(mine({ id: 9 }), mine({ id: 7 })))
    account.memory.keepSent({ externalId: '7', peerId: 101, messageId: 'another', date: at })
    expect(await account.send({}, { isRepeat: true })).toEqual({ kind: 'sent', external_id: '9' })
  })

  it('finds an album by its first part', async () => {
    const groupedId = Long.fromNumber(3)
    const media: tl.TypeMessageMedia = { _: 'messageMediaPhoto' }
    const account = sender(
      history(
        mine({ id: 9, groupedId, media, message: '' }),
        mine({ id: 8, groupedId, media }),
        mine({ id: 7, media }),
      ),
    )
    const attachments = [file('image/png'), file('image/png')]
    expect(await account.send({ attachments }, { isRepeat: true })).toEqual({ kind: 'sent', external_id: '8' })
    expect(account.memory.referenceOf('9')).toBe(ours)
  })

  it('whose message is nowhere leaves it to a person', async () => {
    expect(await sender(history()).send({}, { isRepeat: true })).toMatchObject({
      kind: 'unknown',
      error: { code: 'RANDOM_ID_DUPLICATE' },
    })
  })
})
