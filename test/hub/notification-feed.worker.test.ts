import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { attentionOf } from '../../src/hub/call-hub.ts'
import { createUserSettings, knownSettings, loadSettings } from '../../src/hub/user-settings.ts'
import { systemNotice, testNotice } from '../../src/notifications/notice.ts'
import { EventPage } from '../../src/protocol/api.ts'
import { NotificationFrame } from '../../src/protocol/notifications.ts'
import { type TestUser, call } from '../worker/api.ts'
import { until } from '../worker/companion.ts'
import { type NotifiedWorld, createNotifiedWorld } from '../worker/notified.ts'
import { type Client, connect, session } from '../worker/socket.ts'
import { rowsOf } from '../worker/tenant.ts'

type Position = { since?: number; epoch?: string }

const listen = ({ tenant }: NotifiedWorld, user: TestUser, fields: Position & { feed?: 'communications' } = {}) =>
  connect(session(tenant.id, { userId: user.id, feed: 'notifications', ...fields }))
const told = ({ frames }: Client) =>
  frames.flatMap((frame) => (frame.type === 'notification' ? [NotificationFrame.parse(frame)] : []))
const kindsTo = (client: Client): string[] => told(client).map(({ notification }) => notification.kind)
const hubOf = ({ tenant }: NotifiedWorld) => env.HUB.get(env.HUB.idFromName(`tenant:${tenant.id}`))

/** Every number from the first to the last, once. */
function covered({ frames }: Client): number[] {
  return frames.flatMap(({ type, seq = 0, from }) => {
    if (type === 'skip') return Array.from({ length: seq - Number(from) + 1 }, (_, n) => Number(from) + n)
    return type === 'notification' ? [seq] : []
  })
}
const upTo = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, n) => from + n)

/** One of everything: for both users, for one, for none. */
async function muchHappens({ anna, boris, say, assign, mention, store }: NotifiedWorld): Promise<string> {
  const conversationId = await say('a')
  await assign(conversationId, anna.id, boris.id)
  await say('b')
  await mention(conversationId, anna, boris)
  await store({ item: { kind: 'notice', ...systemNotice({ title: 'Backup', text: '' }, 'r1') } })
  await store({ item: { kind: 'notice', ...testNotice([anna.id], 'r2') } })
  await store({
    item: { kind: 'notice', ...systemNotice({ title: 'Тільки Борису', text: '', user_id: boris.id }, 'r3') },
  })
  return conversationId
}
const forAnna = ['new_conversation', 'assignment', 'new_message', 'system', 'test']
const forBoris = ['new_conversation', 'mention', 'system', 'system']

describe('the notifications feed', () => {
  it('tells each user what concerns them, live, and accounts for every number', async () => {
    const world = await createNotifiedWorld()
    const { anna, boris } = world
    const clients = [await listen(world, anna), await listen(world, boris)] as const
    await muchHappens(world)
    await Promise.all(clients.map((client) => client.settle()))
    expect(clients.map(kindsTo)).toEqual([forAnna, forBoris])
    for (const client of clients) {
      const pong = await client.settle()
      expect(covered(client)).toEqual(upTo(1, Number(pong.seq)))
    }
    expect(told(clients[0])[0]).toMatchObject({
      show: true,
      sound: true,
      notification: { relation: 'unassigned', read: false },
    })
  })

  it('replays what was missed, the same and late, and never what is for another', async () => {
    const world = await createNotifiedWorld()
    const first = await listen(world, world.anna)
    const { epoch } = first.frames[0] as unknown as { epoch: string }
    await muchHappens(world)
    await first.settle()
    for (const [user, kinds] of [
      [world.anna, forAnna],
      [world.boris, forBoris],
    ] as const) {
      const again = await listen(world, user, { since: 0, epoch })
      expect(again.frames[0]).toMatchObject({ type: 'ready', resumed: true })
      const pong = await again.settle()
      expect(kindsTo(again)).toEqual(kinds)
      expect(covered(again)).toEqual(upTo(1, Number(pong.seq)))
      const text = JSON.stringify(again.frames)
      expect(text.includes('Тільки Борису')).toBe(user === world.boris)
    }
    const gap = await call('/api/v1/communications/events?feed=notifications', { bearer: world.anna.token })
    expect(gap.text).not.toContain('Тільки Борису')
    const page = EventPage.parse(gap.json)
    expect(page.events).toEqual(told(first))
    const messages = await listen(world, world.boris, { feed: 'communications', since: 0, epoch })
    await messages.settle()
    expect(messages.frames.filter(({ type }) => type === 'notification')).toEqual([])
  })

  it('goes by the settings as they are, also right after they were changed, and after the hub has slept', async () => {
    const world = await createNotifiedWorld()
    const { anna, boris, say, assign, put } = world
    const client = await listen(world, anna)
    const conversationId = await say('a')
    await assign(conversationId, boris.id, boris.id)
    await say('b')
    await put(anna, { rules: { 'new_message.others': ['socket'] } })
    await say('c')
    await evictDurableObject(hubOf(world))
    await say('d')
    await client.waitFor((frame) => JSON.stringify(frame).includes('text of d'))
    expect(told(client).map(({ notification }) => 'preview' in notification && notification.preview)).toEqual([
      'text of a',
      'text of c',
      'text of d',
    ])
    expect(covered(client)).toEqual(upTo(1, told(client).at(-1)?.seq ?? 0))
  })

  it('tells a user’s windows that their settings are others, once these count, and nobody else’s', async () => {
    const world = await createNotifiedWorld()
    const { anna, boris, put } = world
    const [one, two, other] = [await listen(world, anna), await listen(world, anna), await listen(world, boris)]
    const changes = ({ frames }: Client) => frames.filter(({ type }) => type === 'notification_settings').length
    await put(anna, { rules: { 'new_message.unassigned': [], 'new_conversation.unassigned': [] } })
    await two.waitFor(({ type }) => type === 'notification_settings')
    await world.say('a')
    await other.waitFor(({ type }) => type === 'notification')
    await Promise.all([one.settle(), two.settle()])
    expect([one, two, other].map(changes)).toEqual([1, 1, 0])
    expect(told(one)).toEqual([])
  })

  it('makes no noise of a conversation that lies open, on whatever socket, also after the hub has slept', async () => {
    const world = await createNotifiedWorld()
    const { tenant, anna, boris, say } = world
    const conversationId = await say('a')
    const [bell, others] = [await listen(world, anna), await listen(world, boris)]
    const page = await listen(world, anna, { feed: 'communications' })
    const focus = async (id: string | null): Promise<void> => {
      page.ws.send(JSON.stringify({ type: 'focus', conversation_id: id }))
      await until(
        () => attentionOf(env, tenant.id, [anna.id], 0),
        ([one]) => (one?.focus[0] ?? null) === id,
      )
    }
    await focus(conversationId)
    await say('b')
    await evictDurableObject(hubOf(world))
    await say('c')
    await focus(null)
    await say('d')
    await bell.waitFor((frame) => JSON.stringify(frame).includes('text of d'))
    expect(told(bell).map(({ show, sound }) => [show, sound])).toEqual([
      [false, false],
      [false, false],
      [true, true],
    ])
    await others.settle()
    expect(told(others).map(({ show, sound }) => [show, sound])).toEqual([
      [true, true],
      [true, true],
      [true, true],
    ])
    page.ws.send(JSON.stringify({ type: 'focus', conversation_id: 'x' }))
    expect(await page.waitFor(({ type }) => type === 'error')).toMatchObject({ code: 'frame.invalid' })
  })

  it('shows read marks in all windows of the user, and to nobody else', async () => {
    const world = await createNotifiedWorld()
    const { anna, boris, say, list, read, readAll } = world
    const windows = [await listen(world, anna), await listen(world, anna)]
    const other = await listen(world, boris)
    await say('a')
    const { items, as_of } = await list(anna)
    const id = items[0]?.id ?? ''
    await read(anna, id)
    await readAll(anna, as_of)
    for (const client of windows) {
      expect(await client.waitFor((frame) => frame['up_to'] === null)).toEqual({
        type: 'notifications_read',
        up_to: null,
        ids: [id],
      })
      await client.waitFor((frame) => frame['up_to'] === as_of)
    }
    await other.settle()
    expect(other.frames.filter(({ type }) => type === 'notifications_read')).toEqual([])
  })

  it('gives the journal line to no notifications socket, but what it means', async () => {
    const world = await createNotifiedWorld()
    const client = await listen(world, world.anna)
    await world.store({ item: { kind: 'notice', ...testNotice([world.anna.id, world.boris.id], 'r') } })
    await client.waitFor(({ type }) => type === 'notification')
    expect(JSON.stringify(client.frames)).not.toContain(world.boris.id)
    const [row] = await rowsOf<{ data: string }>(
      'select data from journal_events where tenant_id = ?1',
      world.tenant.id,
    )
    expect(row?.data).toContain(world.boris.id)
  })
})

describe('settings', () => {
  it('of many users who come back at once are read together, and none of them is late', async () => {
    const world = await createNotifiedWorld()
    const { tenant, anna, put } = world
    await put(anna, { rules: { 'new_message.others': ['socket'] } })
    let reads = 0
    const counted = new Proxy(env.DB, {
      get(db, name: keyof D1Database) {
        if (name === 'prepare') reads += 1
        return db[name].bind(db)
      },
    })
    const known = createUserSettings()
    const users = [anna.id, ...Array.from({ length: 500 }, (_, n) => `user-${n}`)]
    await Promise.all(users.map((id) => loadSettings(known, counted, tenant.id, [id])))
    expect(reads).toBe(1)
    expect(known.byUser.size).toBe(users.length)
    expect(knownSettings(known, anna.id).rules).toEqual({ 'new_message.others': ['socket'] })
    expect(knownSettings(known, 'user-0').rules).toEqual({})
  })

  it('hold for a page that is loaded anew while its old socket closes', async () => {
    const world = await createNotifiedWorld()
    const { anna, put, say } = world
    await put(anna, { rules: { 'new_conversation.unassigned': [], 'new_message.unassigned': [] } })
    let client = await listen(world, anna)
    for (let n = 0; n < 10; n++) {
      const next = listen(world, anna)
      client.ws.close(1000)
      client = await next
      await say(String(n), `38050000000${n}`)
      await client.settle()
      expect(told(client)).toEqual([])
    }
  })

  it('that could not be read are asked for again by the next one', async () => {
    const world = await createNotifiedWorld()
    const broken = { prepare: () => expect.unreachable() } as unknown as D1Database
    const known = createUserSettings()
    await expect(loadSettings(known, broken, world.tenant.id, ['a'])).rejects.toThrow()
    await loadSettings(known, env.DB, world.tenant.id, ['a'])
    expect(known.byUser.has('a')).toBe(true)
  })
})
