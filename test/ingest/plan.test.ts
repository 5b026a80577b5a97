import { describe, expect, it } from 'vitest'
import type { Alias, InboundItem, InboundMessage } from '../../src/channels/channel.ts'
import type { JournalEvent } from '../../src/protocol/frames.ts'
import { message, onChannel, phone, user } from './builders.ts'
import { type Model, apply, applyAll, channel, emptyModel, now } from './model.ts'

const outbound = (externalId: string, fields: Partial<InboundMessage> = {}) =>
  message({ externalId, direction: 'outbound', ...fields })
const after = (...items: InboundItem[]): Model => applyAll(items.map((item) => onChannel(item)))
const eventsOf = (model: Model): JournalEvent[] => model.events.map((row) => JSON.parse(row.data) as JournalEvent)
const typesOf = (model: Model) => model.events.map((row) => row.type)
const conversationOf = (model: Model) => model.tables.conversations.find((row) => row.status !== 'merged')

describe('a new message', () => {
  it('shows the conversation as it stands with it', () => {
    const [first, second] = eventsOf(
      applyAll([onChannel(message({ externalId: 'a' }), message({ externalId: 'b' }))]),
    ).filter((event) => event.type === 'new_message')
    expect(first).toMatchObject({ conversation: { unread_count: 1, last_message_preview: 'text of a' } })
    expect(second).toMatchObject({ conversation: { unread_count: 2, last_message_preview: 'text of b' } })
  })

  it('keeps a late one out of the preview, but counts it', () => {
    const model = after(
      message({ externalId: 'new', at: now - 1000 }),
      message({ externalId: 'late', at: now - 90_000 }),
    )
    expect(conversationOf(model)).toMatchObject({
      unreadCount: 2,
      lastMessagePreview: 'text of new',
      lastMessageAt: now - 1000,
    })
  })

  it('counts no echo, no system line and no imported history as unread', () => {
    const model = after(
      outbound('echo'),
      message({ externalId: 'system', type: 'system' }),
      message({ externalId: 'old', silent: true }),
      message({ externalId: 'lost', type: 'unsupported', content: '' }),
    )
    expect(conversationOf(model)).toMatchObject({ unreadCount: 1 })
    expect(eventsOf(model).filter((event) => event.type === 'new_message' && event.silent === true)).toHaveLength(1)
  })

  it('opens the reply window from the customer’s own time, not by echoes', () => {
    const model = after(message({ externalId: 'a', at: now - 50_000 }), outbound('b', { at: now - 1000 }))
    expect(conversationOf(model)?.lastInboundAt).toBe(now - 50_000)
    expect(eventsOf(model).at(-1)).toMatchObject({
      conversation: { can_reply_until: new Date(now - 50_000 + 86_400_000).toISOString() },
    })
  })

  it('opens a closed conversation again, an echo does not', () => {
    const opened = after(message({ externalId: 'a' }))
    const conversationId = conversationOf(opened)?.id ?? ''
    const closed = apply(opened, [{ item: { kind: 'conversation', conversationId, status: 'closed' } }]).model
    expect(conversationOf(apply(closed, onChannel(outbound('b'))).model)?.status).toBe('closed')
    expect(conversationOf(apply(closed, onChannel(message({ externalId: 'c' }))).model)?.status).toBe('open')
  })

  it('gives no time to a clock that runs ahead, and the receive time where there is none', () => {
    const model = after(message({ externalId: 'future', at: now + 86_400_000 }), message({ externalId: 'none', at: 0 }))
    expect(model.tables.messages.map((row) => row.createdAt)).toEqual([now, now])
  })

  it('keeps conversations of one contact apart by thread', () => {
    const model = after(message({ externalId: 'a', thread: '1' }), message({ externalId: 'b', thread: '2' }))
    expect(model.tables.conversations).toHaveLength(2)
    expect(model.tables.contacts).toHaveLength(1)
  })

  it('keeps huge details out of the row', () => {
    const model = after(message({ externalId: 'a', details: { pad: 'x'.repeat(70_000) } }))
    expect(model.tables.messages[0]?.details).toEqual({ truncated: true })
  })

  it('that history announced first is filled in by its file, whichever comes first', () => {
    const announced = message({ externalId: 'a', silent: true, type: 'unsupported', content: '', placeholder: true })
    const file = message({
      externalId: 'a',
      silent: true,
      type: 'image',
      content: 'Паспорт',
      attachments: [{ type: 'image', source: { mediaId: '1' } }],
    })
    for (const model of [after(announced, file, announced, file), after(file, announced)]) {
      expect(model.tables.messages).toHaveLength(1)
      expect(model.tables.messages[0]).toMatchObject({ type: 'image', content: 'Паспорт', details: {} })
      expect(model.tables.attachments).toHaveLength(1)
      expect(conversationOf(model)?.lastMessagePreview).toBe('Паспорт')
    }
    expect(typesOf(after(announced, file, announced, file)).filter((type) => type === 'message_updated')).toHaveLength(
      1,
    )
  })

  it('makes the channel healthy once', () => {
    expect(typesOf(after(message({ externalId: 'a' }), message({ externalId: 'b' })))).toEqual([
      'new_message',
      'channel_health',
      'new_message',
    ])
  })
})

describe('a status', () => {
  it('only moves forward, and says so once', () => {
    const status = (value: 'sent' | 'delivered' | 'read' | 'played') =>
      ({ kind: 'status', at: now, targetExternalId: 'out', status: value }) as const
    const model = after(
      outbound('out', { status: 'queued' }),
      status('read'),
      status('delivered'),
      status('sent'),
      status('read'),
      status('played'),
    )
    expect(model.tables.messages[0]?.status).toBe('played')
    expect(eventsOf(model).flatMap((event) => (event.type === 'message_status' ? [event.status] : []))).toEqual([
      'read',
      'played',
    ])
  })

  it('that says failed ends the attempt and keeps the reason', () => {
    const error = { code: '131047', title: 'Re-engagement message', details: null, kind: 'window' as const }
    const failed = { kind: 'status', at: now, targetExternalId: 'out', status: 'failed', error } as const
    const model = after(outbound('out'), failed, { ...failed, status: 'delivered' })
    expect(model.tables.messages[0]).toMatchObject({ status: 'failed', error })
  })

  it('waits for its message and is then part of its first event', () => {
    const model = after({ kind: 'status', at: now, targetExternalId: 'out', status: 'delivered' }, outbound('out'))
    expect(model.tables.parked).toEqual([])
    expect(eventsOf(model)).toMatchObject([{ type: 'new_message', message: { status: 'delivered' } }])
  })

  it('of a customer’s own message changes nothing', () => {
    const model = after(message({ externalId: 'in' }), {
      kind: 'status',
      at: now,
      targetExternalId: 'in',
      status: 'read',
    })
    expect(model.tables.messages[0]?.status).toBe('sent')
  })
})

describe('what happens to a message later', () => {
  it('an edit changes text and preview; an older edit does not', () => {
    const edit = { kind: 'edit', targetExternalId: 'a' } as const
    const model = after(
      message({ externalId: 'a' }),
      { ...edit, at: now - 1000, content: 'second' },
      { ...edit, at: now - 2000, content: 'first' },
    )
    expect(model.tables.messages[0]).toMatchObject({ content: 'second', editedAt: now - 1000 })
    expect(conversationOf(model)?.lastMessagePreview).toBe('second')
    expect(typesOf(model)).toEqual(['new_message', 'channel_health', 'message_updated', 'conversation_updated'])
  })

  it('an edit brings details in the place of those of the same names; an older edit does not', () => {
    const edit = { kind: 'edit', targetExternalId: 'a', content: 'x' } as const
    const model = after(
      message({ externalId: 'a', details: { entities: [1], forward: { from: 'Ihor' } } }),
      { ...edit, at: now - 1000, details: { entities: [] } },
      { ...edit, at: now - 2000, details: { entities: [2] } },
    )
    expect(model.tables.messages[0]?.details).toEqual({ entities: [], forward: { from: 'Ihor' } })
  })

  it('a deletion leaves a tombstone without content, files or a way back', () => {
    const model = after(
      message({
        externalId: 'a',
        attachments: [{ type: 'image', source: { objectKey: 't/x/y' } }],
        details: { secret: 1 },
      }),
      { kind: 'deletion', at: now, targetExternalId: 'a' },
      { kind: 'edit', at: now, targetExternalId: 'a', content: 'back' },
    )
    expect(model.tables.messages[0]).toMatchObject({ content: '', details: {}, deletedAt: now })
    expect(model.tables.attachments[0]).toMatchObject({ objectKey: null, state: 'expired' })
    expect(eventsOf(model).findLast((event) => event.type === 'message_updated')).toMatchObject({
      message: { attachments: [] },
    })
  })

  it('the latest reaction of each person stands, and one taken back does not return', () => {
    const reaction = { kind: 'reaction', targetExternalId: 'a' } as const
    const model = after(
      message({ externalId: 'a' }),
      { ...reaction, at: now - 1000, by: 'customer' },
      { ...reaction, at: now - 2000, by: 'customer', emoji: '👍' },
      { ...reaction, at: now - 500, by: 'business', emoji: '❤️' },
    )
    const [last] = eventsOf(model).slice(-1)
    expect(last).toMatchObject({ message: { reactions: [{ by: 'business', emoji: '❤️' }] } })
  })
})

it('a message takes reactions of many people, but not without end', () => {
  const reaction = { kind: 'reaction', at: now, targetExternalId: 'a', emoji: '👍' } as const
  const crowd = Array.from({ length: 600 }, (_, n) => ({ ...reaction, by: `member ${n}` }))
  const model = applyAll([onChannel(message({ externalId: 'a' }), ...crowd)])
  expect(model.tables.reactions).toHaveLength(500)
})

describe('a contact', () => {
  it('is found by any of its aliases', () => {
    const model = after(
      message({ externalId: 'a', contact: { aliases: [phone('1'), user('UA.1')] } }),
      message({ externalId: 'b', contact: { aliases: [user('UA.1')] } }),
    )
    expect(model.tables.conversations).toHaveLength(1)
    expect(conversationOf(model)).toMatchObject({ externalId: '+1', unreadCount: 2 })
  })

  it('gets a new name and address everywhere, by the latest word', () => {
    const model = after(
      message({ externalId: 'a', at: now - 3000, contact: { aliases: [user('UA.1')] } }),
      { kind: 'contact', at: now - 1000, contact: { aliases: [user('UA.1'), phone('380')], name: 'Нове ім’я' } },
      { kind: 'contact', at: now - 2000, contact: { aliases: [user('UA.1')], name: 'Старе' } },
    )
    expect(conversationOf(model)).toMatchObject({ externalId: '+380', clientName: 'Нове ім’я' })
    expect(typesOf(model).filter((type) => type === 'conversation_updated')).toHaveLength(1)
  })

  it('that turns out to be another one takes everything along', () => {
    const model = after(
      message({ externalId: 'a', at: now - 3000, contact: { aliases: [phone('1')], name: 'Ann' } }),
      message({ externalId: 'b', at: now - 2000, contact: { aliases: [user('UA.1')], name: 'Ann B.' } }),
      { kind: 'contact', at: now - 1000, contact: { aliases: [phone('1'), user('UA.1')] } },
    )
    const winner = conversationOf(model)
    expect(model.tables.messages.map((row) => row.conversationId)).toEqual([winner?.id, winner?.id])
    expect(winner).toMatchObject({ unreadCount: 2, lastMessagePreview: 'text of b', clientName: 'Ann B.' })
    const told = eventsOf(model).filter((event) => event.type === 'conversation_updated')
    expect(told).toContainEqual(
      expect.objectContaining({ conversation: expect.objectContaining({ status: 'merged', merged_into: winner?.id }) }),
    )
  })

  it.each([
    { read: ['a1', 'a2', 'b'], unreadCount: 0, upTo: 'a2' },
    { read: ['a1', 'a2'], unreadCount: 1, upTo: null },
    { read: ['a1', 'b'], unreadCount: 1, upTo: 'a1' },
    { read: ['a1'], unreadCount: 2, upTo: null },
    { read: ['a1'], unreadCount: 1, upTo: 'a1', isAnswer: true },
  ])('that turns out to be another one leaves read what was, and unread what was: %o', (one) => {
    const [ann, known] = [{ aliases: [phone('1')] as [Alias] }, { aliases: [user('UA.1')] as [Alias] }]
    const apart = after(
      message({ externalId: 'a1', contact: ann }),
      message({ externalId: 'b', contact: known, ...(one.isAnswer === true ? { direction: 'outbound' } : {}) }),
      message({ externalId: 'a2', contact: ann }),
    )
    const marks = apart.tables.messages
      .filter(({ externalId }) => one.read.includes(externalId ?? ''))
      .map(({ id, conversationId }) => ({ item: { kind: 'read' as const, conversationId, messageId: id } }))
    const aliases: [Alias, Alias] = [phone('1'), user('UA.1')]
    const { model } = apply(apply(apart, marks).model, onChannel({ kind: 'contact', at: now, contact: { aliases } }))
    const readSeq = apart.tables.messages.find(({ externalId }) => externalId === one.upTo)?.seq ?? 0
    expect(conversationOf(model)).toMatchObject({ unreadCount: one.unreadCount, readSeq })
  })
})

describe('the staff', () => {
  it('cannot change what is not there', () => {
    const nowhere = { kind: 'read', conversationId: crypto.randomUUID(), messageId: crypto.randomUUID() } as const
    expect(apply(emptyModel(), [{ item: nowhere }]).results[0]).toMatchObject({
      outcome: 'refused',
      code: 'conversation.not_found',
    })
    const model = after(message({ externalId: 'a' }))
    const conversationId = conversationOf(model)?.id ?? ''
    expect(apply(model, [{ item: { ...nowhere, conversationId } }]).results[0]).toMatchObject({
      code: 'message.not_found',
    })
  })

  it('marks read up to a message by arrival, and never back', () => {
    const model = after(message({ externalId: 'a' }), message({ externalId: 'b' }), message({ externalId: 'c' }))
    const { conversationId = '', id: first = '' } = model.tables.messages[0] ?? {}
    const second = model.tables.messages[1]?.id ?? ''
    const read = apply(model, [{ item: { kind: 'read', conversationId, messageId: second } }])
    expect(conversationOf(read.model)?.unreadCount).toBe(1)
    const back = apply(read.model, [{ item: { kind: 'read', conversationId, messageId: first } }])
    expect(back.results[0]?.outcome).toBe('duplicate')
    expect(conversationOf(back.model)?.unreadCount).toBe(1)
  })
})

describe('a channel’s health', () => {
  const report = (state: 'ok' | 'warning' | 'down', at: number) =>
    ({ kind: 'health', state, at, code: `c.${state}`, message: 'm' }) as const

  it('follows the latest report by the platform’s clock', () => {
    const model = after(report('down', now - 1000), report('ok', now - 5000))
    expect(model.tables.health[0]).toMatchObject({ state: 'down', lastErrorCode: 'c.down' })
  })

  it('counts a report without a time of its own once', () => {
    const model = after(report('warning', 0), report('warning', 0))
    expect(typesOf(model)).toEqual(['channel_health'])
  })

  it('counts wrong signatures', () => {
    const failures = { channel, item: { kind: 'signature_failures' as const, count: 3, at: now } }
    const model = applyAll([[failures], [failures]])
    expect(model.tables.health[0]).toMatchObject({ signatureFailures: 6, lastErrorCode: 'webhook.signature' })
  })
})
