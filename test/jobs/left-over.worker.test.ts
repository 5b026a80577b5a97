import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { jobDepsOf, onSchedule } from '../../src/jobs/entrances.ts'
import { sweepParked } from '../../src/jobs/parked-sweep.ts'
import { sweepUploads } from '../../src/jobs/upload-sweep.ts'
import { openDatabase } from '../../src/store/database.ts'
import { parkedDeletion } from '../../src/store/parked.ts'
import { selectAttached, selectOldUploads } from '../../src/store/uploads.ts'
import { call } from '../worker/api.ts'
import { type CompanionWorld, createCompanion, createCompanionWorld, iso } from '../worker/companion.ts'
import { countOf, rowsOf } from '../worker/tenant.ts'
import { bucketWith, withBucket } from './platform-setup.ts'

const dayMs = 86_400_000
const deps = jobDepsOf(env)
const later = (days: number) => ({ ...deps, now: () => Date.now() + days * dayMs })

async function upload({ key }: CompanionWorld, bytes: number[] = [1, 2, 3]): Promise<string> {
  const headers = { 'content-type': 'image/jpeg', 'content-length': String(bytes.length) }
  const body = new Uint8Array(bytes)
  const { json } = await call('/api/v1/communications/uploads', { bearer: key, body, headers })
  return String(json['upload_id'])
}

const objectsOf = async ({ tenant }: CompanionWorld) =>
  (await env.BUCKET.list({ prefix: `t/${tenant.id}/` })).objects.map(({ key }) => key)
const keyOf = ({ tenant }: CompanionWorld, uploadId: string) => `t/${tenant.id}/${uploadId}`
const uploadsOf = ({ tenant }: CompanionWorld) => countOf('uploads', tenant.id)

const announce = (world: CompanionWorld, externalId: string) =>
  world.hear(externalId, { content: '', type: 'image', attachments: [{ key: 'photo', type: 'image' }] })
const bring = (world: CompanionWorld, externalId: string, uploadId: string) =>
  world.broadcast({
    kind: 'file',
    message: { external_id: externalId },
    file: { key: 'photo', upload_id: uploadId },
  })

async function makeOld({ tenant }: CompanionWorld, days: number): Promise<void> {
  for (const table of ['uploads', 'parked_items']) {
    await env.DB.prepare(`update ${table} set created_at = created_at - ?2 where tenant_id = ?1`)
      .bind(tenant.id, days * dayMs)
      .run()
  }
}

describe('an upload that no message names', () => {
  it('is removed after seven days, row and object', async () => {
    const world = await createCompanionWorld()
    await upload(world)
    await sweepUploads(later(7))
    expect([await uploadsOf(world), (await objectsOf(world)).length]).toEqual([1, 1])
    await sweepUploads(later(8))
    expect([await uploadsOf(world), (await objectsOf(world)).length]).toEqual([0, 0])
  })

  it('cannot be named any more before it is removed, so that no message ever loses its file', async () => {
    const world = await createCompanionWorld()
    const id = await upload(world)
    await makeOld(world, 7)
    const heard = await world.hear('1', { attachments: [{ upload_id: id }] })
    expect([heard.status, heard.code]).toEqual([404, 'upload.not_found'])
    const json = { client_message_id: crypto.randomUUID(), content: '', attachments: [{ upload_id: id }] }
    const path = `/api/v1/communications/conversations/${world.conversationId}/messages`
    expect((await call(path, { bearer: world.userToken, json })).code).toBe('upload.not_found')
    await sweepUploads(deps)
    expect(await objectsOf(world)).toEqual([keyOf(world, id)])
  })

  it('stays until its object could be removed', async () => {
    const world = await createCompanionWorld()
    await upload(world)
    const down = withBucket(bucketWith({ delete: () => Promise.reject(new Error('R2 is away')) }))
    await expect(sweepUploads({ ...later(8), ...down })).rejects.toThrow('R2 is away')
    expect(await uploadsOf(world)).toBe(1)
    await sweepUploads(later(8))
    expect([await uploadsOf(world), (await objectsOf(world)).length]).toEqual([0, 0])
  })
})

describe('the object of an upload that a message names', () => {
  it('stays for ever: of what was heard, brought later, and answered', async () => {
    const world = await createCompanionWorld()
    const ids = [await upload(world), await upload(world), await upload(world)]
    const [heard = '', brought = '', answered = ''] = ids
    await world.hear('1', { attachments: [{ upload_id: heard }] })
    await announce(world, '2')
    await bring(world, '2', brought)
    const reply = await world.reply('', { attachments: [{ upload_id: answered, filename: 'a.jpg' }] })
    for (const days of [8, 40, 400]) await sweepUploads(later(days))
    expect((await objectsOf(world)).toSorted()).toEqual(ids.map((id) => keyOf(world, id)).toSorted())
    expect(await uploadsOf(world)).toBe(0)
    const url = (await world.message(reply.id)).attachments[0]?.url ?? ''
    expect((await call(url, { bearer: world.userToken })).status).toBe(200)
  })

  it('stays also where one upload is of two messages', async () => {
    const world = await createCompanionWorld()
    const id = await upload(world)
    await world.hear('1', { attachments: [{ upload_id: id }] })
    await world.hear('2', { attachments: [{ upload_id: id }] })
    await sweepUploads(later(8))
    expect(await objectsOf(world)).toEqual([keyOf(world, id)])
  })

  it('stays until each of the messages that have it is taken back', async () => {
    const world = await createCompanionWorld()
    const id = await upload(world)
    for (const name of ['1', '2']) await world.hear(name, { attachments: [{ upload_id: id }] })
    const takeBack = (name: string) =>
      world.broadcast({ kind: 'delete', message: { external_id: name, deleted_at: iso() } })
    const other = await upload(world)
    await world.hear('3', { attachments: [{ upload_id: other }] })
    await takeBack('1')
    await takeBack('3')
    await expect.poll(() => env.BUCKET.head(keyOf(world, other))).toBeNull()
    expect(await objectsOf(world)).toEqual([keyOf(world, id)])
    await takeBack('2')
    await expect.poll(() => objectsOf(world)).toEqual([])
  })

  it('stays while its file waits for its message, and gets to it', async () => {
    const world = await createCompanionWorld()
    const id = await upload(world)
    expect((await bring(world, '1', id)).json).toMatchObject({ parked: true })
    await makeOld(world, 20)
    await sweepUploads(deps)
    await announce(world, '1')
    await sweepUploads(later(400))
    expect(await objectsOf(world)).toEqual([keyOf(world, id)])
    const [file] = await rowsOf('select state, object_key from attachments where tenant_id = ?1', world.tenant.id)
    expect(file).toEqual({ state: 'ready', object_key: keyOf(world, id) })
  })

  it('goes when its message was given up', async () => {
    const world = await createCompanionWorld()
    await bring(world, '1', await upload(world))
    await makeOld(world, 31)
    await sweepUploads(deps)
    expect(await objectsOf(world)).toHaveLength(1)
    await sweepParked(deps)
    await sweepUploads(deps)
    expect([await uploadsOf(world), (await objectsOf(world)).length]).toEqual([0, 0])
  })

  it('stays while it is only a guess whose file it is', async () => {
    const world = await createCompanionWorld()
    const companion = createCompanion(world)
    await companion.lease()
    await world.reply('', { attachments: [{ upload_id: await upload(world) }] })
    const [command] = (await companion.pull()).items
    const ours = await upload(world)
    await world.hear('21', { direction: 'outbound', content: '', type: 'image', attachments: [{ upload_id: ours }] })
    await makeOld(world, 40)
    await sweepParked(deps)
    await sweepUploads(deps)
    expect(await objectsOf(world)).toContain(keyOf(world, ours))
    const outcome = { kind: 'sent' as const, external_id: '22' }
    await companion.tell([{ id: command?.id ?? '', at: iso(), outcome }])
    await sweepUploads(later(400))
    const files = await rowsOf<{ object_key: string }>(
      'select object_key from attachments where tenant_id = ?1',
      world.tenant.id,
    )
    expect(files.map(({ object_key }) => object_key)).toContain(keyOf(world, ours))
    expect((await objectsOf(world)).toSorted()).toEqual(files.map(({ object_key }) => object_key).toSorted())
  })
})

describe('more uploads than one look takes', () => {
  it('are gone through, also behind those that have to stay', async () => {
    const world = await createCompanionWorld()
    const waiting = await upload(world)
    await bring(world, '1', waiting)
    const rows = Array.from({ length: 1_200 }, () => crypto.randomUUID())
    await env.DB.prepare(
      `insert into uploads (tenant_id, id, object_key, mime_type, size, created_at)
         select ?1, value, 't/' || ?1 || '/' || value, null, 1, ?3 from json_each(?2)`,
    )
      .bind(world.tenant.id, JSON.stringify(rows), Date.now())
      .run()
    await sweepUploads(later(8))
    expect(await uploadsOf(world)).toBe(1)
    expect(await objectsOf(world)).toEqual([keyOf(world, waiting)])
  })
})

describe('what waits for a message that never comes', () => {
  it('is forgotten after thirty days: a deletion, a reaction, an edit', async () => {
    const world = await createCompanionWorld()
    const say = async (externalId: string) => {
      const message = { external_id: externalId }
      await world.broadcast({ kind: 'delete', message: { ...message, deleted_at: iso() } })
      await world.broadcast({ kind: 'reaction', message, reaction: { emoji: '👍', at: iso() } })
      await world.broadcast({ kind: 'edit', message: { ...message, content: 'new', edited_at: iso() } })
    }
    await say('old')
    await makeOld(world, 30)
    await say('young')
    expect(await countOf('parked_items', world.tenant.id)).toBe(6)
    await sweepParked(deps)
    const left = await rowsOf<{ id: string }>(
      'select distinct target_external_id as id from parked_items where tenant_id = ?1',
      world.tenant.id,
    )
    expect(left).toEqual([{ id: 'young' }])
    await world.hear('young', { created_at: iso(Date.now() - 60_000) })
    const [message] = await rowsOf(
      `select deleted_at is not null as gone from messages where tenant_id = ?1 and external_id = 'young'`,
      world.tenant.id,
    )
    expect(message).toEqual({ gone: 1 })
  })

  it('goes thousand by thousand, and leaves what says something of a message that is there', async () => {
    const world = await createCompanionWorld()
    const insert = (key: string, count: number) =>
      env.DB.prepare(
        `with recursive n (i) as (select 1 union all select i + 1 from n where i < ?3)
         insert into parked_items (tenant_id, channel_id, target_external_id, "key", item, created_at)
           select ?1, 'c', i, ?2, '{}', 1 from n`,
      )
        .bind(world.tenant.id, key, count)
        .run()
    await insert('deletion', 2_500)
    await insert('former', 2)
    await insert('echo', 2)
    expect(await sweepParked(deps)).toBe(2_500)
    const left = await rowsOf('select distinct "key" from parked_items where tenant_id = ?1', world.tenant.id)
    expect(left).toEqual([{ key: 'echo' }, { key: 'former' }])
  })
})

describe('every hour', () => {
  it('both are done', async () => {
    const world = await createCompanionWorld()
    await upload(world)
    await world.broadcast({ kind: 'delete', message: { external_id: '1', deleted_at: iso() } })
    await makeOld(world, 31)
    await onSchedule({ cron: '17 * * * *', scheduledTime: Date.now() } as ScheduledController, env)
    expect([await uploadsOf(world), await countOf('parked_items', world.tenant.id)]).toEqual([0, 0])
  })

  it('they go by their indexes', async () => {
    const db = openDatabase(env.DB)
    const one = { tenantId: 't', id: 'i', objectKey: 'k', createdAt: 1, rowId: 1 }
    const plan = async ({ sql, params }: { sql: string; params: unknown[] }) =>
      (
        await env.DB.prepare(`explain query plan ${sql}`)
          .bind(...params)
          .all<{ detail: string }>()
      ).results.map(({ detail }) => detail)
    for (const after of [null, one]) {
      const steps = await plan(selectOldUploads(db, { before: 9, after, limit: 9 }).toSQL())
      expect(steps).toEqual([expect.stringMatching(/^SEARCH uploads USING INDEX directory_uploads_oldest \(/)])
    }
    const statements: string[] = []
    const spy = { prepare: (sql: string) => (statements.push(sql), env.DB.prepare(sql)) } as unknown as D1Database
    parkedDeletion(spy, { before: 9, limit: 9 })
    selectAttached(spy, [one])
    const parked = (await plan({ sql: statements[0] ?? '', params: [9, 9] })).join('\n')
    expect(parked).toMatch(/directory_parked_waiting \(created_at<\?\)/)
    expect(parked).not.toMatch(/\bSCAN\b|TEMP B-TREE/)
    expect(await plan({ sql: statements[1] ?? '', params: ['[]'] })).toEqual([
      expect.stringContaining('SCAN old VIRTUAL TABLE'),
      expect.stringMatching(/^SEARCH a USING COVERING INDEX attachments_object \(tenant_id=\? AND object_key=\?\)/),
    ])
  })
})
