import { describe, expect, it } from 'vitest'
import { systemNotice, testNotice } from '../../src/notifications/notice.ts'
import { ruleKeys } from '../../src/protocol/notification-settings.ts'
import { type Answer, type TestUser, call, newTenant, newUser } from '../worker/api.ts'
import { type NotifiedWorld, createNotifiedWorld, notifications } from '../worker/notified.ts'
import { type Client, connect, session } from '../worker/socket.ts'

type Feed = 'communications' | 'notifications'
const feeds: readonly Feed[] = ['communications', 'notifications']

const canary = 'Тільки Борису'
const everything = { rules: Object.fromEntries(ruleKeys.map((key) => [key, ['socket', 'sound']])) }

const listen = (tenantId: string, userId: string, feed: Feed, position: { since?: number; epoch?: string } = {}) =>
  connect(session(tenantId, { userId, feed, ...position }))
const eventsOf = ({ token }: TestUser, feed: Feed): Promise<Answer> =>
  call(`/api/v1/communications/events?feed=${feed}&limit=1000`, { bearer: token })
const kindsIn = ({ frames }: Client): string[] =>
  frames.flatMap((frame) => (frame.type === 'notification' ? [(frame['notification'] as { kind: string }).kind] : []))

/** For Boris alone: a notice, a test, and a note that calls him, by somebody who is not there. */
async function tellBoris({ store, mention, say, boris }: NotifiedWorld): Promise<void> {
  const author = { ...boris, id: crypto.randomUUID() }
  await mention(await say('a'), author, boris)
  await store({ item: { kind: 'notice', ...systemNotice({ title: canary, text: canary, user_id: boris.id }, 'r1') } })
  await store({ item: { kind: 'notice', ...testNotice([boris.id], 'r2') } })
}

describe('what is for one user', () => {
  it('reaches no other, whatever rules they have: live, in replays, in pages of the journal, in lists and counts', async () => {
    const world = await createNotifiedWorld()
    const { tenant, anna, boris, list, put, unread } = world
    expect((await put(anna, everything)).status).toBe(200)
    const live = await Promise.all(feeds.map((feed) => listen(tenant.id, anna.id, feed)))
    const { epoch } = await list(anna)
    await tellBoris(world)
    const replays = await Promise.all(feeds.map((feed) => listen(tenant.id, anna.id, feed, { since: 0, epoch })))
    for (const client of [...live, ...replays]) {
      const pong = await client.settle()
      expect(client.frames.at(-1)?.seq).toBe(pong.seq)
      expect(JSON.stringify(client.frames)).not.toContain(canary)
      expect(kindsIn(client).filter((kind) => kind !== 'new_conversation')).toEqual([])
    }
    expect(replays.map(({ frames }) => frames[0]?.['resumed'])).toEqual([true, true])
    for (const feed of feeds) expect((await eventsOf(anna, feed)).text).not.toContain(canary)
    expect((await eventsOf(boris, 'notifications')).text).toContain(canary)
    expect((await eventsOf(boris, 'communications')).text).not.toContain(canary)
    for (const query of ['', '?unread=true']) {
      expect((await list(anna, query)).items.map(({ kind }) => kind)).toEqual(['new_conversation'])
      expect((await list(boris, query)).items.map(({ kind }) => kind)).toContain('mention')
    }
    expect((await unread(anna)).count).toBe(1)
    expect((await unread(boris)).count).toBe(4)
  })

  it('cannot be marked by another, and nothing tells them that it is there', async () => {
    const world = await createNotifiedWorld()
    const { anna, boris, list, read, unread } = world
    await tellBoris(world)
    const { epoch, items } = await list(boris)
    const wordsOf = ({ status, json }: Answer) => [status, (json['error'] as Record<string, unknown>)['message']]
    const missing = wordsOf(await read(anna, `${epoch}.999`))
    const ownOnly = items.filter(({ kind }) => kind !== 'new_conversation')
    for (const { id } of ownOnly) {
      const answer = await read(anna, id)
      expect(answer.code).toBe('notification.not_found')
      expect(wordsOf(answer)).toEqual(missing)
    }
    expect(ownOnly).toHaveLength(3)
    expect((await unread(boris)).count).toBe(4)
  })
})

describe('another tenant', () => {
  it('whose user has the same id sees nothing of it: frames, pages, lists, settings and marks', async () => {
    const world = await createNotifiedWorld()
    const { tenant, boris, list, put, readAll, unread } = world
    const elsewhere = await newTenant()
    const double = await newUser(elsewhere, { user_id: boris.id })
    const own = await listen(tenant.id, boris.id, 'notifications')
    const { epoch } = own.frames[0] as unknown as { epoch: string }
    const theirs = await listen(elsewhere.id, boris.id, 'notifications')
    await tellBoris(world)
    expect((await put(boris, { time_zone: 'Asia/Kathmandu' })).status).toBe(200)
    await readAll(boris, (await list(boris)).as_of)
    await own.waitFor(({ type }) => type === 'notifications_read')
    const replay = await listen(elsewhere.id, boris.id, 'notifications', { since: 0, epoch })
    for (const client of [theirs, replay]) {
      await client.settle()
      expect(client.frames.map(({ type }) => type).filter((type) => type !== 'ready' && type !== 'pong')).toEqual([])
    }
    for (const feed of feeds) expect((await eventsOf(double, feed)).json['events']).toEqual([])
    expect((await list(double)).items).toEqual([])
    const settings = await call(`${notifications}/settings`, { bearer: double.token })
    expect(settings.json['time_zone']).not.toBe('Asia/Kathmandu')
    expect((await readAll(double, 0)).status).toBe(200)
    expect((await unread(boris)).count).toBe(0)
  })

  it('tells nobody here anything with its key, not even whether they are there', async () => {
    const { tenant, boris, list } = await createNotifiedWorld()
    const elsewhere = await newTenant()
    const client = await listen(tenant.id, boris.id, 'notifications')
    const post = (path: string, json: object) => call(path, { bearer: elsewhere.key, json })
    expect((await post(notifications, { title: canary, user_id: boris.id })).status).toBe(200)
    expect((await post(notifications, { title: canary })).status).toBe(200)
    const test = '/api/v1/communications/test-notification'
    const answers = await Promise.all([boris.id, crypto.randomUUID()].map((user_id) => post(test, { user_id })))
    const [known, unknown] = answers.map(({ json }) =>
      (json['users'] as object[]).map((one) => ({ ...one, user_id: '' })),
    )
    expect(known).toMatchObject([{ sockets: 0 }])
    expect(known).toEqual(unknown)
    await client.settle()
    expect(kindsIn(client)).toEqual([])
    expect((await list(boris)).items).toEqual([])
  })

  it('has nobody whom a note could call', async () => {
    const { boris, anna, say } = await createNotifiedWorld()
    const stranger = await newUser(await newTenant(), { name: 'Чужа' })
    // Whoever has opened a page is one of the staff, of their own tenant.
    await call('/api/v1/auth/tickets', { method: 'POST', bearer: stranger.token })
    const path = `/api/v1/communications/conversations/${await say('a')}/notes`
    const note = (json: object) =>
      call(path, { bearer: anna.token, json: { client_note_id: crypto.randomUUID(), ...json } })
    expect((await note({ text: 'Глянь', mentions: [stranger.id] })).code).toBe('mention.unknown')
    expect((await note({ text: 'Глянь, @Чужа' })).json['note']).toMatchObject({ mentions: [] })
    expect((await call(notifications, { bearer: stranger.token })).json['items']).toEqual([])
    expect((await call(notifications, { bearer: boris.token })).text).not.toContain('Глянь')
  })
})
