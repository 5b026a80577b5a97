import { describe, expect, it } from 'vitest'
import { parseMail } from '../../src/channels/email/parse-mail.ts'
import { mailLimits } from '../../src/channels/email/mail.ts'
import { classify } from '../../src/channels/email/automation.ts'
import { checkMails } from './check-mails.ts'
import { inventMails, type Letter, type Mailed, type MailKind, writeLetter } from './mails.ts'
import { createRandom } from './random.ts'
import type { MessageRow, Tables, TenantRecord } from './record.ts'

const sent: Mailed = {
  ...{ from: 'box@inbox.example', text: 'yes', id: 'out.0@relay.example', isRefused: false },
  ...{ replyTo: 'box+token@inbox.example', references: '<token@inbox.example> <letter.0@client.example>' },
}

function letter(kind: MailKind, about: Mailed | null = null): Letter {
  const plan = { key: `mail 0:${kind}`, tenant: 0, kind, text: `${kind} of tenant 0`, hasFile: false }
  const written = writeLetter(plan, 'box@inbox.example', about)
  if (written === null) throw new Error('It is about nothing')
  return written
}

const row = (of: Partial<MessageRow>): MessageRow =>
  ({
    ...{ channel_id: 'c5', conversation_id: 'v1', direction: 'inbound', type: 'text', counts_unread: 1 },
    ...{ client_message_id: null, external_id: null, status: 'sent', details: '{}', ...of },
  }) as MessageRow

/** A letter, our reply, and the report that it came back. */
function tenant(): TenantRecord {
  const letters = [letter('letter'), letter('bounce', sent)]
  const [first, back] = letters.map(({ id, text }) => ({ content: text, details: JSON.stringify({ message_id: id }) }))
  const messages = [
    row({ id: 'm0', ...first }),
    row({ id: 'm1', direction: 'outbound', client_message_id: 'r', external_id: sent.id, content: 'yes' }),
    row({ id: 'm2', ...back, type: 'system', counts_unread: 0 }),
  ]
  Object.assign(messages[1] ?? {}, { status: 'failed', counts_unread: 0 })
  const rawMails = letters.map(({ raw }, at) => ({ message_id: `m${at * 2}`, content: raw }))
  return {
    channels: { email: 'c5' },
    tables: { messages, rawMails, attachments: [] } as unknown as Tables,
    replied: { retried: [] },
    mailed: { letters, asked: [sent] },
  } as unknown as TenantRecord
}

type Change = (of: TenantRecord & { rows: MessageRow[]; asked: Mailed[]; retried: string[] }) => unknown

function findingsAfter(change: Change): string {
  const made = tenant()
  const { asked } = made.mailed
  const { retried } = made.replied
  change({ ...made, rows: made.tables.messages, asked: asked as Mailed[], retried: retried as string[] })
  return checkMails(made).join('\n')
}

describe('the checker of mails', () => {
  it('finds nothing where nothing is wrong', () => {
    expect(checkMails(tenant())).toEqual([])
  })

  it.each<[string, Change, RegExp]>([
    ['a lost mail', ({ rows }) => rows.shift(), /mail 0:letter is stored 0 times/],
    ['a mail twice', ({ rows }) => rows.push(row({ ...rows[0], id: 'm9' })), /mail 0:letter is stored 2 times/],
    ['a mail of nobody', ({ rows }) => rows.push(row({ id: 'm9', content: 'x' })), /mail m9 was written by nobody/],
    ['a missing object', ({ tables }) => tables.rawMails.shift(), /mail 0:letter is not kept as it came/],
    [
      'another object',
      ({ tables }) => Object.assign(tables.rawMails[0] ?? {}, { content: 'x' }),
      /mail 0:letter is kept as something else/,
    ],
    [
      'another form',
      ({ rows }) => Object.assign(rows[2] ?? {}, { type: 'text' }),
      /mail 0:bounce is a text, not a system/,
    ],
    [
      'two conversations',
      ({ rows }) => Object.assign(rows[2] ?? {}, { conversation_id: 'v2' }),
      /one thread of mail lies in 2 conversations/,
    ],
    ['a bounce unheard of', ({ rows }) => Object.assign(rows[1] ?? {}, { status: 'sent' }), /r is sent, not failed/],
    [
      'a mail that went out twice',
      ({ asked }) => asked.push({ ...sent, id: 'out.1@relay.example' }),
      /r was mailed 2 times in 1 attempts/,
    ],
    [
      'a failure that is none',
      ({ rows }) => Object.assign(rows[1] ?? {}, { external_id: null }),
      /r has failed, and the relay has sent it/,
    ],
    [
      'a reply that waits for ever',
      ({ rows }) => Object.assign(rows[1] ?? {}, { external_id: null, status: 'queued' }),
      /r is queued, and the relay does not have it/,
    ],
    [
      'an id out of nowhere',
      ({ rows }) => Object.assign(rows[1] ?? {}, { external_id: 'x' }),
      /r has an id that the relay did not give: x/,
    ],
  ])('finds %s', (_, change, finding) => {
    expect(findingsAfter(change)).toMatch(finding)
  })

  it('lets a person send a mail again', () => {
    const again = ({ asked, retried }: Parameters<Change>[0]): void => {
      asked.push({ ...sent, id: null, isRefused: true }, { ...sent, id: null })
      retried.push('m1')
    }
    expect(findingsAfter(again)).toBe('')
  })
})

describe('a mail of the simulator', () => {
  it('is what it is meant to be', async () => {
    const kinds = (['letter', 'follow_up', 'twin', 'answer', 'bounce'] as const).map((kind) => letter(kind, sent))
    const mails = await Promise.all(
      kinds.map(({ raw }) => parseMail(new TextEncoder().encode(raw) as Uint8Array<ArrayBuffer>, mailLimits)),
    )
    expect(mails.map((mail) => classify(mail).kind)).toEqual(['human', 'human', 'human', 'human', 'bounce'])
    expect(mails.map(({ messageId }) => messageId)).toEqual(kinds.map(({ id }) => id))
    expect(mails[1]?.references).toEqual([kinds[0]?.id])
    expect(mails[3]?.inReplyTo).toEqual([sent.id])
    expect(classify(mails[4] as (typeof mails)[number])).toMatchObject({
      bounce: { originalMessageId: sent.id, recipient: 'person@client.example', isPermanent: true },
    })
  })

  it('is part of more than half of the histories, and is of every kind', () => {
    const stories = Array.from({ length: 200 }, (_, at) => inventMails(createRandom(`mails ${at}`), 2).mails)
    expect(stories.filter((mails) => mails.length > 0).length).toBeGreaterThan(100)
    expect(new Set(stories.flat().map(({ kind }) => kind)).size).toBe(5)
    expect(writeLetter({ ...letter('bounce', sent) }, 'box@inbox.example', null)).toBeNull()
  })
})
