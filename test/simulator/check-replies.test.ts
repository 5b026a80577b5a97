import { describe, expect, it } from 'vitest'
import { checkReplies } from './check-replies.ts'
import type { MessageRow, Tables, TenantRecord } from './record.ts'
import type { Written } from './replies.ts'

const at = Date.UTC(2026, 10, 1)

const row = (fields: Partial<MessageRow>): MessageRow => ({
  ...{ id: 'm', channel_id: 'c3', conversation_id: 'v1', external_id: null, client_message_id: null, details: '{}' },
  ...{ seq: 1, direction: 'outbound', type: 'text', content: '', status: 'sent', counts_unread: 0 },
  ...{ created_at: at, received_at: at, edited_at: null, deleted_at: null },
  ...fields,
})

const written = (fields: Partial<Written> = {}): Written => ({
  ...{ tenant: 0, via: 'facebook', externalId: 'x', contact: 0, content: 'yes', at },
  ...{ reference: 'm1', isUndelivered: false },
  ...fields,
})

/** A customer's first message with a picture, and one reply that was sent and read. */
function tenant(): TenantRecord {
  const tables = {
    messages: [
      row({ id: 'm0', external_id: 'facebook.0.hello.0', direction: 'inbound', content: 'hello' }),
      row({ id: 'm1', external_id: 'x', client_message_id: 'r', content: 'yes', status: 'read', seq: 2 }),
    ],
    conversations: [{ id: 'v1', contact_id: 'p1' }],
    contacts: [{ id: 'p1', channel_id: 'c3', delivered_until: at, read_until: at }],
    aliases: [{ channel_id: 'c3', kind: 'user', value: 'person.0', contact_id: 'p1' }],
    jobs: [{ id: 'j1', kind: 'send', subject_id: 'm1', message_id: 'm1', state: 'done' }],
    attachments: [
      { id: 'f', message_id: 'm0', state: 'ready', error: null, object_key: 'k', size: 12, content: '12 bytes' },
    ],
    parked: [],
  } as unknown as Tables
  return {
    ...{
      index: 0,
      id: 't0',
      channels: { whatsapp: 'c1', telegram: 'c2', facebook: 'c3', instagram: 'c4', email: 'c5' },
      tables,
    },
    answers: [{ kind: 'reply', key: 'r', messageId: 'm1', seq: 2 }],
    replied: {
      replies: [{ tenant: 0, via: 'facebook', key: 'r', contact: 0, content: 'yes' }],
      written: [written()],
      asked: [{ messageId: 'm1', isRefused: false }],
      retried: [],
      marks: [{ via: 'facebook', alias: 'person.0', status: 'read', upTo: at }],
    },
    ...{
      mailed: { letters: [], asked: [] },
      notified: { notes: [], notices: [], users: [] },
      socketsOpen: 0,
      socketsLeft: 0,
    },
  }
}

function findingsAfter(change: (of: TenantRecord & { reply: MessageRow }) => void): string {
  const made = tenant()
  const reply = made.tables.messages.find(({ id }) => id === 'm1')
  if (reply === undefined) throw new Error('There is no reply')
  change({ ...made, reply })
  return checkReplies(made).join('\n')
}

describe('the checker of replies', () => {
  it('finds nothing where nothing is wrong', () => {
    expect(checkReplies(tenant())).toEqual([])
  })

  it.each<[string, (of: TenantRecord & { reply: MessageRow }) => void, RegExp]>([
    [
      'a reply stored twice',
      ({ tables, reply }) => tables.messages.push({ ...reply, id: 'm2' }),
      /r is stored 2 times/,
    ],
    ['a lost reply', ({ tables }) => tables.messages.pop(), /r is stored 0 times[^]*x is there 0 times/],
    ['another text', ({ reply }) => (reply.content = 'no'), /r is stored as something else/],
    ['a wrong answer', ({ reply }) => (reply.seq = 3), /r was answered with m1 at 2/],
    [
      'a reply that waits for ever',
      ({ reply }) => void Object.assign(reply, { external_id: null, status: 'queued' }),
      /r is queued/,
    ],
    [
      'a reply that does not know that it was sent',
      ({ reply }) => void Object.assign(reply, { external_id: null, status: 'unknown' }),
      /r is unknown, and the platform has it as x/,
    ],
    ['a status that nobody reported', ({ reply }) => (reply.status = 'failed'), /r is failed, not read/],
    ['a forgotten mark', ({ reply }) => (reply.status = 'sent'), /r is sent, not read/],
    [
      'a mark that moved back',
      ({ tables }) => void (tables.contacts[0] ?? { read_until: 0 }).read_until--,
      /only up to/,
    ],
    [
      'an echo beside its reply',
      ({ tables }) => tables.messages.push(row({ id: 'm2', external_id: 'x', content: 'yes' })),
      /x is there 2 times/,
    ],
    ['a message of nobody', ({ tables }) => tables.messages.push(row({ id: 'm2' })), /m2 is of nobody/],
    [
      'a message that nobody wrote',
      ({ tables }) => tables.messages.push(row({ id: 'm2', external_id: 'y' })),
      /y was written by nobody/,
    ],
    [
      'a reply that went out twice',
      (of) => (of.replied.asked as object[]).push({ messageId: 'm1', isRefused: false }),
      /r went out 2 times in 1 attempts/,
    ],
    [
      'one click that made two jobs',
      ({ tables }) => tables.jobs.push({ id: 'j2', kind: 'send', subject_id: 'm1', message_id: 'm1', state: 'done' }),
      /r has 2 jobs for 1 attempts/,
    ],
    ['a reply without work', ({ tables }) => tables.jobs.pop(), /r has no job/],
    [
      'work without an end',
      ({ tables }) => void Object.assign(tables.jobs[0] ?? {}, { state: 'running' }),
      /still running/,
    ],
    [
      'a guess about nothing',
      ({ tables }) => tables.parked.push({ channel_id: 'c3', target_external_id: 'z', key: 'echo' }),
      /the echo of z waits for nothing/,
    ],
    [
      'a lost file',
      ({ tables }) => void Object.assign(tables.attachments[0] ?? {}, { content: null }),
      /not what was sent/,
    ],
    [
      'a file that waits for ever',
      ({ tables }) => void Object.assign(tables.attachments[0] ?? {}, { state: 'pending' }),
      /pending for good/,
    ],
    [
      'a file that came back',
      ({ tables }) => void Object.assign(tables.messages[0] ?? {}, { deleted_at: at }),
      /ready although it was taken back/,
    ],
  ])('finds %s', (_, change, finding) => {
    expect(findingsAfter(change)).toMatch(finding)
  })

  it('knows what a person asked for, what was refused, and what an earlier attempt was called', () => {
    const refused = findingsAfter((of) => (of.replied.asked as object[]).push({ messageId: 'm1', isRefused: true }))
    expect(refused).toBe('')
    const again = findingsAfter((of) => {
      ;(of.replied.retried as string[]).push('m1')
      ;(of.replied.asked as object[]).push({ messageId: 'm1', isRefused: false })
      ;(of.replied.written as Written[]).push(written({ externalId: 'former', isUndelivered: true }))
      of.tables.parked.push({ channel_id: 'c3', target_external_id: 'former', key: 'former' })
    })
    expect(again).toBe('')
  })

  it('does not hold it against a row that an echo of the same text was taken for it', () => {
    const findings = findingsAfter(({ tables, replied, reply, channels }) => {
      Object.assign(reply, { external_id: null, status: 'unknown', channel_id: channels.instagram })
      Object.assign(replied.replies[0] ?? {}, { via: 'instagram' })
      const elsewhere = written({ via: 'instagram', externalId: 'y', reference: null })
      ;(replied.written as Written[]).splice(0, 1, written({ via: 'instagram' }), elsewhere)
      for (const external_id of ['x', 'y']) {
        tables.messages.push(
          row({ id: external_id, external_id, content: 'yes', channel_id: channels.instagram, status: 'read' }),
        )
      }
    })
    expect(findings).toBe('')
  })
})
