import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { aliasOf } from '../../src/channels/registry.ts'
import { checkItem } from '../../src/http/broadcast-check.ts'
import { capUtf8, maxContentBytes, meaningOf } from '../../src/http/broadcast-item.ts'
import { BroadcastItem } from '../../src/protocol/api.ts'

const upload = '6f2b8a52-6f6f-4a2e-8f59-3d4a7a0c1b2d'
const base = {
  channel: { platform: 'telegram', external_id: '7000000001' },
  conversation: { external_id: '610000001', client_name: ' Дарина ' },
  message: { external_id: '1', direction: 'inbound', content: 'Привіт', created_at: '2026-01-22T12:00:00+02:00' },
}
const withMessage = (fields: object) => ({ ...base, message: { ...base.message, ...fields } })
const meaning = (value: unknown, files = new Map()) => meaningOf(BroadcastItem.parse(value), files, 't/tenant/key')

describe('what a broadcast item means', () => {
  it('is a message of its contact at the time of its source', () => {
    expect(meaning(base).item).toEqual({
      kind: 'message',
      at: Date.UTC(2026, 0, 22, 10),
      externalId: '1',
      contact: { aliases: [{ kind: 'peer', value: '610000001' }], name: 'Дарина' },
      direction: 'inbound',
      type: 'text',
      content: 'Привіт',
    })
  })

  it.each([
    ['telegram', '+380501234567', { kind: 'peer', value: '+380501234567' }],
    ['email', 'Olena@Example.com', { kind: 'address', value: 'olena@example.com' }],
    ['whatsapp', '+380501234567', { kind: 'phone', value: '380501234567' }],
    ['whatsapp', '380501234567', { kind: 'phone', value: '380501234567' }],
    ['whatsapp', 'UA.13491208655302741918', { kind: 'user', value: 'UA.13491208655302741918' }],
    ['facebook', '24011223344', { kind: 'user', value: '24011223344' }],
    ['instagram', '17841400000000000', { kind: 'user', value: '17841400000000000' }],
    ['pigeon', 'Loft-7', { kind: 'user', value: 'Loft-7' }],
  ] as const)('names a contact on %s by %s as webhooks do', (platform, externalId, alias) => {
    expect(aliasOf(platform, externalId)).toEqual(alias)
  })

  it('may be in a topic of a contact that has other ids as well', () => {
    const conversation = { ...base.conversation, external_id: '-1001', thread: '7', aliases: ['-5'] }
    expect(meaning({ ...base, conversation }).item).toMatchObject({
      contact: {
        aliases: [
          { kind: 'peer', value: '-1001' },
          { kind: 'peer', value: '-5' },
        ],
      },
      thread: '7',
    })
    expect(meaning({ ...base, conversation: { ...conversation, thread: '' } }).item).not.toHaveProperty('thread')
  })

  it('is an echo when the business sent it; of imported history only what names a reply', () => {
    const reference = crypto.randomUUID()
    const echo = (fields: object, more: object = {}) =>
      (meaning({ ...withMessage(fields), ...more }).item as { echo?: unknown }).echo
    expect(echo({ direction: 'inbound', reference })).toBeUndefined()
    expect(echo({ direction: 'outbound' })).toEqual({})
    expect(echo({ direction: 'outbound', reference })).toEqual({ reference })
    expect(echo({ direction: 'outbound' }, { silent: true })).toBeUndefined()
    expect(echo({ direction: 'outbound', reference }, { silent: true })).toEqual({ reference })
  })

  it('announces files by their keys, in their order beside those that are there', () => {
    const files = new Map([[upload, { objectKey: 't/tenant/file', mimeType: 'image/png', size: 5 }]])
    const attachments = [
      { key: 'a', mime_type: 'video/mp4', size: 9, filename: 'кіно.mp4' },
      { upload_id: upload },
      { key: 'b', type: 'sticker' },
    ]
    expect(meaning(withMessage({ attachments }), files).item).toMatchObject({
      attachments: [
        { type: 'video', mimeType: 'video/mp4', size: 9, filename: 'кіно.mp4', source: { announcedKey: 'a' } },
        { type: 'image', source: { objectKey: 't/tenant/file' } },
        { type: 'sticker', source: { announcedKey: 'b' } },
      ],
    })
  })

  it('is what became of such a file, or what the customer has read', () => {
    const files = new Map([[upload, { objectKey: 't/tenant/file', mimeType: 'image/png', size: 5 }]])
    const file = (fields: object) =>
      meaning({ kind: 'file', channel: base.channel, message: { external_id: '1' }, file: fields }, files).item
    const of = { kind: 'file', at: 0, targetExternalId: '1', key: 'a' }
    const stored = { objectKey: 't/tenant/file', size: 5 }
    expect(file({ key: 'a', upload_id: upload })).toEqual({
      ...of,
      outcome: { stored: { ...stored, mimeType: 'image/png' } },
    })
    expect(file({ key: 'a', upload_id: upload, mime_type: 'image/webp' })).toEqual({
      ...of,
      outcome: { stored: { ...stored, mimeType: 'image/webp' } },
    })
    expect(file({ key: 'a', error: { code: 'gone', title: 'Gone' } })).toEqual({
      ...of,
      outcome: { error: { code: 'gone', title: 'Gone', details: null } },
    })
    const read = { kind: 'read', channel: base.channel, conversation: base.conversation }
    const upTo = Date.UTC(2026, 0, 22, 10)
    expect(meaning({ ...read, read: { up_to: '2026-01-22T10:00:00Z' } }).item).toEqual({
      kind: 'watermark',
      at: upTo,
      contact: { aliases: [{ kind: 'peer', value: '610000001' }], name: 'Дарина' },
      status: 'read',
      upTo,
    })
  })

  it.each([
    ['a thread', { conversation: { ...base.conversation, thread: 'a\nb' } }],
    ['another id', { conversation: { ...base.conversation, aliases: ['\u0000'] } }],
    ['a key', { message: { ...base.message, attachments: [{ key: 'a\tb' }] } }],
  ])('cannot have %s with characters that no id has', (_, fields) => {
    expect(checkItem({ ...base, ...fields })).toMatchObject({ ok: false, error: { code: 'item.invalid' } })
  })

  it('takes a reaction without an emoji, or with an empty one, as taken back', () => {
    const reaction = (fields: object) =>
      meaning({
        kind: 'reaction',
        channel: base.channel,
        message: { external_id: '1' },
        reaction: { at: '2026-01-22T10:00:00Z', ...fields },
      }).item
    const taken = { kind: 'reaction', at: Date.UTC(2026, 0, 22, 10), targetExternalId: '1', by: 'customer' }
    expect(reaction({})).toEqual(taken)
    expect(reaction({ emoji: null })).toEqual(taken)
    expect(reaction({ emoji: '' })).toEqual(taken)
    expect(reaction({ emoji: '👍', by: 'business' })).toEqual({ ...taken, by: 'business', emoji: '👍' })
  })

  it('knows a file by its type, and shows a drawing as a document only', () => {
    const kind = (mimeType: string | null, type = 'text') => {
      const files = new Map([[upload, { objectKey: 't/tenant/file', mimeType, size: 5 }]])
      const { item } = meaning(withMessage({ type, attachments: [{ upload_id: upload, filename: 'a\0b' }] }), files)
      return item.kind === 'message' ? item.attachments?.[0] : undefined
    }
    const kinds = ['image/png', 'audio/ogg; codecs=opus', 'VIDEO/mp4', 'image/svg+xml', 'application/pdf', null]
    expect(kinds.map((mimeType) => kind(mimeType)?.type)).toEqual([
      'image',
      'audio',
      'video',
      'document',
      'document',
      'document',
    ])
    expect(kind('image/webp', 'sticker')?.type).toBe('sticker')
    expect(kind('image/png')).toMatchObject({ filename: 'ab', size: 5, source: { objectKey: 't/tenant/file' } })
  })

  it('cuts a long text and puts the whole of it beside the message', () => {
    const content = 'я'.repeat(40_000)
    const { item, overflow } = meaning(withMessage({ content }))
    expect(overflow).toEqual({ objectKey: 't/tenant/key', text: content })
    expect(item).toMatchObject({
      content: 'я'.repeat(maxContentBytes / 2),
      attachments: [{ type: 'document', filename: 'message.txt', size: 80_000, source: { objectKey: 't/tenant/key' } }],
    })
    expect(meaning(withMessage({ content: 'x'.repeat(maxContentBytes) })).overflow).toBeUndefined()
  })
})

describe('a capped text', () => {
  it('is the longest well-formed beginning that fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), fc.nat(80), (text, max) => {
        const capped = capUtf8(text, max)
        const size = (value: string) => new TextEncoder().encode(value).length
        expect(text.startsWith(capped)).toBe(true)
        expect(capped.isWellFormed()).toBe(true)
        expect(size(capped)).toBeLessThanOrEqual(max)
        const next = [...text.slice(capped.length)][0] ?? ''
        expect(next === '' || size(capped + next) > max).toBe(true)
      }),
    )
  })
})

describe('checking an item', () => {
  it('never throws, whatever it is given', () => {
    fc.assert(
      fc.property(fc.anything({ maxDepth: 4 }), (value) => {
        const checked = checkItem(value)
        expect(checked.ok || checked.error.code === 'item.invalid').toBe(true)
      }),
    )
  })

  it('says what is wrong by the form that came closest', () => {
    const problem = (value: unknown) => {
      const checked = checkItem(value)
      return checked.ok ? '' : checked.error.message
    }
    const edit = { kind: 'edit', channel: base.channel, message: { external_id: '1', content: 'x' } }
    expect(problem(edit)).toMatch(/^message\.edited_at: /)
    expect(problem(withMessage({ direction: 'up' }))).toMatch(/^message\.direction: /)
    expect(problem(withMessage({ reply_to_external_id: 'a\nb' }))).toMatch(/^message\.reply_to_external_id: /)
    expect(problem(withMessage({ details: { a: 'я'.repeat(33_000) } }))).toMatch(/^message\.details: /)
    const large = { edited_at: '2026-11-23T09:00:00Z', details: { a: 'я'.repeat(33_000) } }
    expect(problem({ ...edit, message: { ...edit.message, ...large } })).toMatch(/^message\.details: /)
  })
})
