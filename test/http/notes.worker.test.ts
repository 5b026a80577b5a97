import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { Alias } from '../../src/channels/channel.ts'
import { receive } from '../../src/hub/call-hub.ts'
import { CreateNoteResponse, NoteList, type StaffList } from '../../src/protocol/notes.ts'
import { message } from '../ingest/builders.ts'
import { type Answer, type Json, call, newTenant, newUser } from '../worker/api.ts'
import { until } from '../worker/companion.ts'
import { createChannel } from '../worker/inbox.ts'
import { connect, session } from '../worker/socket.ts'
import { countOf, rowsOf } from '../worker/tenant.ts'

const base = '/api/v1/communications'
type Staff = StaffList['items']

/** A tenant with two of the staff who have signed in, and a conversation. */
async function setUp() {
  const tenant = await newTenant()
  const [anna, boris] = [await newUser(tenant, { name: 'Анна Коваль' }), await newUser(tenant, { name: 'Борис' })]
  for (const { token } of [anna, boris]) await call('/api/v1/auth/tickets', { method: 'POST', bearer: token })
  const staff = async () => (await call(`${base}/staff`, { bearer: anna.token })).json['items'] as Staff
  await until(staff, (items) => items.length === 2)
  const channel = { id: (await createChannel(tenant.id)).id, platform: 'whatsapp' as const }
  const [result] = await receive(env, tenant.id, [{ channel, item: message({ externalId: 'a', at: Date.now() }) }])
  const conversationId = result?.conversationId ?? ''
  const path = `${base}/conversations/${conversationId}/notes`
  const write = (fields: Json = {}, token = anna.token): Promise<Answer> =>
    call(path, { bearer: token, json: { client_note_id: crypto.randomUUID(), text: 'Замовлення оплачено', ...fields } })
  const list = async (query = '', token = anna.token) =>
    NoteList.parse((await call(`${path}${query}`, { bearer: token })).json)
  return { tenant, anna, boris, conversationId, write, list, staff }
}

describe('the staff', () => {
  it('are those who have signed in, by name', async () => {
    const { anna, boris, staff } = await setUp()
    expect(await staff()).toEqual([
      { user_id: anna.id, name: 'Анна Коваль', role: 'manager' },
      { user_id: boris.id, name: 'Борис', role: 'manager' },
    ])
  })
})

describe('a note', () => {
  it('is shown on the messages’ sockets, and to whoever asks, but never among the messages', async () => {
    const { tenant, anna, boris, conversationId, write, list } = await setUp()
    const client = await connect(session(tenant.id, { userId: boris.id }))
    const answer = CreateNoteResponse.parse((await write({ text: '  @борис глянь\u0000 ' })).json)
    expect(answer.note).toMatchObject({
      author_id: anna.id,
      author_name: 'Анна Коваль',
      text: '@борис глянь',
      mentions: [boris.id],
    })
    const frame = await client.waitFor(({ type }) => type === 'new_note')
    expect(frame).toMatchObject({ seq: answer.seq, conversation_id: conversationId, note: answer.note })
    expect((await list('', boris.token)).items).toEqual([answer.note])
    const messages = await call(`${base}/conversations/${conversationId}/messages`, { bearer: anna.token })
    expect(messages.json['items']).toHaveLength(1)
    expect(await rowsOf('select user_id, seq from journal_mentions where tenant_id = ?1', tenant.id)).toEqual([
      { user_id: boris.id, seq: answer.seq },
    ])
  })

  it('sent eight times at once is one note', async () => {
    const { tenant, write } = await setUp()
    const answers = await Promise.all(Array.from({ length: 8 }, () => write({ client_note_id: 'same' })))
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
    expect(answers[0]?.status).toBe(200)
    expect(await countOf('notes', tenant.id)).toBe(1)
  })

  it('names whom its writer picked, whatever the text says, and nobody who is none of the staff', async () => {
    const { boris, write } = await setUp()
    expect((await write({ mentions: [boris.id] })).json).toMatchObject({ note: { mentions: [boris.id] } })
    expect((await write({ mentions: [crypto.randomUUID()] })).code).toBe('mention.unknown')
  })

  it.each([
    ['says nothing', { text: ' \u0000 ' }, 422, 'note.empty'],
    ['is too long', { text: 'x'.repeat(10_001) }, 400, 'request.invalid'],
    ['has no id of its client', { client_note_id: '' }, 400, 'request.invalid'],
  ])('that %s is refused', async (_, fields, status, code) => {
    const { write } = await setUp()
    expect(await write(fields)).toMatchObject({ status, code })
  })

  it('is listed newest first, page by page', async () => {
    const { write, list } = await setUp()
    for (const text of ['a', 'b', 'c']) await write({ text })
    const first = await list('?limit=2')
    expect(first.items.map(({ text }) => text)).toEqual(['c', 'b'])
    const second = await list(`?limit=2&before=${first.next_cursor}`)
    expect([second.items.map(({ text }) => text), second.next_cursor]).toEqual([['a'], null])
  })

  it('goes along when its conversation becomes part of another, and none can be written there any more', async () => {
    const { tenant, anna, conversationId, write } = await setUp()
    await write({ text: 'kept' })
    const channelId = String(
      (await rowsOf<{ id: string }>('select id from channels where tenant_id = ?1', tenant.id))[0]?.id,
    )
    const channel = { id: channelId, platform: 'whatsapp' as const }
    const bsuid = { kind: 'user' as const, value: 'u1' }
    const at = Date.now()
    await receive(env, tenant.id, [{ channel, item: message({ externalId: 'b', at, contact: { aliases: [bsuid] } }) }])
    const both: [Alias, Alias] = [{ kind: 'phone', value: '380501234567' }, bsuid]
    await receive(env, tenant.id, [{ channel, item: message({ externalId: 'c', at, contact: { aliases: both } }) }])
    const rows = await rowsOf<{ id: string }>(
      `select id from conversations where tenant_id = ?1 and status <> 'merged'`,
      tenant.id,
    )
    expect(rows).toHaveLength(1)
    const notes = await call(`${base}/conversations/${rows[0]?.id}/notes`, { bearer: anna.token })
    expect(notes.json['items']).toMatchObject([{ text: 'kept' }])
    if (rows[0]?.id !== conversationId) expect((await write()).code).toBe('conversation.merged')
  })

  it('of another tenant is not found, neither to read nor to write', async () => {
    const { conversationId } = await setUp()
    const stranger = await newUser(await newTenant())
    const path = `${base}/conversations/${conversationId}/notes`
    const json = { client_note_id: 'a', text: 'a' }
    expect((await call(path, { bearer: stranger.token })).code).toBe('conversation.not_found')
    expect((await call(path, { bearer: stranger.token, json })).code).toBe('conversation.not_found')
    const { text } = await call(`${base}/staff`, { bearer: stranger.token })
    expect(text).not.toContain('Борис')
  })
})
