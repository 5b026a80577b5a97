import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { bearer, createUserToken, freshNumber, request } from '../worker/inbox.ts'
import { rowsOf } from '../worker/tenant.ts'
import {
  type Stage,
  bucketWith,
  createStage,
  healthOf,
  jobOf,
  objectsOf,
  png,
  run,
  store,
  watching,
  withBucket,
} from './platform-setup.ts'

const minuteMs = 60_000
const pictureUrl = 'https://platform-lookaside.fbsbx.com/picture'

/** Somebody unknown has written; the work of asking who it is waits. */
async function withStranger(platform: 'facebook' | 'instagram' = 'facebook') {
  const stage = await createStage({ platform })
  const customer = freshNumber()
  await write(stage, customer)
  const [row] = await rowsOf<{ id: string }>(
    `select id from jobs where tenant_id = ?1 and kind = 'profile'`,
    stage.tenantId,
  )
  return { stage, customer, job: { jobId: row?.id ?? '' } }
}

async function write(stage: Stage, customer: string): Promise<void> {
  await store(stage, {
    kind: 'message',
    at: stage.clock.now,
    externalId: `mid.${freshNumber()}`,
    contact: { aliases: [{ kind: 'user', value: customer }] },
    direction: 'inbound',
    type: 'text',
    content: 'Добрий день',
  })
}

/** The platform with a picture behind its address. */
const showing = (stage: Stage, picture: () => Response) =>
  watching(stage, (url) => (url === pictureUrl ? picture() : undefined))

type Person = { client_name: string; picture_key: string | null; id: string }

async function personOf(stage: Stage): Promise<Person | undefined> {
  const sql = 'select id, client_name, picture_key from conversations where tenant_id = ?1'
  return (await rowsOf<Person>(sql, stage.tenantId))[0]
}

describe('a customer whom nobody has named', () => {
  it.each(['facebook', 'instagram'] as const)(
    'of %s gets the name and the picture that the platform knows',
    async (platform) => {
      const { stage, customer, job } = await withStranger(platform)
      stage.graph.addCustomer(stage.accountId, { id: customer, name: 'Олена Коваль', pictureUrl })
      expect(
        await run(
          stage,
          job,
          showing(stage, () => new Response(png(700))),
        ),
      ).toEqual({ kind: 'ended' })
      const person = await personOf(stage)
      expect(person?.client_name).toBe('Олена Коваль')
      expect(await objectsOf(stage)).toEqual([person?.picture_key])
      const reader = bearer(await createUserToken(stage.tenantId))
      const path = `/api/v1/communications/conversations/${person?.id ?? ''}`
      const shown = await request<{ conversation: { picture_url: string } }>(path, { headers: reader })
      const picture = await request(shown.body.conversation.picture_url, { headers: reader })
      expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/png'])
      const stranger = bearer(await createUserToken((await createStage()).tenantId))
      expect((await request(shown.body.conversation.picture_url, { headers: stranger })).status).toBe(404)
    },
  )

  it('and has not agreed to be shown stays without a name, and nobody asks again', async () => {
    const { stage, job } = await withStranger()
    expect(await run(stage, job)).toEqual({ kind: 'ended' })
    expect(await jobOf(stage, job)).toMatchObject({ state: 'done', attempts: 1 })
    expect((await personOf(stage))?.picture_key).toBeNull()
    expect((await healthOf(stage))?.state).not.toBe('down')
  })

  it.each([
    ['a drawing with scripts', () => new Response('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['larger than a picture needs to be', () => new Response(png(1024 * 1024 + 1))],
    ['gone', () => new Response(null, { status: 404 })],
    ['elsewhere', () => new Response(null, { status: 302, headers: { location: 'https://evil.example/' } })],
  ])('has a name all the same when the picture is %s', async (_, picture) => {
    const { stage, customer, job } = await withStranger()
    stage.graph.addCustomer(stage.accountId, { id: customer, name: 'Олена', pictureUrl })
    expect(await run(stage, job, showing(stage, picture))).toEqual({ kind: 'ended' })
    expect(await personOf(stage)).toMatchObject({ client_name: 'Олена', picture_key: null })
    expect(await objectsOf(stage)).toEqual([])
  })

  it('has a name at once, and the picture when its host is there again', async () => {
    const { stage, customer, job } = await withStranger()
    stage.graph.addCustomer(stage.accountId, { id: customer, name: 'Олена', pictureUrl })
    let picture = () => new Response(null, { status: 503 })
    expect(
      await run(
        stage,
        job,
        showing(stage, () => picture()),
      ),
    ).toEqual({ kind: 'again', waitMs: minuteMs })
    expect(await personOf(stage)).toMatchObject({ client_name: 'Олена', picture_key: null })
    picture = () => new Response(png(20))
    stage.clock.now += minuteMs
    await run(
      stage,
      job,
      showing(stage, () => picture()),
    )
    expect(await objectsOf(stage)).toEqual([(await personOf(stage))?.picture_key])
  })

  it.each(['before', 'after'] as const)(
    'is asked about again when the hub fails %s it stored the name',
    async (when) => {
      const { stage, customer, job } = await withStranger()
      stage.graph.addCustomer(stage.accountId, { id: customer, name: 'Олена', pictureUrl })
      const withPicture = showing(stage, () => new Response(png(20)))
      const { receive } = stage.deps
      const lossy: typeof receive = async (tenantId, items) => {
        if (when === 'after') await receive(tenantId, items)
        throw new Error('the answer is lost')
      }
      expect(await run(stage, job, { ...withPicture, receive: lossy })).toMatchObject({ kind: 'again' })
      stage.clock.now += minuteMs
      expect(await run(stage, job, withPicture)).toEqual({ kind: 'ended' })
      expect(await objectsOf(stage)).toEqual([(await personOf(stage))?.picture_key])
    },
  )

  it('keeps no picture that could not be stored', async () => {
    const { stage, customer, job } = await withStranger()
    stage.graph.addCustomer(stage.accountId, { id: customer, name: 'Олена', pictureUrl })
    const down = withBucket(bucketWith({ put: () => Promise.reject(new Error('R2 is away')) }))
    await run(stage, job, { ...showing(stage, () => new Response(png(20))), ...down })
    expect(await personOf(stage)).toMatchObject({ client_name: 'Олена', picture_key: null })
  })

  it('is asked about once a day at most', async () => {
    const { stage, customer, job } = await withStranger()
    stage.graph.addCustomer(stage.accountId, { id: customer, name: 'Олена' })
    await run(stage, job)
    const again = { jobId: crypto.randomUUID() }
    await env.DB.prepare(
      `insert into jobs (tenant_id, id, kind, channel_id, conversation_id, message_id, subject_id, state, attempts, due_at,
           seq, created_at)
         select tenant_id, ?2, kind, channel_id, conversation_id, message_id, subject_id, 'due', 0, due_at, seq, created_at
           from jobs where tenant_id = ?1 and id = ?3`,
    )
      .bind(stage.tenantId, again.jobId, job.jobId)
      .run()
    const asked = () => stage.graph.calls.filter(({ kind }) => kind === 'profile').length
    expect(await run(stage, again)).toEqual({ kind: 'ended' })
    expect(asked()).toBe(1)
    await env.DB.prepare(`update jobs set state = 'due' where tenant_id = ?1 and id = ?2`)
      .bind(stage.tenantId, again.jobId)
      .run()
    stage.clock.now += 25 * 3_600_000
    await run(stage, again)
    expect(asked()).toBe(2)
  })
})
