import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jobDepsOf } from '../../src/jobs/entrances.ts'
import { handleJobs } from '../../src/jobs/queue.ts'
import { sweepJobs } from '../../src/jobs/sweep.ts'
import type { CommandResult } from '../../src/protocol/companion.ts'
import { listAbandonedCommands, takeCommands } from '../../src/store/companion-commands.ts'
import { openDatabase } from '../../src/store/database.ts'
import { admin, call, newTenant } from '../worker/api.ts'
import {
  createCompanion,
  createCompanionWorld,
  expireLease,
  iso,
  jobsOf,
  openBell,
  sent,
  until,
} from '../worker/companion.ts'
import { batchOf, messageOf } from '../worker/outbox.ts'
import { rowsOf } from '../worker/tenant.ts'

const refusal = { code: 'PEER_ID_INVALID', title: 'No such peer', details: null, kind: 'recipient' } as const
const failed = (id: string): CommandResult => ({ id, at: iso(), outcome: { kind: 'failed', error: refusal } })

describe('a reply on an account that a companion runs', () => {
  it('rings, is pulled, is sent, and shows it', async () => {
    const world = await createCompanionWorld()
    const companion = createCompanion(world)
    expect(await companion.lease()).toMatchObject({ state: 'held', token: 1 })
    const { frames } = await openBell(world.key)
    const [heard] = await world.thread()
    const shown = await world.reply('Вітаю!', { reply_to: heard?.id })
    expect(shown).toMatchObject({ status: 'queued', error: null })
    await until(
      () => frames.length,
      (n) => n > 0,
    )
    const { items } = await companion.pull(0)
    const [command] = items
    expect(frames).toEqual([{ type: 'commands', account: world.account, seq: command?.seq }])
    expect(items).toEqual([
      {
        seq: expect.any(Number),
        id: expect.any(String),
        message_id: shown.id,
        conversation: { external_id: world.customer, thread: '' },
        type: 'text',
        content: 'Вітаю!',
        reply_to_external_id: heard?.external_id,
        attachments: [],
        mail: null,
        created_at: expect.any(String),
      },
    ])
    expect(await world.message(shown.id)).toMatchObject({ status: 'queued' })
    expect(await companion.tell([sent(command?.id ?? '', '501')])).toMatchObject({ settled: [command?.id] })
    expect(await world.message(shown.id)).toMatchObject({ status: 'sent', external_id: '501', error: null })
    expect((await companion.pull()).items).toEqual([])
    expect(await companion.lease()).toMatchObject({ token: 1, cursor: expect.any(Number) })
    expect((await companion.lease()).cursor).toBeGreaterThanOrEqual(command?.seq ?? Number.NaN)
  })

  it('brings its files along, to be fetched with the key', async () => {
    const world = await createCompanionWorld()
    const bytes = new Uint8Array([1, 2, 3, 4])
    const headers = { 'content-type': 'application/pdf', 'content-length': '4' }
    const upload = await call('/api/v1/communications/uploads', { bearer: world.key, body: bytes, headers })
    const attachments = [{ upload_id: upload.json['upload_id'], filename: 'рахунок.pdf' }]
    await world.reply('Рахунок', { attachments })
    const companion = createCompanion(world)
    await companion.lease()
    const [command] = (await companion.pull()).items
    const [file] = command?.attachments ?? []
    expect(file).toMatchObject({ filename: 'рахунок.pdf', mime_type: 'application/pdf', size: 4 })
    const fetched = await call(file?.url ?? '', { bearer: world.key })
    expect([fetched.status, fetched.headers.get('content-length'), fetched.text]).toEqual([
      200,
      '4',
      '\u0001\u0002\u0003\u0004',
    ])
    const part = await call(file?.url ?? '', { bearer: world.key, headers: { range: 'bytes=2-' } })
    expect([part.status, part.text]).toEqual([206, '\u0003\u0004'])
    // What customers sent is none of its business, and neither is what other tenants have.
    const other = await createCompanionWorld()
    const foreign = await call(file?.url ?? '', { bearer: other.key })
    await world.hear('with-file', { attachments: [{ upload_id: attachments[0]?.upload_id }] })
    const [heard] = await rowsOf<{ id: string }>(
      `select id from attachments where tenant_id = ?1 and message_id in
         (select id from messages where tenant_id = ?1 and external_id = 'with-file')`,
      world.tenant.id,
    )
    const inbound = await call(`/api/v1/companion/files/${heard?.id}`, { bearer: world.key })
    expect([foreign.code, inbound.code]).toEqual(['file.not_found', 'file.not_found'])
  })

  it('is in order, page by page, and is handed out again until its result is there', async () => {
    const world = await createCompanionWorld()
    for (let n = 0; n < 5; n++) await world.reply(`${n}`)
    const companion = createCompanion(world)
    await companion.lease()
    const texts = async (after: number, limit: number) =>
      (await companion.pull(after, { limit })).items.map(({ content }) => content)
    expect(await texts(0, 2)).toEqual(['0', '1'])
    expect(await texts(0, 3)).toEqual(['0', '1', '2'])
    const seqs = (await companion.pull(0, { limit: 3 })).items.map(({ seq }) => seq)
    expect(await texts(seqs[2] ?? 0, 50)).toEqual(['3', '4'])
    const { cursor } = await companion.lease()
    expect(await texts(cursor, 50)).toEqual(['0', '1', '2', '3', '4'])
  })

  it('is sent by nobody else, whatever the queue and the sweep do', async () => {
    const world = await createCompanionWorld()
    const shown = await world.reply('x')
    const deps = jobDepsOf(env)
    const ring = async () => {
      const [job] = await jobsOf(world.tenant.id)
      const body = { v: 1, tenant_id: world.tenant.id, job_id: job?.id }
      const bell = messageOf({ body, attempts: 0 })
      await handleJobs(batchOf([bell]), { ...deps, now: () => Date.now() + 86_400_000 })
      expect(bell.outcome).toEqual({ kind: 'ack' })
    }
    await ring()
    expect(await jobsOf(world.tenant.id)).toMatchObject([{ state: 'due', handed_to: null }])
    const companion = createCompanion(world)
    await companion.lease()
    const [command] = (await companion.pull()).items
    await ring()
    await sweepJobs({ ...deps, now: () => Date.now() + 86_400_000 })
    expect(await jobsOf(world.tenant.id)).toMatchObject([{ state: 'sending', handed_to: companion.id }])
    expect(await world.message(shown.id)).toMatchObject({ status: 'queued' })
    await companion.tell([sent(command?.id ?? '', '7')])
    expect(await world.message(shown.id)).toMatchObject({ status: 'sent' })
  })
})

describe('what became of a command', () => {
  it('is refused and shown; a person sends it again as another command', async () => {
    const world = await createCompanionWorld()
    const companion = createCompanion(world)
    await companion.lease()
    const shown = await world.reply('x')
    const [first] = (await companion.pull()).items
    await companion.tell([failed(first?.id ?? '')])
    expect(await world.message(shown.id)).toMatchObject({ status: 'failed', error: refusal })
    expect((await world.retry(shown.id)).status).toBe(202)
    const [second] = (await companion.pull()).items
    expect(second).toMatchObject({ message_id: shown.id, content: 'x' })
    expect(second?.id).not.toBe(first?.id)
    expect(second?.seq).toBeGreaterThan(first?.seq ?? Number.NaN)
    await companion.tell([sent(second?.id ?? '', '9')])
    expect(await world.message(shown.id)).toMatchObject({ status: 'sent', external_id: '9', error: null })
  })

  it('is that it has to wait: the reason is shown, and it stays the companion’s', async () => {
    const world = await createCompanionWorld()
    const companion = createCompanion(world)
    await companion.lease()
    const shown = await world.reply('x')
    const [command] = (await companion.pull()).items
    const id = command?.id ?? ''
    const flood = { code: 'FLOOD_WAIT', title: 'Too much', details: null, kind: 'rate_limit' } as const
    const later = iso(Date.now() + 60_000)
    const waiting: CommandResult = { id, at: iso(), outcome: { kind: 'waiting', until: later, error: flood } }
    expect((await companion.tell([waiting])).settled).toEqual([])
    expect(await world.message(shown.id)).toMatchObject({ status: 'queued', error: { ...flood, until: later } })
    const before = await rowsOf('select seq from journal_events where tenant_id = ?1', world.tenant.id)
    expect((await companion.tell([waiting])).settled).toEqual([])
    expect(await rowsOf('select seq from journal_events where tenant_id = ?1', world.tenant.id)).toEqual(before)
    expect(await jobsOf(world.tenant.id)).toMatchObject([{ state: 'sending', due_at: Date.parse(later) }])
    await companion.tell([sent(id, '3')])
    expect(await world.message(shown.id)).toMatchObject({ status: 'sent', error: null })
    // What is told too late says nothing any more, and need not be told again.
    expect((await companion.tell([waiting])).settled).toEqual([id])
    expect(await world.message(shown.id)).toMatchObject({ status: 'sent', error: null })
  })

  it('is told eight times at once, and makes one event', async () => {
    const world = await createCompanionWorld()
    const companion = createCompanion(world)
    await companion.lease()
    const shown = await world.reply('x')
    const [command] = (await companion.pull()).items
    const id = command?.id ?? ''
    const told = await Promise.all(Array.from({ length: 8 }, () => companion.tell([sent(id, '77')])))
    expect(told.map(({ settled }) => settled)).toEqual(Array.from({ length: 8 }, () => [id]))
    const events = await rowsOf<{ type: string }>(
      `select type from journal_events where tenant_id = ?1 and data ->> '$.message.status' = 'sent'
         and data ->> '$.message.id' = '${shown.id}'`,
      world.tenant.id,
    )
    expect(events).toEqual([{ type: 'message_updated' }])
    expect(await world.message(shown.id)).toMatchObject({ status: 'sent', external_id: '77' })
  })

  it('is settled also for what nobody knows, and is not believed of another channel', async () => {
    const world = await createCompanionWorld()
    const other = await createCompanionWorld()
    const companion = createCompanion(world)
    const elsewhere = createCompanion(other)
    await companion.lease()
    await elsewhere.lease()
    const shown = await other.reply('x')
    const [command] = (await elsewhere.pull()).items
    const stray = crypto.randomUUID()
    const ids = [stray, command?.id ?? '']
    const told = await companion.tell(ids.map((id) => sent(id, '1')))
    expect(told.settled.sort()).toEqual(ids.sort())
    expect(await other.message(shown.id)).toMatchObject({ status: 'queued' })
  })

  it('may be seen on the account before it is told, and stays one message', async () => {
    const world = await createCompanionWorld()
    const companion = createCompanion(world)
    await companion.lease()
    const shown = await world.reply('Добрий ранок')
    const byReference = await world.reply('Інше')
    const [one, two] = (await companion.pull()).items
    await world.hear('601', { direction: 'outbound', content: 'Добрий ранок' })
    await world.hear('602', { direction: 'outbound', content: 'змінене', reference: byReference.id })
    expect(await world.message(shown.id)).toMatchObject({ status: 'sent', external_id: '601' })
    expect(await world.message(byReference.id)).toMatchObject({ status: 'sent', external_id: '602', content: 'Інше' })
    await companion.tell([sent(one?.id ?? '', '601'), sent(two?.id ?? '', '602')])
    expect((await world.thread()).map(({ external_id }) => external_id).slice(1)).toEqual(['601', '602'])
    expect(await jobsOf(world.tenant.id)).toMatchObject([{ state: 'done' }, { state: 'done' }])
  })
})

describe('two companions', () => {
  it('do not both get an account: of eight at once, one', async () => {
    const world = await createCompanionWorld()
    const companions = Array.from({ length: 8 }, () => createCompanion(world))
    const leases = await Promise.all(companions.map((one) => one.lease()))
    expect(leases.filter(({ state }) => state === 'held')).toHaveLength(1)
    expect(leases.filter(({ state, token }) => state === 'taken' && token === null)).toHaveLength(7)
    await world.reply('x')
    const pulls = await Promise.all(companions.map((one) => one.pull()))
    expect(pulls.filter(({ items }) => items.length === 1)).toHaveLength(1)
    expect(pulls.filter(({ status, code }) => status === 409 && code === 'lease.lost')).toHaveLength(7)
  })

  it('hand over: what the first one held is of unknown fate, and its late word is refused', async () => {
    const world = await createCompanionWorld()
    const [first, second] = [createCompanion(world), createCompanion(world)]
    await first.lease()
    const held = await world.reply('held')
    const [command] = (await first.pull()).items
    const free = await world.reply('free')
    expect(await second.lease()).toMatchObject({ state: 'taken', token: null })
    await expireLease(world)
    expect(await second.lease()).toMatchObject({ state: 'held', token: 2 })
    expect((await second.pull()).items.map(({ message_id }) => message_id)).toEqual([free.id])
    expect(await world.message(held.id)).toMatchObject({ status: 'unknown', error: { code: 'companion.replaced' } })
    expect(await first.tell([sent(command?.id ?? '', '1')])).toMatchObject({ status: 409, code: 'lease.lost' })
    expect(await first.pull()).toMatchObject({ status: 409, code: 'lease.lost' })
    expect(await first.lease()).toMatchObject({ state: 'taken' })
    expect(await world.message(held.id)).toMatchObject({ status: 'unknown' })
    // Seen on the account, it is known after all.
    await world.hear('1', { direction: 'outbound', content: 'held' })
    expect(await world.message(held.id)).toMatchObject({ status: 'sent', external_id: '1' })
  })

  it('change between a question and its answer: the former one gets nothing, and judges nothing', async () => {
    const world = await createCompanionWorld()
    const [first, second] = [createCompanion(world), createCompanion(world)]
    await first.lease()
    const of = { tenantId: world.tenant.id, channelId: world.channelId }
    // It was let in, and here it stands still for a moment.
    const turn = { ...of, companionId: first.id, token: first.token, after: 0, limit: 20, now: Date.now() }
    await expireLease(world)
    await second.lease()
    await world.reply('one')
    await second.pull()
    await world.reply('two')
    const db = openDatabase(env.DB)
    expect(await listAbandonedCommands(db, turn)).toEqual([])
    expect(await takeCommands(db, turn)).toEqual([])
    expect((await jobsOf(world.tenant.id)).map(({ handed_to }) => handed_to)).toEqual([second.id, null])
  })

  it('that is the same one after a crash goes on where it was', async () => {
    const world = await createCompanionWorld()
    const before = createCompanion(world)
    await before.lease()
    const shown = await world.reply('x')
    const [command] = (await before.pull()).items
    await expireLease(world, 3_600_000)
    // Nobody else has had it: what it did while it could not renew counts.
    const after = createCompanion(world, before.id)
    expect((await before.pull()).code).toBe('lease.lost')
    expect(await after.lease()).toMatchObject({ state: 'held', token: 1 })
    expect((await after.pull()).items.map(({ id }) => id)).toEqual([command?.id])
    await after.tell([sent(command?.id ?? '', '5')])
    expect(await world.message(shown.id)).toMatchObject({ status: 'sent' })
  })

  it('of one data folder are two: the process that starts last has the account, until it ends', async () => {
    const world = await createCompanionWorld()
    const [original, copy] = [createCompanion(world), createCompanion(world)]
    const [a, b] = [crypto.randomUUID(), crypto.randomUUID()]
    const asOriginal = (fields = {}) => original.lease({ instance_id: a, ...fields })
    const asCopy = (fields = {}) => copy.lease({ companion_id: original.id, instance_id: b, ...fields })
    expect(await asOriginal({ starts: true })).toMatchObject({ state: 'held', token: 1 })
    const shown = await world.reply('x')
    const [command] = (await original.pull()).items
    // Without a word of starting it is a renewal, and not of this lease.
    expect(await asCopy()).toMatchObject({ state: 'taken', token: null })
    expect(await asCopy({ starts: true })).toMatchObject({ state: 'held', token: 2 })
    // Its first answer may have been lost.
    expect(await asCopy({ starts: true })).toMatchObject({ state: 'held', token: 2 })
    expect((await original.pull()).code).toBe('lease.lost')
    expect(await original.tell([sent(command?.id ?? '', '1')])).toMatchObject({ code: 'lease.lost' })
    expect(await asOriginal()).toMatchObject({ state: 'taken', token: null })
    expect(await asOriginal({ release: true })).toMatchObject({ state: 'taken' })
    expect(await asCopy()).toMatchObject({ state: 'held', token: 2 })
    // It is the same companion, after a crash for instance: what was handed to it is still its own.
    expect((await copy.pull()).items.map(({ id }) => id)).toEqual([command?.id])
    expect(await jobsOf(world.tenant.id)).toMatchObject([{ handed_to: original.id }])
    expect(await world.message(shown.id)).toMatchObject({ status: 'queued' })
    await expireLease(world)
    expect(await asOriginal()).toMatchObject({ state: 'held', token: 3 })
    // Another companion does not get in by starting.
    expect(await createCompanion(world).lease({ instance_id: b, starts: true })).toMatchObject({ state: 'taken' })
  })

  it('are let in at once by one that gives its accounts back', async () => {
    const world = await createCompanionWorld()
    const [first, second] = [createCompanion(world), createCompanion(world)]
    await first.lease()
    expect(await second.lease({ release: true })).toMatchObject({ state: 'taken' })
    expect(await first.lease({ release: true })).toMatchObject({ state: 'released' })
    expect(await second.lease()).toMatchObject({ state: 'held', token: 2 })
  })

  it('in any order of taking, losing and pulling never get the same command', async () => {
    const step = fc.record({
      who: fc.integer({ min: 0, max: 2 }),
      act: fc.constantFrom('lease', 'pull', 'expire', 'reply', 'tell'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const world = await createCompanionWorld()
        const companions = [0, 1, 2].map(() => createCompanion(world))
        const got = new Map<string, Set<number>>()
        let count = 0
        for (const { who, act } of steps) {
          const companion = companions[who]
          if (companion === undefined) continue
          if (act === 'lease') await companion.lease()
          if (act === 'expire') await expireLease(world)
          if (act === 'reply') await world.reply(`${(count += 1)}`)
          if (act !== 'pull' && act !== 'tell') continue
          const { items } = await companion.pull()
          for (const { id } of items) got.set(id, (got.get(id) ?? new Set()).add(who))
          if (act === 'tell' && items.length > 0) await companion.tell(items.map(({ id }) => sent(id, `sent-${id}`)))
        }
        for (const owners of got.values()) expect(owners.size).toBe(1)
        const replies = (await world.thread()).slice(1)
        expect(replies).toHaveLength(count)
        const told = new Set(replies.map(({ status }) => status))
        for (const status of told) expect(['queued', 'sent', 'unknown']).toContain(status)
      }),
      { numRuns: 15 },
    )
  })
})

describe('whose commands these are', () => {
  it('is checked: scope, tenant, token', async () => {
    const world = await createCompanionWorld()
    const companion = createCompanion(world)
    await companion.lease()
    await world.reply('x')
    const query = new URLSearchParams({ ...world.account, token: '1' })
    const path = `/api/v1/companion/commands?${query.toString()}`
    expect((await call(path)).status).toBe(401)
    expect((await call(path, { bearer: world.tenant.key })).code).toBe('scope.missing')
    expect((await call(path, { bearer: world.userToken })).status).toBe(401)
    const other = await createCompanionWorld()
    expect((await call(path, { bearer: other.key })).code).toBe('channel.not_found')
    expect((await companion.pull(0, { token: 2 })).code).toBe('lease.lost')
    expect((await companion.pull(0, { token: 'x' })).status).toBe(400)
    expect(await companion.tell([sent(crypto.randomUUID(), '1')], 2)).toMatchObject({ code: 'lease.lost' })
    const foreign = await call('/api/v1/companion/results', {
      bearer: other.key,
      json: { account: world.account, token: 1, results: [sent(crypto.randomUUID(), '1')] },
    })
    expect(foreign.code).toBe('channel.not_found')
    expect((await companion.pull()).items).toHaveLength(1)
  })
})

describe('a mailbox that a companion runs', () => {
  const rawMail = (id: string, from: string, to: string, more = '') =>
    `From: Олена <${from}>\r\nTo: ${to}\r\nSubject: Переклад\r\nMessage-ID: <${id}>\r\n${more}Date: ${new Date().toUTCString()}\r\n\r\nСкільки коштує?\r\n`

  async function createMailWorld() {
    const address = `sales-${crypto.randomUUID().slice(0, 8)}@biuro.example`
    const world = await createCompanionWorld('email', address)
    const take = (raw: string, direction = 'inbound') =>
      call(`/api/v1/communications/inbound-email?${new URLSearchParams({ to: address, direction }).toString()}`, {
        bearer: world.key,
        body: new TextEncoder().encode(raw),
        headers: { 'content-type': 'message/rfc822' },
      })
    const heard = await take(rawMail('q1@example.com', world.customer, address))
    world.conversationId = String(heard.json['conversation_id'])
    return { world, address, take }
  }

  it('sends by its own server from the first lease on, until the operator decides otherwise', async () => {
    const { world } = await createMailWorld()
    const channelPath = `/tenants/${world.tenant.id}/channels/${world.channelId}`
    const companionSends = async () =>
      ((await admin(channelPath)).json['channel'] as { companion_sends: boolean }).companion_sends
    expect(await companionSends()).toBe(false)
    const companion = createCompanion(world)
    await companion.lease()
    expect(await companionSends()).toBe(true)
    await world.reply('one')
    expect((await companion.pull()).items).toHaveLength(1)
    expect((await admin(channelPath, { method: 'PATCH', json: { companion_sends: false } })).status).toBe(200)
    await world.reply('two')
    await companion.lease()
    expect(await companionSends()).toBe(false)
    expect((await companion.pull()).items.map(({ content }) => content)).toEqual(['one'])
    expect((await jobsOf(world.tenant.id)).map(({ handed_to }) => handed_to)).toEqual([companion.id, null])
    const telegram = await createCompanionWorld()
    const fixed = await admin(`/tenants/${telegram.tenant.id}/channels/${telegram.channelId}`, {
      method: 'PATCH',
      json: { companion_sends: false },
    })
    expect(fixed.code).toBe('channel.sender_fixed')
  })

  it('that its companion only reads goes on sending by `send_email`, until the companion can send', async () => {
    const { world } = await createMailWorld()
    const channelPath = `/tenants/${world.tenant.id}/channels/${world.channelId}`
    const companionSends = async () =>
      ((await admin(channelPath)).json['channel'] as { companion_sends: boolean }).companion_sends
    const companion = createCompanion(world)
    const reading = { accounts: [{ ...world.account, sends: false }] }
    expect(await companion.lease(reading)).toMatchObject({ state: 'held' })
    await companion.lease(reading)
    expect(await companionSends()).toBe(false)
    await world.reply('one')
    expect((await companion.pull()).items).toEqual([])
    await companion.lease({ accounts: [{ ...world.account, sends: true }] })
    expect(await companionSends()).toBe(true)
  })

  it('gets the whole mail; the copy from its sent folder and an answer find the reply', async () => {
    const { world, address, take } = await createMailWorld()
    const companion = createCompanion(world)
    await companion.lease()
    const shown = await world.reply('Сто гривень', { email: { cc: ['boss@example.com'] } })
    const [command] = (await companion.pull()).items
    const { mail } = command ?? {}
    const messageId = mail?.message_id ?? ''
    expect(messageId).toMatch(new RegExp(`^${shown.id}\\.[0-9a-f]{8}@biuro\\.example$`))
    expect(mail).toMatchObject({
      from: { address, name: 'Продажі' },
      to: world.customer,
      cc: ['boss@example.com'],
      bcc: [],
      subject: 'Re: Переклад',
      text: 'Сто гривень',
      in_reply_to: 'q1@example.com',
    })
    expect(mail?.html).toContain('Сто гривень')
    expect(mail?.references.at(-1)).toBe('q1@example.com')
    expect(mail?.reply_to).toMatch(/^sales-[0-9a-f]+\+.*@biuro\.example$/)
    // The same for each attempt at the same command.
    expect((await companion.pull()).items[0]?.mail?.message_id).toBe(messageId)

    const copy = await take(rawMail(messageId, address, world.customer), 'outbound')
    expect(copy.json).toMatchObject({ message_id: shown.id, duplicate: false })
    expect(await world.message(shown.id)).toMatchObject({ status: 'sent', external_id: messageId })
    await companion.tell([sent(command?.id ?? '', `<${messageId}>`)])
    const answer = await take(rawMail('q2@example.com', world.customer, address, `In-Reply-To: <${messageId}>\r\n`))
    expect(answer.json).toMatchObject({ conversation_id: world.conversationId })
    expect((await world.thread()).map(({ status }) => status)).toEqual(['sent', 'sent', 'sent'])
  })

  it('is told at once of what no mail can be: nothing goes to the companion', async () => {
    const { world } = await createMailWorld()
    const companion = createCompanion(world)
    await companion.lease()
    const shown = await world.reply('x')
    await env.DB.prepare(`update contact_aliases set value = ?2 where tenant_id = ?1 and kind = 'address'`)
      .bind(world.tenant.id, 'no address')
      .run()
    expect((await companion.pull()).items).toEqual([])
    expect(await world.message(shown.id)).toMatchObject({ status: 'failed', error: { code: 'recipient.unknown' } })
    expect(await jobsOf(world.tenant.id)).toMatchObject([{ state: 'failed' }])
  })
})

describe('a doorbell', () => {
  it('wants a key with the scope, gets no journal, and is answered when it pings', async () => {
    const world = await createCompanionWorld()
    expect((await call('/api/v1/companion/ws', { bearer: world.key })).code).toBe('socket.upgrade_required')
    await expect(openBell(world.tenant.key)).rejects.toThrow('403')
    await expect(openBell('eik_nothing')).rejects.toThrow('401')
    const bell = await openBell(world.key)
    await world.hear('news')
    bell.ws.send('{"type":"ping"}')
    await until(
      () => bell.frames.length,
      (n) => n > 0,
    )
    expect(bell.frames).toMatchObject([{ type: 'pong' }])
  })

  it('is closed when its key is revoked, and when there are too many the oldest gives way', async () => {
    const world = await createCompanionWorld()
    const bells = []
    for (let n = 0; n < 21; n++) bells.push(await openBell(world.key))
    expect(await bells[0]?.closed).toBe(4503)
    const stub = env.HUB.get(env.HUB.idFromName(`tenant:${world.tenant.id}`))
    const open = () =>
      runInDurableObject(
        stub,
        (_, state) => state.getWebSockets('companion').filter((ws) => ws.readyState === 1).length,
      )
    expect(await until(open, (n) => n === 20)).toBe(20)
    const keyId = /^eik_[0-9a-f]{32}([0-9a-f]{16})_/.exec(world.key)?.[1]
    await admin(`/tenants/${world.tenant.id}/service-keys/${keyId}`, { method: 'DELETE' })
    expect(await bells[20]?.closed).toBe(4500)
  })

  it('of another tenant hears nothing', async () => {
    const [world, other] = [await createCompanionWorld(), await createCompanionWorld()]
    const [own, foreign] = [await openBell(world.key), await openBell(other.key)]
    await world.reply('x')
    await until(
      () => own.frames.length,
      (n) => n > 0,
    )
    expect(foreign.frames).toEqual([])
  })
})

describe('a tenant made by the operator', () => {
  it('has a first key that may not run accounts', async () => {
    const tenant = await newTenant()
    const json = { companion_id: crypto.randomUUID(), accounts: [{ platform: 'telegram', external_id: '1' }] }
    expect((await call('/api/v1/companion/leases', { bearer: tenant.key, json })).code).toBe('scope.missing')
  })
})
