import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { InboundMessage } from '../../src/channels/channel.ts'
import { signDigestLink } from '../../src/lib/digest-link.ts'
import { NotificationSettings } from '../../src/protocol/notification-settings.ts'
import { selectDueDigests } from '../../src/store/digests.ts'
import { message } from '../ingest/builders.ts'
import { address, createDigestWorld, linkIn } from '../worker/digested.ts'
import { type Json, call } from '../worker/api.ts'
import { bearer, createChannel, request } from '../worker/inbox.ts'
import { relayError } from '../worker/mail-relay.ts'
import { notifications as path } from '../worker/notified.ts'

const hourMs = 3_600_000

describe('an address for digests', () => {
  it('gets nothing until its owner has pressed the button behind the link of a mail', async () => {
    const world = await createDigestWorld()
    const { anna, relay, deps } = world
    await world.switchOn(anna)
    expect(relay.sent).toHaveLength(1)
    expect(relay.sent[0]).toMatchObject({
      to: address,
      from: { email: 'notifications@inbox.example' },
      headers: { 'Auto-Submitted': 'auto-generated' },
    })
    await world.say('1')
    world.clock.now += 5 * hourMs
    expect(await world.sweep()).toEqual([])
    expect(await world.state(anna)).toEqual({ address, confirmed_at: null, last_sent_at: null, next_at: null })
    // Programs look at links before people do.
    const link = linkIn(relay.sent[0], 'confirm')
    const page = await request(link, {}, deps.env)
    expect(page.text).toContain('<form method="post">')
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'.*form-action 'self'/)
    expect((await world.state(anna)).confirmed_at).toBeNull()
    await world.confirm(anna)
    const { next_at } = await world.state(anna)
    expect(Date.parse(next_at ?? '')).toBeGreaterThan(Date.now() + 3.9 * hourMs)
    await world.confirm(anna)
    expect((await world.state(anna)).next_at).toBe(next_at)
  })

  it('is asked though the hub cannot be told of the settings: they are stored all the same', async () => {
    const world = await createDigestWorld()
    const { anna, relay, deps } = world
    const HUB = { idFromName: () => ({}), get: () => ({ settingsChanged: () => Promise.reject(new Error('away')) }) }
    const headers = { ...bearer(anna.token), 'content-type': 'application/json' }
    const body = JSON.stringify({ digest: { enabled: true, address } })
    const away = { ...deps.env, HUB } as unknown as Env
    expect((await request(`${path}/settings`, { method: 'PUT', headers, body }, away)).status).toBe(200)
    expect(relay.sent).toMatchObject([{ to: address }])
    expect((await world.state(anna)).address).toBe(address)
  })

  it('is confirmed by no link that was altered, is of another purpose, another address or too old', async () => {
    const world = await createDigestWorld()
    const { anna, relay, deps } = world
    await world.switchOn(anna)
    const link = linkIn(relay.sent[0], 'confirm')
    const post = async (at: string) => (await request(at, { method: 'POST' }, deps.env)).status
    const [payload = '', signature = ''] = (link.split('/').at(-1) ?? '').split('.')
    const claims = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as Record<string, unknown>
    const forged = btoa(JSON.stringify({ ...claims, u: world.boris.id }))
      .replaceAll('+', '-')
      .replaceAll('/', '_')
      .replaceAll('=', '')
    const old = await signDigestLink(deps.config.authSecret, {
      purpose: 'confirm',
      tenantId: world.tenant.id,
      userId: anna.id,
      addressHash: String(claims['a']),
      language: 'en',
      expiresAt: Date.now() - 1,
    })
    for (const bad of [
      `${path}/digest/confirm/${forged}.${signature}`,
      `${path}/digest/confirm/${old}`,
      `${path}/digest/confirm/x`,
      link.replace('/confirm/', '/stop/'),
    ]) {
      expect(await post(bad)).toBe(404)
    }
    await world.switchOn(anna, {}, { address: 'another@bureau.example' })
    expect(await post(link)).toBe(404)
    expect((await world.state(anna)).confirmed_at).toBeNull()
  })

  it('is asked again, but not without end, and not once it is confirmed', async () => {
    const world = await createDigestWorld()
    const { anna, relay } = world
    const ask = () => world.api(anna, '/digest/confirmation', {}, 'POST')
    expect((await ask()).body).toMatchObject({ error: { code: 'digest.no_address' } })
    await world.switchOn(anna)
    const answers = await Promise.all(Array.from({ length: 6 }, ask))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(2)
    const refused = answers.find(({ status }) => status === 429)
    expect(refused?.body).toMatchObject({ error: { code: 'digest.too_often' } })
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(relay.sent).toHaveLength(3)
    await world.confirm(anna)
    expect((await ask()).status).toBe(200)
    expect(relay.sent).toHaveLength(3)
  })

  it('that is a mailbox of the tenant itself is refused, also by a plus and by a catch-all', async () => {
    const world = await createDigestWorld()
    await createChannel(world.tenant.id, 'email', { externalId: 'office@slovo.example' })
    await createChannel(world.tenant.id, 'email', { externalId: '*@catch.example' })
    for (const own of ['office@slovo.example', 'Office+x@slovo.example', 'any@catch.example']) {
      const { body } = await world.api(world.anna, '/settings', { digest: { enabled: true, address: own } })
      expect(body).toMatchObject({ error: { code: 'digest.own_mailbox' } })
    }
    expect(world.relay.sent).toEqual([])
  })

  it('that becomes a mailbox of the tenant later gets no more', async () => {
    const world = await createDigestWorld()
    await world.switchOn(world.anna)
    await world.confirm(world.anna)
    await world.say('1')
    await createChannel(world.tenant.id, 'email', { externalId: address })
    world.clock.now += 5 * hourMs
    expect(await world.sweep()).toEqual([])
    expect((await world.state(world.anna)).next_at).toBeNull()
    // Everything else can still be changed, digests switched off as well; but not on again.
    const put = async (digest: Json) => {
      const { status } = await world.api(world.anna, '/settings', { time_zone: 'Europe/Kyiv', digest })
      return status
    }
    const schedule = { kind: 'every', hours: 4 }
    expect(await put({ enabled: true, address, schedule })).toBe(200)
    expect(await put({ enabled: false, address, schedule })).toBe(200)
    expect(await put({ enabled: true, address, schedule })).toBe(422)
    await env.DB.prepare('delete from channels where tenant_id = ?1').bind(world.tenant.id).run()
  })

  it('waits where the operator has named nobody to send from', async () => {
    const { anna, api } = await createDigestWorld()
    await api(anna, '/settings', { digest: { enabled: true, address } })
    const headers = { ...bearer(anna.token), 'content-type': 'application/json' }
    const asked = await request(`${path}/digest/confirmation`, { method: 'POST', headers, body: '{}' })
    expect(asked.body).toMatchObject({ error: { code: 'digest.not_configured' } })
  })
})

describe('a digest', () => {
  it('tells what is unread since the last one, once, and nothing of what was read', async () => {
    const world = await createDigestWorld()
    const { anna } = world
    await world.say('before')
    await world.switchOn(anna)
    await world.confirm(anna)
    const seen = await world.say('seen', '380501111111')
    await world.say('unseen', '380502222222')
    const [item] = (await world.list(anna)).items.filter(({ conversation_id: id }) => id === seen)
    await world.read(anna, item?.id ?? '')
    expect(await world.sweep()).toEqual([])
    world.clock.now += 4 * hourMs + 1_000
    const sent = (await Promise.all([1, 2, 3].map(() => world.sweep()))).flat()
    expect(new Set(sent).size).toBe(1)
    const [mail] = sent
    expect(mail).toMatchObject({ to: address, subject: '1 unread notification in Бюро' })
    expect(mail?.headers).toMatchObject({
      'Auto-Submitted': 'auto-generated',
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    })
    expect(mail?.text).not.toContain(seen)
    const { last_sent_at, next_at } = await world.state(anna)
    expect(last_sent_at).toBe(new Date(world.clock.now).toISOString())
    expect(next_at).toBe(new Date(world.clock.now + 4 * hourMs).toISOString())
    world.clock.now += 4 * hourMs + 1_000
    expect(await world.sweep()).toEqual([])
    // What comes now does not wait for another four hours.
    await world.say('later', '380503333333')
    world.clock.now += hourMs / 4
    expect(await world.sweep()).toHaveLength(1)
  })

  it('waits while its user is disabled', async () => {
    const world = await createDigestWorld()
    const { anna, tenant } = world
    await world.switchOn(anna)
    await world.confirm(anna)
    await world.say('unseen')
    const setDisabled = (disabled: boolean) =>
      call(`/api/v1/auth/users/${anna.id}`, { method: 'PATCH', bearer: tenant.key, json: { disabled } })
    await setDisabled(true)
    world.clock.now += 4 * hourMs + 1_000
    expect(await world.sweep()).toEqual([])
    await setDisabled(false)
    expect(await world.sweep()).toMatchObject([{ to: address }])
  })

  it('never tells of lines that are for other users, or that the rules leave out', async () => {
    const world = await createDigestWorld()
    const { anna, boris } = world
    await world.switchOn(anna, {
      rules: { 'new_message.unassigned': ['socket'], 'new_conversation.unassigned': ['socket'] },
    })
    await world.confirm(anna)
    const conversation = await world.say('1')
    await world.mention(conversation, anna, boris)
    world.clock.now += 5 * hourMs
    expect(await world.sweep()).toEqual([])
    await world.mention(conversation, boris, anna)
    world.clock.now += 5 * hourMs
    const [mail] = await world.sweep()
    expect(mail?.subject).toMatch(/^1 unread/)
    expect(mail?.text).toContain('a note mentions you')
  })

  it('tells what is unread however much was read above it', async () => {
    const world = await createDigestWorld()
    const { anna, channel, store } = world
    await world.switchOn(anna)
    await world.confirm(anna)
    const missed = await world.say('missed')
    const seen = await world.say('seen', '380502222222')
    const contact: InboundMessage['contact'] = { aliases: [{ kind: 'phone', value: '380502222222' }] }
    for (let n = 0; n < 11; n++) {
      const items = Array.from({ length: 100 }, (_, at) => message({ externalId: `seen ${n} ${at}`, contact }))
      await store(...items.map((item) => ({ channel, item })))
    }
    const { messageId } = await store({ channel, item: message({ externalId: 'last', contact }) })
    await store({ item: { kind: 'read', conversationId: seen, messageId: messageId ?? '' } })
    world.clock.now += 5 * hourMs
    const [mail] = await world.sweep()
    expect(mail?.subject).toMatch(/^1 unread/)
    expect(mail?.text).toContain(missed)
  })

  it('goes through a very long journal in steps, and leaves out nothing', async () => {
    const world = await createDigestWorld()
    await world.switchOn(world.anna)
    await world.confirm(world.anna)
    await env.DB.prepare('update journal_heads set seq = 150000 where tenant_id = ?1').bind(world.tenant.id).run()
    await world.say('1')
    world.clock.now += 5 * hourMs
    expect(await world.sweep()).toEqual([])
    world.clock.now += 60_000
    expect(await world.sweep()).toHaveLength(1)
  })

  it('is of a line that only the digest is to tell', async () => {
    const world = await createDigestWorld()
    await world.switchOn(world.anna, { rules: { 'new_conversation.unassigned': ['email_digest'] } })
    await world.confirm(world.anna)
    await world.say('1')
    world.clock.now += 5 * hourMs
    expect(await world.sweep()).toHaveLength(1)
  })

  it("goes out at its time on the user's own clock, and waits for the end of a pause", async () => {
    const world = await createDigestWorld()
    const { anna } = world
    await world.switchOn(anna, { time_zone: 'Asia/Kathmandu' }, { schedule: { kind: 'daily', at: '07:30' } })
    await world.confirm(anna)
    const next = Date.parse((await world.state(anna)).next_at ?? '')
    // 07:30 in Kathmandu, which is 5 hours and 45 minutes ahead.
    expect(new Date(next).toISOString().slice(11, 16)).toBe('01:45')
    await world.say('1')
    world.clock.now = next - 60_000
    expect(await world.sweep()).toEqual([])
    const until = next + 2 * hourMs
    const settings = NotificationSettings.parse((await world.api(anna, '/settings')).body)
    await world.api(anna, '/settings', { ...settings, paused_until: new Date(until).toISOString() })
    world.clock.now = next
    expect(await world.sweep()).toEqual([])
    world.clock.now = until + 60_000
    expect(await world.sweep()).toHaveLength(1)
    world.clock.now += 10 * 60_000
    await world.say('2')
    expect(await world.sweep()).toEqual([])
    expect(new Date((await world.state(anna)).next_at ?? '').toISOString().slice(11, 16)).toBe('01:45')
  })

  it('comes again when it was certainly not sent, and never when nobody can tell', async () => {
    const world = await createDigestWorld()
    const { anna, relay } = world
    await world.switchOn(anna)
    await world.confirm(anna)
    await world.say('1')
    world.clock.now += 5 * hourMs
    relay.failures.push(relayError('E_RATE_LIMIT_EXCEEDED'), relayError('E_RATE_LIMIT_EXCEEDED'))
    expect(await world.sweep()).toEqual([])
    expect((await world.state(anna)).last_sent_at).toBeNull()
    world.clock.now += 61_000
    expect(await world.sweep()).toEqual([])
    world.clock.now += 5 * 60_000 + 1_000
    expect(await world.sweep()).toHaveLength(1)
    await world.say('2', '380502222222')
    world.clock.now += 5 * hourMs
    relay.failures.push(new Error('lost'))
    expect(await world.sweep()).toEqual([])
    expect((await world.state(anna)).last_sent_at).toBe(new Date(world.clock.now).toISOString())
    for (let n = 0; n < 3; n++) {
      world.clock.now += hourMs
      expect(await world.sweep()).toEqual([])
    }
  })

  it('that is refused for good is told by the next one', async () => {
    const world = await createDigestWorld()
    await world.switchOn(world.anna)
    await world.confirm(world.anna)
    await world.say('1')
    world.clock.now += 5 * hourMs
    world.relay.failures.push(relayError('E_SENDER_NOT_VERIFIED'))
    expect(await world.sweep()).toEqual([])
    world.clock.now += hourMs
    expect(await world.sweep()).toEqual([])
    world.clock.now += 3.1 * hourMs
    expect(await world.sweep()).toHaveLength(1)
  })

  it('ends by one click of a mail program, without signing in, and by nothing less', async () => {
    const world = await createDigestWorld()
    const { anna, deps } = world
    await world.switchOn(anna, {}, { language: 'uk' })
    await world.confirm(anna)
    await world.say('1')
    world.clock.now += 5 * hourMs
    const [mail] = await world.sweep()
    const link = linkIn(mail, 'stop')
    expect(mail?.headers['List-Unsubscribe']).toContain(link)
    expect((await request(link, {}, deps.env)).text).toContain('<form method="post">')
    expect(NotificationSettings.parse((await world.api(anna, '/settings')).body).digest.enabled).toBe(true)
    const click = {
      method: 'POST',
      body: 'List-Unsubscribe=One-Click',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    }
    const done = await request(link, click, deps.env)
    expect({ status: done.status, text: done.text }).toMatchObject({
      status: 200,
      text: expect.stringContaining('lang="uk"') as string,
    })
    expect((await request(link, click, deps.env)).status).toBe(200)
    const { digest } = NotificationSettings.parse((await world.api(anna, '/settings')).body)
    expect(digest).toMatchObject({ enabled: false, address, language: 'uk' })
    await world.say('2')
    world.clock.now += 24 * hourMs
    expect(await world.sweep()).toEqual([])
    // Whoever switches them on again has confirmed the address, and hears of what comes from then on.
    await world.switchOn(anna)
    expect((await world.state(anna)).next_at).not.toBeNull()
  })

  it('has no header of its own making in whatever name it is given', async () => {
    const world = await createDigestWorld()
    const evil = 'Bureau\r\nBcc: victim@evil.example\r\n\r\n<b>"hi"'
    await env.DB.prepare('update tenants set name = ?2 where id = ?1').bind(world.tenant.id, evil).run()
    await env.DB.prepare('update channels set name = ?2 where tenant_id = ?1').bind(world.tenant.id, evil).run()
    await world.switchOn(world.anna)
    await world.confirm(world.anna)
    await world.say('1')
    world.clock.now += 5 * hourMs
    await world.sweep()
    expect(world.relay.sent).toHaveLength(2)
    for (const { subject, from, headers, html } of world.relay.sent) {
      const name = typeof from === 'string' ? from : from.name
      for (const value of [subject, name, ...Object.values(headers)]) expect(value).not.toMatch(/[\r\n]/)
      expect(name).not.toMatch(/[<>",;:@]/)
      expect(html).not.toContain('<b>')
    }
  })

  it('is found by an index', async () => {
    const explaining = { prepare: (sql: string) => env.DB.prepare(`explain query plan ${sql}`) } as D1Database
    const { results } = await selectDueDigests(explaining, { now: 1, limit: 1 }).all<{ detail: string }>()
    expect(results.map(({ detail }) => detail).join('\n')).toMatch(
      /s USING INDEX directory_digests \(digest_due_at<\?\)/,
    )
  })
})
