import { describe, expect, it } from 'vitest'
import { settingsOf } from '../../src/notifications/settings.ts'
import type { Notification } from '../../src/protocol/notifications.ts'
import { meaningOf } from './check-bells.ts'
import { checkClient } from './check-clients.ts'
import { checkNotifications } from './check-notifications.ts'
import { inventNotifications, planNotifications, settingsChoices } from './notifications.ts'
import { createRandom } from './random.ts'
import type { ClientRecord, ConversationRow, EventRow, NotifiedUser, Tables, TenantRecord } from './record.ts'

const at = Date.UTC(2026, 10, 23, 12)
const [ann, ben] = ['00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b']

const conversation = {
  ...{ id: 'v1', assignee_id: null, client_name: 'Customer', channel_id: 'c3', platform: 'facebook', read_seq: 0 },
  merged_into: null,
} as unknown as ConversationRow

const bodies = [
  {
    type: 'new_message',
    message: { id: 'm1', direction: 'inbound', type: 'text', content: 'hello', deleted_at: null },
    conversation,
    cause: { kind: 'new_conversation' },
  },
  {
    type: 'new_note',
    note: { id: 'n1', author_id: ben, author_name: 'Ben', text: 'note 0:0', mentions: [ann] },
    conversation,
  },
  { type: 'notification', notification: systemNotice('notice 0:0', [ben]) },
  { type: 'notification', notification: systemNotice('notice 0:1', null) },
  { type: 'conversation_updated', conversation },
]

function systemNotice(title: string, to: string[] | null) {
  return { kind: 'system', title, text: '', link: null, to, channel_id: null }
}

/** A customer writes; Ben calls Ann in a note; a notice for Ben, one for both; something that is none. */
const events = (): EventRow[] =>
  bodies.map((body, n) => ({
    ...{ seq: n + 1, key: `k${n}`, type: body.type, created_at: at },
    ...(body.type === 'notification' ? { platform: null, conversation_id: null } : null),
    ...(body.type === 'notification' ? null : { platform: 'facebook', conversation_id: 'v1' }),
    data: JSON.stringify({ ...body, seq: n + 1 }),
  })) as EventRow[]

function notificationAt(seq: number, userId: string): Notification {
  const event = events()[seq - 1]
  const { text } = event === undefined ? { text: null } : meaningOf(event, { userId, ...defaults, epoch: 'e1' })
  if (text === null) throw new Error(`${seq} is none to them`)
  return { ...(Object.fromEntries(JSON.parse(text) as [string, unknown][]) as Notification), read: false }
}

const defaults = { settings: settingsOf(null) }

function user(userId: string, seqs: number[]): NotifiedUser {
  const list = seqs.map((seq) => notificationAt(seq, userId))
  return {
    ...{ userId, settings: [settingsOf(null)], settledAt: 0, marks: [], readUpTo: 0, counts: [0] },
    ...{ list, unread: list.length },
  }
}

const frameOf = (seq: number, userId: string) => ({
  ...{ type: 'notification', seq, notification: notificationAt(seq, userId) },
  ...{ show: true, sound: seq < 3 },
})

function tenant(): TenantRecord {
  const chat = { via: 'facebook', contact: 0 } as const
  const note = { key: 'note 0:0', tenant: 0, author: 1, chat, mentions: [0], isTyped: false, text: 'note 0:0' }
  const notices = [
    { key: 'notice 0:0', tenant: 0, to: 1, title: 'notice 0:0' },
    { key: 'notice 0:1', tenant: 0, to: null, title: 'notice 0:1' },
  ]
  const rows = events()
  const tables = {
    ...{ head: { seq: 5, epoch: 'e1', revision: 5 }, events: rows, conversations: [{ ...conversation }] },
    versions: rows.map(({ seq, data }) => ({ seq, data })),
    notes: [{ id: 'n1', author_id: ben, text: 'note 0:0', mentions: JSON.stringify([ann]), seq: 2 }],
  } as unknown as Tables
  const users = [user(ann, [4, 2, 1]), user(ben, [4, 3, 1])]
  const answers = [{ kind: 'note', key: 'note 0:0', seq: 2 } as const]
  return { index: 0, answers, tables, notified: { notes: [note], notices, users } } as unknown as TenantRecord
}

/** Ann's. */
function page(): ClientRecord {
  const told = [1, 2, 4].map((seq) => JSON.stringify(frameOf(seq, ann)))
  const [one = '', two = '', four = ''] = told
  const skip = (seq: number) => `{"type":"skip","from":${seq},"seq":${seq}}`
  const frames = ['{"type":"ready","seq":0,"epoch":"e1","resumed":false}', one, two, skip(3), four, skip(5)]
  return {
    ...{ name: 'page', tenant: 0, userId: ann, feed: 'notifications', platforms: null, start: 0 },
    ...{ cursor: 5, calmCursor: 5, state: 'live', stops: [], excuses: 0, errors: [], told },
    applied: [1, 2, 4].map((seq) => ({ seq, type: 'notification' })),
    connections: [{ since: null, frames, closedWith: null }],
  }
}

type Made = { of: TenantRecord; tables: Tables; ann: NotifiedUser; ben: NotifiedUser }
type Change = (made: Made) => unknown

function made(): Made {
  const of = tenant()
  const [first, second] = of.notified.users
  if (first === undefined || second === undefined) throw new Error('There are no users')
  return { of, tables: of.tables, ann: first, ben: second }
}

function findingsAfter(change: Change): string {
  const it = made()
  change(it)
  return checkNotifications(it.of).join('\n')
}

function pageAfter(change: (page: ClientRecord, of: Made, frames: string[]) => unknown): string {
  const [it, client] = [made(), page()]
  change(client, it, client.connections[0]?.frames ?? [])
  return checkClient(client, it.of).join('\n')
}

describe('the checker of notifications', () => {
  it('finds nothing where nothing is wrong', () => {
    expect(checkNotifications(tenant())).toEqual([])
    expect(checkClient(page(), tenant())).toEqual([])
  })

  it.each<[string, Change, RegExp]>([
    ['a note that is lost', ({ tables }) => tables.notes.pop(), /note 0:0 is stored 0 times/],
    [
      'a note twice',
      ({ tables }) => tables.notes.push({ ...tables.notes[0], id: 'n2' } as Tables['notes'][number]),
      /note 0:0 is stored 2 times/,
    ],
    [
      'a note that names others',
      ({ tables }) => Object.assign(tables.notes[0] ?? {}, { mentions: JSON.stringify([ben]) }),
      /note 0:0 is not as it was written/,
    ],
    [
      'a wrong answer',
      ({ of }) => of.answers.push({ kind: 'notice', key: 'notice 0:1', seq: 3 }),
      /notice 0:1 is number 4, and was answered with 3/,
    ],
    [
      'a notice twice',
      ({ tables }) => tables.events.push({ ...(tables.events[3] as EventRow), seq: 6 }),
      /notice 0:1 was told 2 times/,
    ],
    ['a notice for somebody else', ({ of }) => changeNotice(of, 0), /notice 0:0 is for others/],
    ['a notice of nobody', ({ of }) => (of.notified.notices as unknown[]).shift(), /number 3 was written by nobody/],
    ['a list that lacks one', ({ ann }) => ann.list.pop(), /user 0: the list has 4,2, and should have 4,2,1/],
    [
      'what is for another in a list',
      ({ ann }) => ann.list.splice(1, 0, notificationAt(3, ben)),
      /user 0: the list has 4,3,2,1/,
    ],
    [
      'a list of other words',
      ({ ann }) => Object.assign(ann.list[0] ?? {}, { title: 'x' }),
      /says of 4 what it is not/,
    ],
    ['a mark that is lost', ({ ann }) => Object.assign(ann, { marks: [2], readUpTo: 2 }), /2 was read, and the list/],
    ['a mark of nobody', ({ ann }) => Object.assign(ann.list[0] ?? {}, { read: true }), /4 was never read/],
    [
      'a message that a colleague read',
      ({ tables }) => Object.assign(tables.conversations[0] ?? {}, { read_seq: 1 }),
      /1 was read/,
    ],
    ['a wrong number on the bell', ({ ben }) => (ben.unread = 2), /user 1: the bell says 2, and 3 are unread/],
    ['a number below nothing', ({ ben }) => ben.counts.push(-1), /user 1: the bell said 0,-1/],
  ])('finds %s', (_, change, finding) => {
    expect(findingsAfter(change)).toMatch(finding)
  })

  it('lets a mark that nobody heard of be there or not', () => {
    const mark = ({ ann }: Made): void => void ann.marks.push(2)
    expect(findingsAfter(mark)).toBe('')
    const read = (made: Made): void => {
      mark(made)
      for (const one of made.ann.list) one.read = one.seq <= 2
      made.ann.unread = 1
    }
    expect(findingsAfter(read)).toBe('')
  })

  it.each<[string, (page: ClientRecord, of: Made, frames: string[]) => unknown, RegExp]>([
    ['one that was missed', ({ applied, told }) => [applied.pop(), told.pop()], /page: missed the notifications 4/],
    [
      'one twice',
      ({ applied, told }) => [applied.push({ seq: 4, type: 'notification' }), told.push(told[2] ?? '')],
      /got 4 after 4/,
    ],
    [
      'a message',
      ({ applied }) => applied.push({ seq: 5, type: 'conversation_updated' }),
      /got 5 as conversation_updated/,
    ],
    [
      'what is for another',
      ({ applied, told }) => [
        applied.splice(2, 0, { seq: 3, type: 'notification' }),
        told.splice(2, 0, JSON.stringify(frameOf(3, ben))),
      ],
      /was told of 3 what it is not/,
    ],
    [
      'another’s on the wire',
      (_, __, frames) => (frames[3] = JSON.stringify(frameOf(3, ben))),
      /socket 1: was told of 3/,
    ],
    [
      'another relation',
      (_, __, frames) => (frames[1] = (frames[1] ?? '').replace('"unassigned"', '"assigned_to_me"')),
      /socket 1: was told of 1 what it is not/,
    ],
    ['one that is skipped', (_, __, frames) => (frames[4] = '{"type":"skip","from":4,"seq":4}'), /was not told of 4/],
    ['a hole', (_, __, frames) => frames.splice(3, 1), /after 2 came 4/],
    [
      'a line of the journal',
      (_, { tables }, frames) => (frames[5] = tables.events[4]?.data ?? ''),
      /was sent conversation_updated 5/,
    ],
    [
      'a sound that nobody wanted',
      (_, __, frames) => (frames[4] = (frames[4] ?? '').replace('"sound":false', '"sound":true')),
      /heard a sound for 4/,
    ],
    [
      'a sound of nothing',
      (_, __, frames) => (frames[2] = (frames[2] ?? '').replace('"show":true', '"show":false')),
      /heard a sound for 2, and was shown nothing/,
    ],
    ['somebody’s presence', (_, __, frames) => frames.push('{"type":"presence","online":true}'), /was told presence/],
    [
      'somebody else’s mark',
      (_, { ben }, frames) => [ben.marks.push(4), frames.push('{"type":"notifications_read","up_to":4,"ids":[]}')],
      /was told that 4 was read/,
    ],
    [
      'somebody else’s settings',
      (_, __, frames) => frames.push('{"type":"notification_settings"}'),
      /was told of other settings/,
    ],
  ])('finds %s on a page', (_, change, finding) => {
    expect(pageAfter(change)).toMatch(finding)
  })

  it('wants of settings that changed only what holds under all of them, until the last are in force', () => {
    const deaf = settingsOf(JSON.stringify(settingsChoices.no_calls))
    const missesMention = ({ applied, told }: ClientRecord): unknown => [applied.splice(1, 1), told.splice(1, 1)]
    const skips = (client: ClientRecord, { ann }: Made, frames: string[]): void => {
      missesMention(client)
      frames[2] = '{"type":"skip","from":2,"seq":2}'
      ann.settings.push(deaf)
      frames.push('{"type":"notification_settings"}')
    }
    expect(pageAfter(missesMention)).toMatch(/missed the notifications 2/)
    expect(pageAfter((client, it, frames) => [skips(client, it, frames), (it.ann.settledAt = 5)])).toBe('')
    // Number 4 is a notice, which the last settings do not want either.
    expect(pageAfter((client, it, frames) => [skips(client, it, frames), (it.ann.settledAt = 3)])).toMatch(
      /was told of 4 what it is not/,
    )
    expect(findingsAfter(({ ann }) => ann.settings.push(deaf))).toMatch(/the list has 4,2,1, and should have 1/)
  })

  it('finds a notice on the messages’ feed', () => {
    const feed = { feed: 'communications', applied: [], told: [], start: 5 } as const
    const notice = (client: ClientRecord, _: Made, frames: string[]): unknown => [
      Object.assign(client, feed),
      frames.splice(1, 5, ...events().map(({ data }) => data)),
    ]
    expect(pageAfter(notice)).toMatch(/a frame is not what was stored: .*notice 0:0/)
  })
})

function changeNotice({ notified }: TenantRecord, to: number): void {
  Object.assign(notified.notices[0] ?? {}, { to })
}

describe('what is told in a history', () => {
  it('is of every kind, for one and for all, and repeated', () => {
    const plans = Array.from({ length: 50 }, (_, n) => inventNotifications(createRandom(`plans ${n}`), 2))
    const notes = plans.flatMap((plan) => plan.notes)
    expect(new Set(notes.map(({ mentions }) => mentions.length))).toEqual(new Set([0, 1, 2]))
    expect(new Set(plans.flatMap(({ notices }) => notices.map(({ to }) => to)))).toEqual(new Set([0, 1, null]))
    expect(new Set(plans.flatMap(({ settings }) => settings.map(({ choice }) => choice))).size).toBe(6)
    for (const [n, plan] of plans.entries()) {
      const operations = planNotifications(createRandom(`operations ${n}`), plan)
      const keys = operations.flatMap((one) =>
        one.kind === 'note' ? [one.note] : one.kind === 'notice' ? [one.notice] : [],
      )
      expect(new Set(keys).size).toBe(12)
      expect(keys.length).toBeGreaterThan(12)
    }
  })
})
