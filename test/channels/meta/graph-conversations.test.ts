import { describe, expect, test } from 'vitest'
import { calls as facebook } from '../../../src/channels/facebook/calls.ts'
import { parse as parseFacebook } from '../../../src/channels/facebook/parse.ts'
import { calls as instagram } from '../../../src/channels/instagram/calls.ts'
import { parse as parseInstagram } from '../../../src/channels/instagram/parse.ts'
import { graphVersion } from '../../../src/channels/meta/graph.ts'
import type { PlatformIo } from '../../../src/channels/outbound.ts'
import { collect, graphError, instagramLogin, type Json, json, now, platform, type Reaction } from '../platform-io.ts'

const us = '106540352242922'
const otherUs = '17841405822304914'
const customer = '5500000000000001'
const minute = (n: number) => `2026-11-23T11:${String(n).padStart(2, '0')}:00+0000`
const since = Date.parse('2026-11-23T11:10:00Z')

const inbound = (id: string, at: number, more: Json = {}): Json => ({
  id,
  created_time: minute(at),
  from: { id: customer, name: 'Олена' },
  to: { data: [{ id: us, name: 'Бюро' }] },
  message: `text of ${id}`,
  ...more,
})
const outbound = (id: string, at: number, more: Json = {}): Json =>
  inbound(id, at, { from: { id: us }, to: { data: [{ id: customer }] }, ...more })
const conversation = (updated: number, ...messages: Json[]): Json => ({
  id: `t_${updated}`,
  updated_time: minute(updated),
  messages: { data: messages, paging: { cursors: { after: 'inner' } } },
})
const page = (after: string | null, ...conversations: Json[]) =>
  json({
    data: conversations,
    paging: { cursors: { after: after ?? 'last' }, ...(after !== null && { next: 'https://evil.example/next' }) },
  })

const askFor = (calls: typeof facebook) => calls as Required<typeof facebook>

async function recent(calls: typeof facebook, reactions: Reaction[], more: Partial<PlatformIo> = {}) {
  const { io, seen } = platform(reactions, more)
  return { answers: await collect(askFor(calls).recent(since, io)), seen }
}

async function eventsOf(calls: typeof facebook, message: Json, more: Partial<PlatformIo> = {}): Promise<unknown[]> {
  const { answers } = await recent(calls, [page(null, conversation(20, message))], more)
  return answers.flatMap((answer) => {
    if (!answer.ok) throw new Error(answer.error.code)
    const { entry } = answer.value as { entry: { messaging: unknown[] }[] }
    return entry.flatMap(({ messaging }) => messaging)
  })
}

describe('recent messages', () => {
  test('come as a webhook would have brought them, oldest first, with our own as echoes', async () => {
    const reactions = [page(null, conversation(21, outbound('m_2', 21), inbound('m_1', 20)))]
    const { answers, seen } = await recent(facebook, reactions)
    const at = (n: number) => Date.parse(`2026-11-23T11:${n}:00Z`)
    expect(answers).toEqual([
      {
        ok: true,
        value: {
          object: 'page',
          entry: [
            {
              id: us,
              time: now,
              messaging: [
                {
                  sender: { id: customer },
                  recipient: { id: us },
                  timestamp: at(20),
                  message: { mid: 'm_1', text: 'text of m_1' },
                },
                {
                  sender: { id: us },
                  recipient: { id: customer },
                  timestamp: at(21),
                  message: { mid: 'm_2', text: 'text of m_2', is_echo: true },
                },
              ],
            },
          ],
        },
      },
    ])
    expect(seen[0]?.url.pathname).toBe(`/${graphVersion}/${us}/conversations`)
    expect(seen[0]?.url.searchParams.get('platform')).toBe('messenger')
  })

  test('of Instagram are asked of its own host, where the account signed in there', async () => {
    const { answers, seen } = await recent(instagram, [page(null, conversation(20, inbound('a', 20)))], instagramLogin)
    expect(answers).toMatchObject([{ ok: true, value: { object: 'instagram' } }])
    expect(seen[0]?.url.href).toMatch(`https://graph.instagram.com/${graphVersion}/me/conversations?platform=instagram`)
  })

  test('end where the conversations are older, and pages are turned by cursor', async () => {
    const reactions = [
      page('C1', conversation(30, inbound('m_3', 30))),
      page('C2', conversation(20, inbound('m_2', 20), inbound('m_1', 5)), conversation(5, inbound('m_0', 5))),
    ]
    const { answers, seen } = await recent(facebook, reactions)
    expect(answers).toHaveLength(2)
    expect(JSON.stringify(answers)).not.toMatch(/m_[01]/)
    expect(seen.map(({ url }) => [url.origin, url.searchParams.get('after')])).toEqual([
      ['https://graph.facebook.com', null],
      ['https://graph.facebook.com', 'C1'],
    ])
  })

  test('that are none make no delivery', async () => {
    const { answers } = await recent(facebook, [page(null, conversation(5, inbound('m_0', 5)))])
    expect(answers).toEqual([])
  })

  test('end with what went wrong', async () => {
    const reactions = [page('C1', conversation(30, inbound('m_3', 30))), graphError({ code: 4 })]
    const { answers } = await recent(facebook, reactions)
    expect(answers).toMatchObject([{ ok: true }, { ok: false, error: { code: '4' } }])
  })

  test('are not asked for without a token', async () => {
    const { answers, seen } = await recent(facebook, [], { credentials: {} })
    expect(answers).toMatchObject([{ ok: false, error: { code: 'credentials.missing' } }])
    expect(seen).toHaveLength(0)
  })

  test('stop after a bounded number of pages', async () => {
    const endless = Array.from({ length: 50 }, (_, i) => page(`C${i}`, conversation(30, inbound(`m_${i}`, 30))))
    const { seen } = await recent(facebook, endless)
    expect(seen).toHaveLength(20)
  })
})

describe('a message of the account under its other id', () => {
  const more = { channel: { externalId: us, alternateExternalId: otherUs, accountId: null } }

  test('is an echo', async () => {
    const message = outbound('a', 20, { from: { id: otherUs } })
    expect(await eventsOf(instagram, message, more)).toMatchObject([
      { sender: { id: us }, recipient: { id: customer }, message: { is_echo: true } },
    ])
  })

  test('that is not known is taken for nobody', async () => {
    const message = outbound('a', 20, { from: { id: otherUs } })
    expect(await eventsOf(instagram, message)).toEqual([])
  })

  test('is what a customer writes to', async () => {
    const message = inbound('a', 20, { to: { data: [{ id: otherUs }] } })
    expect(await eventsOf(instagram, message, more)).toMatchObject([
      { sender: { id: customer }, recipient: { id: us } },
    ])
  })
})

describe('the content of a recent message', () => {
  const url = 'https://scontent.xx.fbcdn.net/v/1'

  test.each<[string, Json, object]>([
    [
      'a picture',
      { attachments: { data: [{ mime_type: 'image/jpeg', image_data: { url, width: 1 } }] } },
      { attachments: [{ type: 'image', payload: { url } }] },
    ],
    [
      'a film',
      { attachments: { data: [{ mime_type: 'video/mp4', video_data: { url } }] } },
      { attachments: [{ type: 'video', payload: { url } }] },
    ],
    [
      'a voice note',
      { attachments: { data: [{ mime_type: 'audio/mpeg', file_url: url }] } },
      { attachments: [{ type: 'audio', payload: { url } }] },
    ],
    [
      'a document',
      { attachments: { data: [{ mime_type: 'application/pdf', file_url: url }] } },
      { attachments: [{ type: 'file', payload: { url } }] },
    ],
    [
      'two files',
      { attachments: { data: [{ file_url: url }, { image_data: { url } }] } },
      {
        attachments: [
          { type: 'file', payload: { url } },
          { type: 'image', payload: { url } },
        ],
      },
    ],
    ['a sticker', { sticker: url }, { attachments: [{ type: 'sticker', payload: { url } }] }],
    [
      'something shared',
      { shares: { data: [{ link: url, name: 'Допис' }] } },
      { attachments: [{ type: 'share', payload: { url, title: 'Допис' } }] },
    ],
    [
      'a mention in a story',
      { story: { mention: { id: '1', link: url } } },
      { attachments: [{ type: 'story_mention', payload: { url } }] },
    ],
    [
      'an answer to a story',
      { story: { reply_to: { id: '1', link: url } } },
      { reply_to: { story: { id: '1', url } } },
    ],
    ['an answer to a message', { reply_to: { mid: 'm_0', is_self_reply: false } }, { reply_to: { mid: 'm_0' } }],
    ['something the API does not show', { is_unsupported: true }, { is_unsupported: true }],
    ['a file that nobody can fetch', { attachments: { data: [{ id: '1' }] } }, {}],
  ])('is that of the webhook for %s', async (_, more, content) => {
    const message = inbound('m_1', 20, { message: '', ...more })
    const events = await eventsOf(instagram, message)
    expect(events).toEqual([expect.objectContaining({ message: { mid: 'm_1', ...content } })])
    for (const parse of [parseFacebook, parseInstagram]) {
      const object = parse === parseFacebook ? 'page' : 'instagram'
      const updates = parse({ object, entry: [{ id: us, time: now, messaging: events }] })
      expect(updates).toMatchObject([{ kind: 'item', item: { kind: 'message', externalId: 'm_1' } }])
    }
  })

  test.each<[string, Json]>([
    ['no id', { id: undefined }],
    ['an id that is a number', { id: 5 }],
    ['no time', { created_time: undefined }],
    ['a time that is none', { created_time: 'yesterday' }],
    ['no sender', { from: undefined }],
  ])('is left out when it has %s', async (_, more) => {
    expect(await eventsOf(facebook, inbound('m_1', 20, more))).toEqual([])
  })

  test('may have its time in unix seconds', async () => {
    expect(await eventsOf(facebook, inbound('m_1', 20, { created_time: since / 1000 + 60 }))).toMatchObject([
      { timestamp: since + 60_000 },
    ])
  })
})
