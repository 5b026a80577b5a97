import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import type { JobDeps } from '../../src/jobs/job-deps.ts'
import { sweepMediaJobs } from '../../src/jobs/media-sweep.ts'
import { openDatabase } from '../../src/store/database.ts'
import { selectEndedJobs } from '../../src/store/ended-jobs.ts'
import { countOf, rowsOf } from '../worker/tenant.ts'
import {
  type Arrived,
  type Stage,
  arrive,
  bucketWith,
  createStage,
  fileOf,
  jobOf,
  objectsOf,
  png,
  run,
  store,
  withBucket,
} from './platform-setup.ts'

const dayMs = 86_400_000

async function withPicture(stage: Stage): Promise<Arrived> {
  const media = stage.graph.addMedia(stage.accountId, { bytes: png(500), mimeType: 'image/png' })
  return arrive(stage, { type: 'image', sha256: media.sha256, source: { mediaId: media.id } })
}

async function sweep(stage: Stage): Promise<number> {
  return sweepMediaJobs(stage.deps)
}

describe('the sweep of ended work on files', () => {
  it('leaves a file in use, and its row while the platform may still be asked', async () => {
    const stage = await createStage()
    const arrived = await withPicture(stage)
    await run(stage, arrived)
    const objects = await objectsOf(stage)
    stage.clock.now += 9 * dayMs
    await sweep(stage)
    expect(await jobOf(stage, arrived)).toMatchObject({ state: 'done' })
    stage.clock.now += 2 * dayMs
    await sweep(stage)
    expect(await jobOf(stage, arrived)).toBeUndefined()
    expect(await objectsOf(stage)).toEqual(objects)
    expect((await fileOf(stage, arrived)).state).toBe('ready')
  })

  it('leaves work that has not ended', async () => {
    const stage = await createStage()
    const arrived = await withPicture(stage)
    stage.clock.now += 30 * dayMs
    await sweep(stage)
    expect(await jobOf(stage, arrived)).toMatchObject({ state: 'due' })
  })

  it('removes what an attempt stored and could not report', async () => {
    const stage = await createStage()
    const arrived = await withPicture(stage)
    await run(stage, arrived, { receive: () => Promise.reject(new Error('the hub is away')) })
    expect(await objectsOf(stage)).toHaveLength(1)
    await store(stage, { kind: 'deletion', at: stage.clock.now, targetExternalId: arrived.externalId })
    expect(await objectsOf(stage)).toHaveLength(1)
    stage.clock.now += 11 * dayMs
    await sweep(stage)
    expect(await objectsOf(stage)).toEqual([])
    expect(await countOf('jobs', stage.tenantId)).toBe(0)
  })

  it('keeps the row when the objects cannot be removed', async () => {
    const stage = await createStage()
    const arrived = await withPicture(stage)
    await run(stage, arrived, { receive: () => Promise.reject(new Error('the hub is away')) })
    await store(stage, { kind: 'deletion', at: stage.clock.now, targetExternalId: arrived.externalId })
    stage.clock.now += 11 * dayMs
    const down = withBucket(bucketWith({ delete: () => Promise.reject(new Error('R2 is away')) }))
    await expect(sweepMediaJobs({ ...stage.deps, ...down })).rejects.toThrow('R2 is away')
    expect(await jobOf(stage, arrived)).toBeDefined()
    await sweep(stage)
    expect(await objectsOf(stage)).toEqual([])
  })

  it('goes by its index', async () => {
    const { sql, params } = selectEndedJobs(openDatabase(env.DB), { before: 1, limit: 5 }).toSQL()
    const { results } = await env.DB.prepare(`explain query plan ${sql}`)
      .bind(...params)
      .all<{ detail: string }>()
    expect(results.map(({ detail }) => detail)).toEqual([
      expect.stringContaining('directory_jobs_ended (created_at<?)'),
    ])
  })
})

/** Numbers from 0 to 1 that a seed decides. */
function chance(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296
    return state / 4_294_967_296
  }
}

/** A Worker in which every step may fail, before or after it took effect. */
function unlucky(stage: Stage, random: () => number): Partial<JobDeps> {
  const maybe = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const luck = random()
    if (luck < 0.15) throw new Error('failed before')
    const result = await work()
    if (luck < 0.3) throw new Error('failed after')
    return result
  }
  const bucket = bucketWith({
    put: ((...args: Parameters<R2Bucket['put']>) => maybe(() => env.BUCKET.put(...args))) as never,
    get: (key: string) => maybe(() => env.BUCKET.get(key)),
    delete: (keys) => maybe(() => env.BUCKET.delete(keys)),
  })
  return {
    ...withBucket(bucket),
    fetch: (input, init) => maybe(() => stage.graph.fetch(input, init)),
    receive: (tenantId, items) => maybe(() => stage.deps.receive(tenantId, items)),
  }
}

describe('after any faults', () => {
  it('no row points to nothing, and the sweep leaves no object that no row names', async () => {
    const stage = await createStage()
    for (let seed = 1; seed <= 30; seed++) {
      const arrived = await withPicture(stage)
      const random = chance(seed)
      for (let turn = 0; turn < 6; turn++) {
        await run(stage, arrived, unlucky(stage, random)).catch(() => undefined)
        if (random() < 0.05) {
          await store(stage, { kind: 'deletion', at: stage.clock.now, targetExternalId: arrived.externalId })
        }
        stage.clock.now += 7 * 3_600_000
      }
    }
    await env.DB.prepare(`update jobs set state = 'failed' where tenant_id = ?1 and state <> 'done'`)
      .bind(stage.tenantId)
      .run()
    stage.clock.now += 11 * dayMs
    await sweep(stage)
    const named = await rowsOf<{ object_key: string; state: string }>(
      'select object_key, state from attachments where tenant_id = ?1 and object_key is not null',
      stage.tenantId,
    )
    expect(named.every(({ state }) => state === 'ready')).toBe(true)
    expect(named.length).toBeGreaterThan(15)
    expect((await objectsOf(stage)).toSorted()).toEqual(named.map(({ object_key }) => object_key).toSorted())
  })
})
