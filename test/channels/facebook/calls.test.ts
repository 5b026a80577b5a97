import { describe, expect, test } from 'vitest'
import type { Alias } from '../../../src/channels/channel.ts'
import { calls as facebook } from '../../../src/channels/facebook/calls.ts'
import { calls as instagram } from '../../../src/channels/instagram/calls.ts'
import { graphVersion } from '../../../src/channels/meta/graph.ts'
import { graphError, instagramLogin, json, platform, type Reaction, token } from '../platform-io.ts'

// Messenger and Instagram are asked in the same words, under different addresses.
const person: Alias[] = [{ kind: 'user', value: '5500000000000001' }]
const recipient = { id: '5500000000000001' }
const done = { ok: true, value: null }
const shown = () => json({ recipient_id: '5500000000000001' })

const pages = [
  { name: 'Messenger', calls: facebook, more: {}, root: 'https://graph.facebook.com', account: '106540352242922' },
  { name: 'Instagram', calls: instagram, more: instagramLogin, root: 'https://graph.instagram.com', account: 'me' },
  { name: 'Instagram through a page', calls: instagram, more: {}, root: 'https://graph.facebook.com', account: 'me' },
]

describe.each(pages)('on $name', ({ calls, more, root, account }) => {
  test.each([
    ['👍', { sender_action: 'react', payload: { message_id: 'm_1', reaction: '👍' } }],
    [null, { sender_action: 'unreact', payload: { message_id: 'm_1' } }],
  ])('the reaction %s is shown', async (emoji, action) => {
    const { io, seen } = platform([shown()], more)
    expect(await calls.react?.(person, { externalId: 'm_1', emoji }, io)).toEqual(done)
    expect(seen[0]?.url.href).toBe(`${root}/${graphVersion}/${account}/messages`)
    expect(seen[0]?.json).toEqual({ recipient, ...action })
  })

  test('a read mark and a sign of typing are shown, each by itself', async () => {
    const { io, seen } = platform([shown(), shown(), shown(), shown()], more)
    expect(await calls.markRead?.(person, { externalId: 'm_1', typing: false }, io)).toEqual(done)
    expect(await calls.markRead?.(person, { externalId: 'm_1', typing: true }, io)).toEqual(done)
    expect(await calls.typing?.(person, 'm_1', io)).toEqual(done)
    const bodies = ['mark_seen', 'mark_seen', 'typing_on', 'typing_on'].map((sender_action) => ({
      recipient,
      sender_action,
    }))
    expect(seen.map((request) => request.json)).toEqual(bodies)
  })

  test('nothing is shown to somebody without an address', async () => {
    const answer = await calls.react?.(
      [{ kind: 'phone', value: '1' }],
      { externalId: 'm_1', emoji: '👍' },
      platform([], more).io,
    )
    expect(answer).toMatchObject({ ok: false, error: { code: 'recipient.unknown', kind: 'recipient' } })
  })

  test('a profile that is withheld says so', async () => {
    const { io } = platform([graphError({ code: 230, message: 'User consent is required' })], more)
    expect(await calls.profile?.(person, io)).toMatchObject({ ok: false, error: { code: '230' } })
  })

  describe('a file', () => {
    const url = 'https://scontent.xx.fbcdn.net/v/photo.jpg?oe=1'
    const locate = (file: Parameters<NonNullable<typeof calls.locateMedia>>[0], reactions: Reaction[] = []) => {
      const { io, seen } = platform(reactions, more)
      return { answer: calls.locateMedia?.(file, io), seen }
    }

    test('is where its message said, and wants no token', async () => {
      const { answer, seen } = locate({ mediaId: null, url })
      expect(await answer).toEqual({ ok: true, value: { url, headers: {} } })
      expect(seen).toHaveLength(0)
    })

    test.each([
      'https://fbcdn.net.evil.example/a',
      'https://evilfbcdn.net/a',
      'http://a.fbcdn.net/',
      'https://127.0.0.1/a',
    ])('is not fetched from %s', async (foreign) => {
      const { answer } = locate({ mediaId: null, url: foreign })
      expect(await answer).toMatchObject({ ok: false, error: { code: 'media.foreign_host' } })
    })

    test('whose address has died is asked for again through its message', async () => {
      const data = [
        { id: '1', mime_type: 'image/png', image_data: { url: 'https://a.fbcdn.net/1' } },
        { file_url: url },
      ]
      const file = { mediaId: null, url, expired: { messageExternalId: 'm_1', position: 1 } }
      const { answer, seen } = locate(file, [json({ id: 'm_1', attachments: { data } })])
      expect(await answer).toEqual({ ok: true, value: { url, headers: {} } })
      expect(seen[0]?.url.href).toBe(`${root}/${graphVersion}/m_1?fields=attachments`)
    })

    test.each<[string, Reaction]>([
      ['no longer has it', json({ id: 'm_1' })],
      ['has fewer files', json({ attachments: { data: [] } })],
      ['names no address', json({ attachments: { data: [{ id: '1' }] } })],
    ])('is gone when its message %s', async (_, reaction) => {
      const file = { mediaId: null, url, expired: { messageExternalId: 'm_1', position: 0 } }
      expect(await locate(file, [reaction]).answer).toMatchObject({ ok: false, error: { code: 'media.gone' } })
    })

    test('is gone without an address', async () => {
      expect(await locate({ mediaId: null, url: null }).answer).toMatchObject({ error: { code: 'media.gone' } })
    })
  })
})

describe('a profile on Messenger', () => {
  const pictureUrl = 'https://platform-lookaside.fbsbx.com/platform/profilepic/?psid=1'

  test.each([
    [
      { name: 'Олена Коваль', first_name: 'Олена', last_name: 'Коваль', profile_pic: pictureUrl },
      'Олена Коваль',
      pictureUrl,
    ],
    [{ first_name: 'Олена', last_name: 'Коваль' }, 'Олена Коваль', null],
    [{ first_name: 'Олена' }, 'Олена', null],
    [{ id: '1' }, null, null],
  ])('%j is read', async (body, name, picture) => {
    const { io, seen } = platform([json(body)])
    expect(await facebook.profile?.(person, io)).toEqual({
      ok: true,
      value: { name, username: null, pictureUrl: picture },
    })
    expect(seen[0]?.url.pathname).toBe(`/${graphVersion}/5500000000000001`)
  })
})

describe('a check of a page', () => {
  const fields = [
    'messages',
    'message_echoes',
    'messaging_postbacks',
    'message_reactions',
    'message_deliveries',
    'message_reads',
  ]
  const info = (more = {}) =>
    json({ data: { app_id: '9', is_valid: true, expires_at: 0, scopes: ['pages_messaging'], ...more } })
  const page = (id = '106540352242922') => json({ id })
  const apps = (subscribed_fields: unknown[], id = '9') => json({ data: [{ id, subscribed_fields }] })

  test.each<[string, Reaction[], string[]]>([
    ['nothing wrong with a healthy one', [info(), page(), apps(fields)], []],
    ['another page', [info(), page('7'), apps(fields)], ['account.mismatch down']],
    ['messages that do not arrive', [info(), page(), apps(fields.slice(1))], ['subscription.missing down']],
    ['another app in our place', [info(), page(), apps(fields, '8')], ['subscription.missing down']],
    ['parts that do not arrive', [info(), page(), apps(fields.slice(0, 2))], ['subscription.incomplete warning']],
    ['fields in their newer form', [info(), page(), apps(fields.map((name) => ({ name, version: 'v26.0' })))], []],
    [
      'a missing permission',
      [info({ scopes: ['pages_show_list'] }), page(), apps(fields)],
      ['permission.missing warning'],
    ],
  ])('finds %s', async (_, reactions, problems) => {
    const answer = await facebook.check?.(platform(reactions).io)
    if (answer?.ok !== true) throw new Error(JSON.stringify(answer))
    expect(answer.value.problems.map(({ code, state }) => `${code} ${state}`)).toEqual(problems)
  })

  test('names what does not arrive', async () => {
    const { io } = platform([info(), page(), apps(fields.slice(0, 4))])
    const message = 'Webhook fields are not subscribed: message_deliveries, message_reads'
    expect(await facebook.check?.(io)).toMatchObject({ value: { problems: [{ message }] } })
  })

  test('sends the token apart from its header only to be asked about', async () => {
    const { io, seen } = platform([info(), page(), apps(fields)])
    await facebook.check?.(io)
    expect(seen.map(({ url }) => url.href.includes(token))).toEqual([true, false, false])
  })
})
