import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { InboundContact } from '../../src/channels/channel.ts'
import { systemNotice, testNotice } from '../../src/notifications/notice.ts'
import { placesOf } from '../../src/notifications/places.ts'
import { defaultSettings } from '../../src/notifications/settings.ts'
import type { NotificationList } from '../../src/protocol/notifications.ts'
import { selectCandidates } from '../../src/store/notifications.ts'
import { type TestUser, admin, call, newTenant, newUser } from '../worker/api.ts'
import { until } from '../worker/companion.ts'
import { type NotifiedWorld, createNotifiedWorld, notifications } from '../worker/notified.ts'
import { countOf, rowsOf } from '../worker/tenant.ts'

const kindsOf = ({ items }: NotificationList): string[] => items.map(({ kind }) => kind)
const seqsOf = ({ items }: NotificationList): number[] => items.map(({ seq }) => seq)

describe('the list of notifications', () => {
  it('shows each user what concerns them, newest first, and nobody what is for another', async () => {
    const { anna, boris, say, assign, mention, list, store } = await createNotifiedWorld()
    const conversationId = await say('a')
    await assign(conversationId, anna.id, boris.id)
    await say('b')
    await mention(conversationId, anna, boris)
    await store({ item: { kind: 'notice', ...systemNotice({ title: 'Backup', text: '' }, 'r1') } })
    await store({ item: { kind: 'notice', ...testNotice([anna.id], 'r2') } })
    expect(kindsOf(await list(anna))).toEqual(['test', 'system', 'new_message', 'assignment', 'new_conversation'])
    expect(kindsOf(await list(boris))).toEqual(['system', 'mention', 'new_conversation'])
    const [mentioned] = (await list(boris)).items.filter(({ kind }) => kind === 'mention')
    expect(mentioned).toMatchObject({ by: anna.id, relation: 'mention', preview: 'Глянь, будь ласка', read: false })
  })

  it('is read page by page, each once, and cursors end with the epoch', async () => {
    const { tenant, anna, say, list } = await createNotifiedWorld()
    for (let n = 0; n < 7; n++) await say(`m${n}`)
    const whole = await list(anna)
    const seen: number[] = []
    let cursor: string | null = ''
    while (cursor !== null) {
      const page: NotificationList = await list(anna, `?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`)
      seen.push(...seqsOf(page))
      cursor = page.next_cursor
    }
    expect(seen).toEqual(seqsOf(whole))
    expect(seen).toHaveLength(7)
    const { next_cursor } = await list(anna, '?limit=3')
    await admin(`/tenants/${tenant.id}/epoch`, { method: 'POST' })
    const late = await call(`${notifications}?cursor=${next_cursor}`, { bearer: anna.token })
    expect([late.status, late.code]).toEqual([400, 'cursor.invalid'])
  })

  it('goes by the rules of today, also for what everybody’s conversations bring', async () => {
    const { anna, boris, channel, say, assign, list, put } = await createNotifiedWorld()
    await assign(await say('a'), boris.id, boris.id)
    await say('b')
    expect(kindsOf(await list(anna))).toEqual(['new_conversation'])
    await put(anna, { rules: { 'new_message.others': ['socket'] } })
    expect(kindsOf(await list(anna))).toEqual(['new_message', 'new_conversation'])
    await put(anna, { rules: { 'new_conversation.unassigned': [], 'new_message.unassigned': [] } })
    expect(kindsOf(await list(anna))).toEqual([])
    await put(anna, { rules: { 'new_conversation.unassigned': [] } })
    expect(kindsOf(await list(anna))).toEqual(['new_message'])
    await put(anna, { channels: { [channel.id]: { 'new_message.others': ['socket'] } } })
    expect(kindsOf(await list(anna))).toEqual(['new_message', 'new_conversation'])
  })

  it('says nothing any more of what its author took back', async () => {
    const { anna, channel, say, store, list } = await createNotifiedWorld()
    await say('a')
    expect((await list(anna)).items).toMatchObject([{ preview: 'text of a' }])
    await store({ channel, item: { kind: 'deletion', at: Date.now(), targetExternalId: 'a' } })
    expect((await list(anna)).items).toMatchObject([{ preview: null }])
  })

  it('cuts a very long line, and still shows the preview', async () => {
    const { anna, channel, store, list } = await createNotifiedWorld()
    const content = `Початок ${'x'.repeat(40_000)}`
    const item = { kind: 'message', at: Date.now(), direction: 'inbound', type: 'text', content } as const
    const contact = { aliases: [{ kind: 'phone', value: '380501112233' }] } as const
    await store({ channel, item: { ...item, externalId: 'long', contact: { aliases: [contact.aliases[0]] } } })
    const [one] = (await list(anna)).items
    expect(one !== undefined && 'preview' in one ? one.preview?.slice(0, 9) : '').toBe('Початок x')
  })

  it('costs no row for any user, whatever a customer writes', async () => {
    const { tenant, say } = await createNotifiedWorld()
    for (const id of ['a', 'b', 'c']) await say(id)
    const tables = ['journal_mentions', 'notification_settings', 'notification_reads']
    expect(await Promise.all(tables.map((table) => countOf(table, tenant.id)))).toEqual([0, 0, 0])
  })

  it('is found by indexes', async () => {
    const query = {
      tenantId: 't',
      userId: 'u',
      epoch: 'e',
      ...placesOf(defaultSettings, 'u'),
      from: 1,
      before: 9,
      limit: 50,
    }
    const statement = selectCandidates(env.DB, query)
    expect(statement).toBeDefined()
    const { results } = await explain(query)
    const plan = results.map(({ detail }) => detail).join('\n')
    expect(plan).toMatch(
      /i USING (?:COVERING )?INDEX journal_events_notifying \(tenant_id=\? AND notify=\? AND audience=\? AND seq>\? AND seq<\?\)/,
    )
    expect(plan).toMatch(
      /m USING (?:COVERING )?INDEX sqlite_autoindex_journal_mentions_1 \(tenant_id=\? AND user_id=\? AND seq>\? AND seq<\?\)/,
    )
    expect(plan).toMatch(/x USING INDEX sqlite_autoindex_journal_events_1 \(tenant_id=\? AND seq>\? AND seq<\?\)/)
    expect(plan).toMatch(/e USING INDEX sqlite_autoindex_journal_events_1 \(tenant_id=\? AND seq=\?\)/)
    expect(plan).not.toMatch(/SCAN (?:n|i|m|x|e|c|o|r)\b/)
  })
})

const explain = (query: Parameters<typeof selectCandidates>[1]) =>
  selectCandidates({ prepare: (sql: string) => env.DB.prepare(`explain query plan ${sql}`) } as D1Database, query).all<{
    detail: string
  }>()

/** The platform says that two customers are one person; what is known of the second becomes the first's. */
const becomeOne = ({ channel, store }: NotifiedWorld, first: string, second: string) => {
  const aliasOf = (value: string) => ({ kind: 'phone', value }) as const
  const contact = { aliases: [aliasOf(first), aliasOf(second)] } satisfies InboundContact
  return store({ channel, item: { kind: 'contact', at: Date.now(), contact } })
}

async function newestOf({ token }: TestUser, conversationId: string): Promise<string> {
  const path = `/api/v1/communications/conversations/${conversationId}/messages`
  const [newest] = (await call(path, { bearer: token })).json['items'] as { id: string }[]
  return newest?.id ?? ''
}

describe('what is read', () => {
  it('one by one counts for this user alone, and is not found by anybody else', async () => {
    const { tenant, anna, boris, say, mention, list, unread, read } = await createNotifiedWorld()
    await mention(await say('a'), anna, boris)
    const [mentioned, message] = (await list(boris)).items
    expect(await unread(boris)).toMatchObject({ count: 2, more: false })
    for (let n = 0; n < 2; n++) expect((await read(boris, mentioned?.id ?? '')).json).toMatchObject({ count: 1 })
    expect((await list(boris)).items.map((one) => one.read)).toEqual([true, false])
    expect((await list(boris, '?unread=true')).items).toEqual([message])
    expect(await unread(anna)).toMatchObject({ count: 1 })
    expect(await countOf('notification_reads', tenant.id)).toBe(1)
    for (const id of [mentioned?.id ?? '', 'e1.999', 'other.1', 'x', `${message?.id}0`]) {
      expect(await read(anna, id)).toMatchObject({ status: 404, code: 'notification.not_found' })
    }
  })

  it('all up to a number, never what came meanwhile or is still to come, and never back', async () => {
    const { tenant, anna, say, mention, boris, list, unread, read, readAll } = await createNotifiedWorld()
    const conversationId = await say('a')
    await mention(conversationId, anna, boris)
    const { as_of, items } = await list(boris)
    await read(boris, items[0]?.id ?? '')
    await mention(conversationId, anna, boris)
    expect((await readAll(boris, as_of)).json).toMatchObject({ count: 1 })
    expect(await countOf('notification_reads', tenant.id)).toBe(0)
    expect((await readAll(boris, 0)).json).toMatchObject({ count: 1 })
    expect((await readAll(boris, Number.MAX_SAFE_INTEGER)).json).toMatchObject({ count: 0 })
    await mention(conversationId, anna, boris)
    expect(await unread(boris)).toMatchObject({ count: 1 })
    expect(await unread(anna)).toMatchObject({ count: 1 })
  })

  it('of a conversation, by whomever of the staff, is read for all', async () => {
    const { anna, boris, say, store, unread } = await createNotifiedWorld()
    const conversationId = await say('a')
    await say('other', '380509999999')
    expect((await unread(anna)).count).toBe(2)
    await store({ item: { kind: 'read', conversationId, messageId: await newestOf(boris, conversationId) } })
    expect((await unread(anna)).count).toBe(1)
  })

  it('of a conversation stays so when it becomes part of another', async () => {
    const world = await createNotifiedWorld()
    const { anna, say, store, unread } = world
    for (const customer of ['1', '2']) {
      const conversationId = await say(customer, customer)
      await store({ item: { kind: 'read', conversationId, messageId: await newestOf(anna, conversationId) } })
    }
    await becomeOne(world, '2', '1')
    expect((await unread(anna)).count).toBe(0)
  })

  it('of a conversation is read of all that became part of it, also by way of a third', async () => {
    const world = await createNotifiedWorld()
    const { anna, say, store, unread } = world
    for (const customer of ['1', '2']) await say(customer, customer)
    const conversationId = await say('3', '3')
    await becomeOne(world, '2', '1')
    await becomeOne(world, '3', '2')
    expect((await unread(anna)).count).toBe(3)
    await store({ item: { kind: 'read', conversationId, messageId: await newestOf(anna, conversationId) } })
    expect((await unread(anna)).count).toBe(0)
  })

  it('is all that happened before a user first signed in: it is in the list, and nothing that they missed', async () => {
    const { tenant, say, list, unread } = await createNotifiedWorld()
    await say('a')
    const newcomer = await newUser(tenant, { name: 'Віра' })
    await call('/api/v1/auth/tickets', { method: 'POST', bearer: newcomer.token })
    await until(
      () => unread(newcomer),
      ({ count }) => count === 0,
    )
    expect((await list(newcomer)).items).toMatchObject([{ kind: 'new_conversation', read: true }])
    await call('/api/v1/auth/tickets', { method: 'POST', bearer: newcomer.token })
    await say('b')
    expect(await unread(newcomer)).toMatchObject({ count: 1 })
  })

  it('is forgotten with the epoch: its numbers stand for other events', async () => {
    const { tenant, anna, say, list, unread, readAll } = await createNotifiedWorld()
    await say('a')
    await readAll(anna, (await list(anna)).as_of)
    expect((await unread(anna)).count).toBe(0)
    await admin(`/tenants/${tenant.id}/epoch`, { method: 'POST' })
    expect((await unread(anna)).count).toBe(1)
  })

  it('eight times at once is one row', async () => {
    const { tenant, anna, boris, say, mention, list, read, readAll } = await createNotifiedWorld()
    await mention(await say('a'), anna, boris)
    const { items, as_of } = await list(boris)
    await Promise.all(Array.from({ length: 8 }, () => read(boris, items[0]?.id ?? '')))
    expect(await countOf('notification_reads', tenant.id)).toBe(1)
    await Promise.all(Array.from({ length: 8 }, () => readAll(boris, as_of)))
    expect(await rowsOf('select read_seq from notification_settings where tenant_id = ?1', tenant.id)).toEqual([
      { read_seq: as_of },
    ])
  })
})

describe('the settings', () => {
  it('are the defaults, then what was put, whole', async () => {
    const { anna, boris, put } = await createNotifiedWorld()
    const get = async ({ token }: typeof anna) => (await call(`${notifications}/settings`, { bearer: token })).json
    expect(await get(anna)).toEqual(defaultSettings)
    const answer = await put(anna, { time_zone: 'Europe/Kyiv', rules: { 'new_message.others': ['socket'] } })
    expect(answer.json).toEqual({
      ...defaultSettings,
      time_zone: 'Europe/Kyiv',
      rules: { 'new_message.others': ['socket'] },
    })
    expect(await get(anna)).toEqual(answer.json)
    expect(await get(boris)).toEqual(defaultSettings)
    await put(anna, {})
    expect(await get(anna)).toEqual(defaultSettings)
  })

  it.each([
    [{ time_zone: 'Kyiv' }, 'time_zone: is no time zone of the IANA database such as Europe/Kyiv'],
    [{ rules: { 'new_message.mine': ['socket'] } }, 'rules'],
    [{ rules: { test: ['sound'] } }, 'sound is played by the page'],
    [{ digest: { enabled: true } }, 'digest.address: is needed'],
    [{ other: 1 }, 'Unrecognized key'],
  ])('%j are refused with words that name the field', async (settings, words) => {
    const { anna, put } = await createNotifiedWorld()
    const answer = await put(anna, settings)
    expect([answer.status, answer.code]).toEqual([400, 'request.invalid'])
    expect(answer.text).toContain(words)
  })

  it('stay when everything is read, and the other way round', async () => {
    const { anna, say, put, readAll, list, unread } = await createNotifiedWorld()
    await say('a')
    await put(anna, { time_zone: 'Europe/Kyiv' })
    await readAll(anna, (await list(anna)).as_of)
    await put(anna, { time_zone: 'Asia/Kathmandu' })
    expect((await unread(anna)).count).toBe(0)
    const { json } = await call(`${notifications}/settings`, { bearer: anna.token })
    expect(json['time_zone']).toBe('Asia/Kathmandu')
  })
})

describe('callers', () => {
  it('have to be users, and see their own tenant only', async () => {
    const { anna, say, list, read } = await createNotifiedWorld()
    await say('a')
    const tenant = await newTenant()
    const stranger = await newUser(tenant, { user_id: anna.id })
    expect((await list(stranger)).items).toEqual([])
    const [own] = (await list(anna)).items
    expect((await read(stranger, own?.id ?? '')).code).toBe('notification.not_found')
    for (const path of ['', '/unread', '/settings']) {
      expect((await call(`${notifications}${path}`)).code).toBe('auth.required')
      expect((await call(`${notifications}${path}`, { bearer: tenant.key })).code).toBe('auth.invalid')
    }
  })
})
