import { describe, expect, it } from 'vitest'
import { checkHistory } from './checker.ts'
import type { ClientRecord, ConversationRow, HistoryRecord, MessageRow, Tables, TenantRecord } from './record.ts'
import type { MessageUpdate } from './world.ts'

const at = Date.UTC(2026, 10, 1)

/** A history in which three messages were stored and one page saw them all. */
function history(): HistoryRecord {
  const updates = [0, 1, 2].map(updateOf)
  return {
    ...{ seed: 'made up', updates, unacknowledged: [], reusedTickets: 0, stuck: [], trace: [], faults: 0 },
    tenants: [tenant()],
    clients: [client()],
  }
}

const updateOf = (n: number): MessageUpdate => ({
  ...{ key: `0:${n}`, tenant: 0, via: 'whatsapp', externalId: `whatsapp.${n}`, at: at + n, contact: 1 },
  ...{ kind: 'message', direction: 'inbound', naming: 'phone', content: `text 0:${n}` },
})

function tenant(): TenantRecord {
  const channels = { whatsapp: 'c1', telegram: 'c2', facebook: 'c3', instagram: 'c4', email: 'c5' }
  const replied = { replies: [], written: [], asked: [], retried: [], marks: [] }
  const mailed = { letters: [], asked: [] }
  const notified = { notes: [], notices: [], users: [] }
  return {
    index: 0,
    id: 't0',
    channels,
    tables: tables(),
    answers: [],
    replied,
    mailed,
    notified,
    socketsOpen: 1,
    socketsLeft: 0,
  }
}

const messageOf = (n: number): MessageRow => ({
  ...{ id: `m${n}`, channel_id: 'c1', conversation_id: 'v1', external_id: `whatsapp.${n}`, seq: n + 1 },
  ...{ direction: 'inbound', type: 'text', content: `text 0:${n}`, status: 'sent', counts_unread: 1 },
  ...{ created_at: at + n, received_at: at + n, edited_at: null, deleted_at: null },
  ...{ client_message_id: null, details: '{}' },
})

function tables(): Tables {
  const events = [0, 1, 2].map((n) => {
    const data = JSON.stringify({
      ...{ type: 'new_message', seq: n + 1, conversation_id: 'v1' },
      message: { ...messageOf(n), edited_at: null, deleted_at: null, reactions: [] },
      conversation: { ...conversation(), ...shownAfter(n) },
    })
    return {
      seq: n + 1,
      key: `message:m${n}`,
      type: 'new_message',
      platform: 'whatsapp',
      conversation_id: 'v1',
      created_at: at,
      data,
    }
  })
  const versions = events.map(({ seq, data }) => ({ seq, data }))
  const aliases = [{ channel_id: 'c1', kind: 'phone', value: '380500000001', contact_id: 'p1' }]
  const head = { seq: 3, epoch: 'e1', revision: 3 }
  const none = {
    parked: [],
    reactions: [],
    quarantine: [],
    notes: [],
    contacts: [],
    jobs: [],
    attachments: [],
    rawMails: [],
  }
  return {
    head,
    events,
    versions,
    aliases,
    messages: [0, 1, 2].map(messageOf),
    conversations: [conversation()],
    ...none,
  }
}

const shownAfter = (n: number) => ({
  ...{ unread_count: n + 1, last_message_preview: `text 0:${n}`, last_message_direction: 'inbound' },
  last_message_at: new Date(at + n).toISOString(),
})

const conversation = (): ConversationRow => ({
  ...{ id: 'v1', contact_id: 'p1', channel_id: 'c1', platform: 'whatsapp', status: 'open', assignee_id: null },
  ...{ unread_count: 3, read_seq: 0, last_message_id: 'm2', last_message_at: at + 2, last_message_seq: 3 },
  ...{ last_message_preview: 'text 0:2', last_message_direction: 'inbound', merged_into: null },
  ...{ client_name: 'Customer 1', external_id: '+380500000001' },
})

function client(): ClientRecord {
  const frames = tables().events.map(({ data }) => data)
  const ready = '{"type":"ready","seq":0,"epoch":"e1","resumed":false}'
  return {
    ...{ name: 'page', userId: 'u0', feed: 'communications', told: [] },
    ...{ tenant: 0, platforms: null, start: 0, cursor: 3, calmCursor: 3, state: 'live' },
    ...{ stops: [], excuses: 0, errors: [] },
    applied: [1, 2, 3].map((seq) => ({ seq, type: 'new_message' })),
    connections: [
      { since: null, frames: [ready, ...frames, '{"type":"pong","seq":3,"epoch":"e1"}'], closedWith: null },
    ],
  }
}

/** The findings of a history that was changed in one place. */
function findingsAfter(
  change: (of: HistoryRecord & { tables: Tables; page: ClientRecord; tenant: TenantRecord }) => void,
) {
  const made = history()
  const [tenant] = made.tenants
  const [page] = made.clients
  if (tenant === undefined || page === undefined) throw new Error('The made-up history is empty')
  change({ ...made, tenant, tables: tenant.tables, page })
  return checkHistory(made).join('\n')
}

const first = <Item>(items: readonly Item[]): Item => {
  const [item] = items
  if (item === undefined) throw new Error('There is none')
  return item
}

describe('the checker', () => {
  it('finds nothing where nothing is wrong', () => {
    expect(checkHistory(history())).toEqual([])
  })

  it.each<[string, (tables: Tables) => void, RegExp]>([
    ['a lost message', ({ messages }) => messages.pop(), /message 0:2 is lost/],
    [
      'a message stored twice',
      ({ messages }) => messages.push({ ...messageOf(2), id: 'm3' }),
      /4 messages are stored of 3/,
    ],
    ['another text', ({ messages }) => (first(messages).content = 'x'), /0:0: content is x/],
    ['another status', ({ messages }) => (first(messages).status = 'read'), /0:0: status is read/],
    [
      'a wrong unread counter',
      ({ conversations }) => (first(conversations).unread_count = 2),
      /counts 2 unread, but has 3/,
    ],
    [
      'a wrong last message',
      ({ conversations }) => (first(conversations).last_message_id = 'm1'),
      /last_message_id is m1/,
    ],
    ['somebody else’s message', ({ aliases }) => (first(aliases).contact_id = 'p2'), /somebody else's conversation/],
    ['a hole in the journal', ({ events }) => events.splice(1, 1), /line 2 of the journal has the number 3/],
    ['a wrong head', ({ head }) => (head.seq = 4), /the head is 4, but the journal has 3 lines/],
    ['a key used twice', ({ events }) => (first(events).key = 'message:m2'), /two events have the same key/],
    [
      'something parked for good',
      (of) => of.parked.push({ channel_id: 'c1', target_external_id: 'whatsapp.0', key: 'edit' }),
      /parked for nothing/,
    ],
    [
      'a stranger in quarantine',
      (of) => of.quarantine.push({ id: 'q', reason: 'r', content: 'x' }),
      /in quarantine as r/,
    ],
    [
      'a row its events do not tell of',
      ({ messages }) => (first(messages).edited_at = at),
      /edited_at is .*, the events say null/,
    ],
  ])('finds %s', (_, change, finding) => {
    expect(findingsAfter(({ tables }) => change(tables))).toMatch(finding)
  })

  it('finds a text that was taken back and can still be read', () => {
    const findings = findingsAfter(({ tables }) => {
      const [row] = tables.messages
      Object.assign(row ?? {}, { content: '', deleted_at: at })
    })
    expect(findings).toMatch(/the text of whatsapp.0 \(m0\) was taken back and is still in new_message 1/)
  })

  it.each<[string, (page: ClientRecord) => void, RegExp]>([
    ['an event it missed', ({ applied }) => applied.splice(1, 1), /page: missed 2/],
    ['an event it got twice', ({ applied }) => applied.push({ seq: 3, type: 'new_message' }), /got 3 after 3/],
    ['a page that is behind', (page) => (page.cursor = 2), /ended at 2 of 3/],
    ['a page that had to ask', (page) => (page.calmCursor = 2), /had to ask for the last message/],
    ['a page that gave up', (page) => page.stops.push(4500), /sent away 1 times without a reason/],
    ['a gap on the wire', ({ connections }) => first(connections).frames.splice(2, 1), /after 1 came 3/],
    [
      'a frame twice on the wire',
      ({ connections }) => first(connections).frames.splice(2, 0, first(tables().events).data),
      /after 1 came 1/,
    ],
    [
      'an old pong',
      ({ connections }) => (first(connections).frames[4] = '{"type":"pong","seq":2}'),
      /a pong said 2 after 3/,
    ],
    [
      'a frame that is not the journal’s',
      ({ connections }) => (first(connections).frames[1] += ' '),
      /a frame is not what was stored/,
    ],
    ['no welcome', ({ connections }) => first(connections).frames.shift(), /frame 1 is new_message/],
  ])('finds %s', (_, change, finding) => {
    expect(findingsAfter(({ page }) => change(page))).toMatch(finding)
  })

  it('knows the events in a batch by their bytes, and follows skips', () => {
    const wire = (...frames: string[]): string =>
      findingsAfter(
        ({ page }) => (first(page.connections).frames = [`{"type":"ready","seq":0,"resumed":false}`, ...frames]),
      )
    const [one = '', two = '', three = ''] = tables().events.map(({ data }) => data)
    expect(wire(`{"type":"batch","events":[${one},${two}]}`, three)).toBe('')
    expect(wire(`{"type":"batch","events":[${one},${two} ]}`, three)).toMatch(/not what was stored/)
    expect(wire(one, '{"type":"skip","from":2,"seq":3}')).toBe('')
    expect(wire(one, '{"type":"skip","from":3,"seq":3}')).toMatch(/after 1 came 3/)
  })

  it('wants of a page with a filter only what it asked for', () => {
    expect(findingsAfter(({ page }) => Object.assign(page, { platforms: ['telegram'], applied: [] }))).toBe('')
    expect(findingsAfter(({ page }) => Object.assign(page, { platforms: ['whatsapp'], applied: [] }))).toMatch(
      /missed 1,2,3/,
    )
  })

  it('finds sockets that were leaked, senders that never got through, and what never came to rest', () => {
    expect(findingsAfter(({ tenant }) => (tenant.socketsOpen = 2))).toMatch(/2 sockets of 1 pages/)
    expect(findingsAfter(({ tenant }) => (tenant.socketsLeft = 1))).toMatch(/keeps 1 sockets of closed pages/)
    expect(findingsAfter(({ unacknowledged }) => unacknowledged.push('0:1'))).toMatch(/never got a 200: 0:1/)
    expect(findingsAfter(({ stuck }) => stuck.push('a call hangs'))).toMatch(/a call hangs/)
  })

  it('holds callers’ answers against what was stored', () => {
    const told = (answer: TenantRecord['answers'][number]) => findingsAfter(({ tenant }) => tenant.answers.push(answer))
    expect(told({ kind: 'message', key: '0:1', messageId: 'm1', seq: 2 })).toBe('')
    expect(told({ kind: 'message', key: '0:1', messageId: 'm1', seq: 3 })).toMatch(/0:1 was answered with m1 at 3/)
    const change = { kind: 'conversation', conversationId: 'v1', seq: 2, wanted: { status: 'closed' } } as const
    expect(told(change)).toMatch(/was answered with event 2, which is new_message/)
  })
})
