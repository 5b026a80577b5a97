import { describe, expect, it } from 'vitest'
import type { InboundHealth } from '../../src/channels/channel.ts'
import type { IngestItem, NoteItem } from '../../src/ingest/items.ts'
import type { EventRow } from '../../src/ingest/snapshot.ts'
import { standingOf } from '../../src/notifications/facts.ts'
import { factsOf } from '../../src/notifications/facts-of-event.ts'
import { systemNotice, testNotice } from '../../src/notifications/notice.ts'
import { planItems } from '../../src/ingest/plan.ts'
import { message, onChannel } from './builders.ts'
import { type Model, apply, channel, contextOf, emptyModel, now } from './model.ts'
import { begun, error, failedWith, on, status, withReply } from './reply-builders.ts'

const [anna, boris, vira] = [1, 2, 3].map((n) => `${String(n).repeat(8)}-aaaa-4aaa-8aaa-aaaaaaaaaaaa`) as [
  string,
  string,
  string,
]
const author = '33333333-3333-4333-8333-333333333333' // of the replies that the builders write
const everybody = [anna, boris, vira, author]

const linesOf = (row: EventRow) => factsOf({ ...row, at: row.createdAt })
const told = (model: Model, after = 0) =>
  model.events.filter(({ seq }) => seq > after).map(({ notify, audience }) => [notify, audience])
const assign = (conversationId: string, assigneeId: string | null, by?: string): IngestItem => ({
  item: { kind: 'conversation', conversationId, assigneeId, ...(by === undefined ? {} : { by }) },
})
const note = (conversationId: string, fields: Partial<NoteItem> = {}): IngestItem => ({
  item: {
    kind: 'note',
    conversationId,
    clientNoteId: 'n1',
    at: now,
    author: { userId: anna, name: 'Анна' },
    text: '@Борис глянь',
    mentions: [boris],
    ...fields,
  },
})
const health = (state: 'ok' | 'down', at: number): InboundHealth => ({
  kind: 'health',
  at,
  state,
  code: `token.${state}`,
  message: 'Words of the platform',
})

describe('the first message of a customer', () => {
  it('says that it begins a conversation, the second one does not', () => {
    const { model } = begun(message({ externalId: 'again' }))
    const causes = model.events.filter(({ type }) => type === 'new_message').map(({ data }) => data.includes('"cause"'))
    expect(causes).toEqual([true, false])
    expect(told(model).filter(([notify]) => notify !== null)).toEqual([
      ['new_conversation', ''],
      ['new_message', ''],
    ])
  })

  it.each([
    ['imported history', { silent: true }],
    ['an echo of ours', { direction: 'outbound' as const }],
    ['what the platform reports', { type: 'system' as const }],
  ])('tells nobody when it is %s', (_, fields) => {
    const { model } = apply(emptyModel(), onChannel(message({ externalId: 'a', ...fields })))
    expect(told(model).filter(([notify]) => notify !== null)).toEqual([])
  })
})

describe('an assignment', () => {
  it('says who did it and whose the conversation was; closing it says nothing', () => {
    const { model, conversationId } = begun()
    const given = apply(model, [assign(conversationId, anna, boris)]).model
    const taken = apply(given, [assign(conversationId, vira, anna)]).model
    expect(JSON.parse(taken.events.at(-1)?.data ?? '')).toMatchObject({
      cause: { kind: 'assignment', by: anna, from: anna },
      conversation: { assignee_id: vira },
    })
    const again = apply(taken, [assign(conversationId, vira, boris)]).model
    const closed = apply(again, [{ item: { kind: 'conversation', conversationId, status: 'closed', by: vira } }]).model
    expect(told(closed, 2)).toEqual([
      ['assignment', anna],
      ['assignment', vira],
      [null, null],
    ])
  })
})

describe('a reply that fails', () => {
  it.each([
    ['when it is sent', (reply: ReturnType<typeof withReply>) => failedWith(reply)],
    ['by a later status', (reply: ReturnType<typeof withReply>) => status('wamid.1', 'failed', reply.messageId)],
  ])('%s names its author and its conversation, once', (_, failing) => {
    const reply = withReply()
    const { model } = apply(reply.model, [failing(reply)])
    const repeated = apply(model, [failing(reply)]).model
    const failures = repeated.events.filter(({ notify }) => notify === 'send_failed')
    expect(failures).toHaveLength(1)
    expect(JSON.parse(failures[0]?.data ?? '')).toMatchObject({
      cause: {
        kind: 'send_failed',
        author_id: author,
        assignee_id: null,
        channel_id: channel.id,
        client_name: 'Олена',
      },
    })
    expect(failures[0] && linesOf(failures[0])?.bodies).toMatchObject([{ kind: 'send_failed', error }])
  })
})

describe('a note', () => {
  it('is one event for whom it names, and changes nothing that customers or lists see', () => {
    const { model, conversationId } = begun()
    const before = model.tables.conversations
    const written = apply(model, [note(conversationId), note(conversationId, { text: 'something else' })])
    expect(written.results.map(({ outcome }) => outcome)).toEqual(['applied', 'duplicate'])
    expect(apply(written.model, [note(conversationId)]).results).toMatchObject([{ outcome: 'duplicate' }])
    expect(written.model.tables.conversations).toEqual(before)
    expect(told(written.model, 2)).toEqual([['mention', null]])
    expect(apply(model, [note(crypto.randomUUID())]).results).toMatchObject([{ code: 'conversation.not_found' }])
  })

  it('that names nobody tells nobody', () => {
    const { model, conversationId } = begun()
    expect(told(apply(model, [note(conversationId, { mentions: [] })]).model, 2)).toEqual([[null, null]])
  })
})

describe('a channel', () => {
  const report = (model: Model, state: 'ok' | 'down', at: number) => apply(model, [on(health(state, at))], at).model
  const sweep = (model: Model, at: number) => apply(model, [{ channel, item: { kind: 'alert_sweep' } }], at)
  const alerts = (model: Model) => model.events.flatMap(({ notify }) => notify ?? [])
  const minute = 60_000

  it('that goes down and works again is told of, each once', () => {
    const down = report(emptyModel(), 'down', now)
    const worse = apply(down, [on({ ...health('down', now + minute), code: 'other' })], now + minute).model
    expect(alerts(report(worse, 'ok', now + 60 * minute))).toEqual(['channel_down', 'channel_up'])
  })

  it('that flaps is said to work only once it has for a while, though nothing is heard of it', () => {
    let model = report(emptyModel(), 'down', now)
    for (let n = 1; n <= 5; n++) model = report(model, n % 2 === 1 ? 'ok' : 'down', now + n * minute)
    expect(alerts(model)).toEqual(['channel_down', 'channel_up', 'channel_down'])
    const upAt = now + 5 * minute
    expect(model.tables.health[0]?.alertUpSince).toBe(upAt)
    expect(sweep(model, upAt + 14 * minute).results).toMatchObject([{ outcome: 'duplicate' }])
    const settled = sweep(model, upAt + 15 * minute)
    expect(settled.results).toMatchObject([{ outcome: 'applied' }])
    expect(alerts(settled.model).at(-1)).toBe('channel_up')
    expect(sweep(settled.model, upAt + 16 * minute).results).toMatchObject([{ outcome: 'duplicate' }])
  })
})

describe('a notice', () => {
  it('of one key is told once, to whom it is for', () => {
    const item = {
      kind: 'notice',
      ...systemNotice({ title: 'Backup', text: '', key: 'k', user_id: anna }, 'r'),
    } as const
    const first = apply(emptyModel(), [{ item }, { item }])
    expect(first.results.map(({ outcome }) => outcome)).toEqual(['applied', 'duplicate'])
    expect(apply(first.model, [{ item }]).results).toMatchObject([{ outcome: 'duplicate' }])
    expect(told(first.model)).toEqual([['system', null]])
    const all = { kind: 'notice', ...systemNotice({ title: 'Backup', text: '' }, 'r') } as const
    expect(told(apply(emptyModel(), [{ item: all }]).model)).toEqual([['system', '']])
  })
})

describe('what the journal keeps beside its lines', () => {
  const history = () => {
    const reply = withReply({}, begun(message({ externalId: 'b' })))
    const { conversationId } = reply
    const { draft } = planItems(
      { ...reply.model.tables, eventKeys: [] },
      [
        assign(conversationId, anna, boris),
        ...onChannel(message({ externalId: 'c' }), message({ externalId: 'd', silent: true })),
        assign(conversationId, null),
        note(conversationId, { mentions: [boris, vira] }),
        note(conversationId, { clientNoteId: 'n2', mentions: [] }),
        failedWith(reply),
        on(health('down', now)),
        { item: { kind: 'notice', ...systemNotice({ title: 'A', text: '' }, 'r1') } },
        { item: { kind: 'notice', ...testNotice([vira], 'r2') } },
      ],
      contextOf(reply.model.tables.head.tenantId),
    )
    return { events: [...reply.model.events, ...draft.events], concerned: draft.concerned }
  }

  it('names a kind exactly where there is something to tell', () => {
    for (const row of history().events) {
      expect([row.data, linesOf(row)?.bodies[0].kind ?? null]).toEqual([row.data, row.notify])
    }
    expect(new Set(history().events.map(({ notify }) => notify))).toEqual(
      new Set([
        null,
        'new_conversation',
        'new_message',
        'assignment',
        'mention',
        'send_failed',
        'channel_down',
        'system',
        'test',
      ]),
    )
  })

  it('finds every line for everybody whom it concerns as their own, as nobody’s, or in person', () => {
    const { events, concerned } = history()
    for (const row of events) {
      const facts = linesOf(row)
      if (facts === null) continue
      for (const userId of everybody) {
        const standing = standingOf(facts, userId)
        if (standing === 'none' || standing === 'others') continue
        const inPerson = concerned.some((one) => one.userId === userId && one.seq === row.seq)
        expect([row.data, userId, row.audience === userId || row.audience === '' || inPerson]).toEqual([
          row.data,
          userId,
          true,
        ])
      }
    }
  })
})
