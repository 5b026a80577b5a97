import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { runMedia } from '../../src/jobs/media.ts'
import { openDatabase } from '../../src/store/database.ts'
import { claimJob } from '../../src/store/jobs.ts'
import { leases, runJob } from '../../src/jobs/run-job.ts'
import type { IngestItem } from '../../src/ingest/items.ts'
import {
  type Arrived,
  type Stage,
  arrive,
  bucketWith,
  codeOf,
  createStage,
  eventsOf,
  fileOf,
  healthOf,
  jobOf,
  objectsOf,
  png,
  postponedFor,
  run,
  store,
  storeCredentials,
  streamOf,
  watching,
  withBucket,
} from './platform-setup.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/** A picture that a customer sent on WhatsApp, and its message. */
async function withPicture(bytes = png(2_000), fields: object = {}) {
  const stage = await createStage()
  const media = stage.graph.addMedia(stage.accountId, { bytes, mimeType: 'image/jpeg' })
  const file = {
    type: 'image',
    mimeType: 'image/jpeg',
    sha256: media.sha256Base64,
    source: { mediaId: media.id },
  } as const
  const arrived = await arrive(stage, { ...file, ...fields })
  return { stage, media, arrived }
}

/** A picture of a Messenger message, under an address of the CDN, answered by `respond`. */
async function onCdn(
  respond: (url: string) => Response | Promise<Response>,
  address = 'https://scontent.xx.fbcdn.net/a',
) {
  const stage = await createStage({ platform: 'facebook' })
  const asked: { url: string; headers: Headers }[] = []
  const fetch = (async (url: string, init: RequestInit) => {
    asked.push({ url, headers: new Headers(init.headers) })
    return respond(url)
  }) as typeof globalThis.fetch
  const arrived = await arrive(stage, { type: 'image', source: { url: address } })
  return { stage: { ...stage, deps: { ...stage.deps, fetch } }, arrived, asked }
}

/** Of the object that the row names, in hex: comparing megabytes one by one takes longer than everything else. */
async function storedHash(stage: Stage, arrived: Arrived): Promise<string> {
  const { object_key } = await fileOf(stage, arrived)
  const object = await env.BUCKET.get(object_key ?? '')
  const digest = await crypto.subtle.digest('SHA-256', (await object?.arrayBuffer()) ?? new ArrayBuffer(0))
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

describe('a file of a message', () => {
  it('is copied from where its id leads, and its message shows it', async () => {
    const { stage, media, arrived } = await withPicture()
    expect(await fileOf(stage, arrived)).toMatchObject({ state: 'pending' })
    expect(await run(stage, arrived)).toEqual({ kind: 'ended' })
    const row = await fileOf(stage, arrived)
    expect(row).toMatchObject({
      state: 'ready',
      size: 2_000,
      mime_type: 'image/png',
      sha256: media.sha256,
      error: null,
    })
    expect(row.object_key).toMatch(new RegExp(`^t/${stage.tenantId}/[0-9a-f-]{36}$`))
    expect(await storedHash(stage, arrived)).toBe(media.sha256)
    expect(await objectsOf(stage)).toEqual([row.object_key])
    expect(await jobOf(stage, arrived)).toMatchObject({ state: 'done' })
    const updates = await eventsOf(stage, 'message_updated')
    expect(updates.map((data) => data.includes('"state":"ready"'))).toEqual([true])
  })

  it('takes the token to the platform and to the one host that wants it', async () => {
    const { stage, arrived } = await withPicture()
    await run(stage, arrived)
    const hosts = stage.graph.calls.map(({ url, tokenIn }) => `${new URL(url).hostname} ${tokenIn ?? 'none'}`)
    expect(hosts).toEqual(['graph.facebook.com header', 'lookaside.fbsbx.com header'])
  })

  it('is copied from an address, which gets no token', async () => {
    const { stage, arrived, asked } = await onCdn(() => new Response(png(300)))
    await run(stage, arrived)
    expect(await fileOf(stage, arrived)).toMatchObject({ state: 'ready', size: 300, mime_type: 'image/png' })
    expect(asked.map(({ headers }) => headers.get('authorization'))).toEqual([null])
  })

  it('may be long and of unknown length', async () => {
    const total = 12 * 1024 * 1024 + 5
    const { stage, arrived } = await onCdn(() => new Response(streamOf(total)))
    await run(stage, arrived)
    const row = await fileOf(stage, arrived)
    expect(row).toMatchObject({ state: 'ready', size: total })
    expect(await storedHash(stage, arrived)).toBe(row.sha256)
  })

  it.each([5 * 1024 * 1024, 10 * 1024 * 1024])('of exactly whole parts (%i bytes) is whole', async (total) => {
    const { stage, arrived } = await onCdn(() => new Response(streamOf(total, 1_000_000)))
    await run(stage, arrived)
    const row = await fileOf(stage, arrived)
    expect([row.state, (await env.BUCKET.head(row.object_key ?? ''))?.size]).toEqual(['ready', total])
  })

  it('that is there needs nothing more', async () => {
    const { stage, arrived } = await withPicture()
    await run(stage, arrived)
    const calls = stage.graph.calls.length
    expect(await run(stage, arrived)).toEqual({ kind: 'ended' })
    expect(stage.graph.calls).toHaveLength(calls)
  })
})

describe('a file that is not what it should be', () => {
  it('is broken off when it does not end', async () => {
    let pulled = 0
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          pulled += 1
          controller.enqueue(pulled === 1 ? png(1024 * 1024) : new Uint8Array(1024 * 1024))
        },
      })
    const { stage, arrived } = await onCdn(() => new Response(endless()))
    expect(await run(stage, arrived)).toEqual({ kind: 'ended' })
    expect([(await fileOf(stage, arrived)).state, await codeOf(stage, arrived)]).toEqual(['failed', 'media.too_large'])
    expect(pulled).toBeLessThan(30)
    expect(await objectsOf(stage)).toEqual([])
  })

  it('is not begun when it says that it is too large', async () => {
    const { stage, arrived } = await onCdn(
      () => new Response(streamOf(10), { headers: { 'content-length': String(200 * 1024 * 1024) } }),
    )
    await run(stage, arrived)
    expect(await codeOf(stage, arrived)).toBe('media.too_large')
  })

  it.each([900, 1_100])('is not believed when it says %i bytes and sends 1000', async (said) => {
    const lying = () => new Response(streamOf(1_000), { headers: { 'content-length': String(said) } })
    let answer = lying
    const { stage, arrived } = await onCdn(() => answer())
    await run(stage, arrived)
    expect(await postponedFor(stage, arrived)).toEqual({ code: 'media.broken_off', ms: 30_000 })
    expect([(await fileOf(stage, arrived)).state, await objectsOf(stage)]).toEqual(['pending', []])
    answer = () => new Response(streamOf(1_000))
    stage.clock.now += 30_000
    await run(stage, arrived)
    expect((await fileOf(stage, arrived)).state).toBe('ready')
  })

  it('that breaks off in the middle leaves nothing', async () => {
    const broken = () =>
      new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(png(6 * 1024 * 1024))
        },
        pull(controller) {
          controller.error(new Error('connection lost'))
        },
      })
    const { stage, arrived } = await onCdn(() => new Response(broken()))
    await run(stage, arrived)
    expect(await postponedFor(stage, arrived)).toMatchObject({ code: 'media.broken_off' })
    expect(await objectsOf(stage)).toEqual([])
  })

  it.each([2_000, 6 * 1024 * 1024])(
    'with another hash (%i bytes) is never stored, and given up in the end',
    async (size) => {
      const { stage, media, arrived } = await withPicture(png(size), { sha256: btoa('x'.repeat(32)) })
      for (let attempt = 1; attempt <= 4; attempt++) {
        await run(stage, arrived)
        expect(await postponedFor(stage, arrived)).toMatchObject({ code: 'media.hash_mismatch' })
        expect(await objectsOf(stage)).toEqual([])
        stage.clock.now += 7 * 60 * minuteMs
      }
      await run(stage, arrived)
      expect([(await fileOf(stage, arrived)).state, await codeOf(stage, arrived)]).toEqual([
        'failed',
        'media.hash_mismatch',
      ])
      expect(media.isGone).toBe(false)
    },
  )

  it('is a page to sign in, which is no picture', async () => {
    const page = () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html; charset=utf-8' } })
    const { stage, arrived } = await onCdn(page)
    await run(stage, arrived)
    expect(await postponedFor(stage, arrived)).toMatchObject({ code: 'media.refused' })
  })

  it('is served as nothing that its bytes are not', async () => {
    const { stage, arrived } = await onCdn(
      () => new Response('<script>alert(1)</script>', { headers: { 'content-type': 'image/png' } }),
    )
    await run(stage, arrived)
    expect(await fileOf(stage, arrived)).toMatchObject({ state: 'ready', mime_type: 'application/octet-stream' })
  })
})

describe('an address', () => {
  it.each([
    'https://169.254.169.254/latest/meta-data',
    'http://169.254.169.254/latest/meta-data',
    'https://lookaside.fbsbx.com.evil/a',
    'https://evil.example/a',
    'http://scontent.xx.fbcdn.net/a',
    'https://scontent.xx.fbcdn.net:8443/a',
    'https://a:b@scontent.xx.fbcdn.net/a',
  ])('%s is not asked, neither at once nor after a redirect', async (target) => {
    const direct = await onCdn(() => new Response(png(9)), target)
    await run(direct.stage, direct.arrived)
    expect(direct.asked).toEqual([])
    expect(await codeOf(direct.stage, direct.arrived)).toBe('media.foreign_host')
    const redirected = await onCdn(() => new Response(null, { status: 302, headers: { location: target } }))
    await run(redirected.stage, redirected.arrived)
    expect(redirected.asked.map(({ url }) => url)).toEqual(['https://scontent.xx.fbcdn.net/a'])
    expect(await codeOf(redirected.stage, redirected.arrived)).toBe('media.foreign_host')
  })

  it('that has run out is replaced by a fresh one of the same id', async () => {
    const { stage, media, arrived } = await withPicture()
    let isFirst = true
    const late = watching(stage, (url) => {
      if (url.includes('whatsapp_business') && isFirst) {
        isFirst = false
        stage.clock.now += 6 * minuteMs
      }
      return undefined
    })
    await run(stage, arrived, late)
    expect(await storedHash(stage, arrived)).toBe(media.sha256)
    expect(stage.graph.calls.map(({ kind }) => kind)).toEqual(['media', 'file', 'media', 'file'])
  })

  it('of the CDN that has run out is asked for anew through the message', async () => {
    const stage = await createStage({ platform: 'facebook' })
    const { graph, accountId, clock } = stage
    const media = graph.addMedia(accountId, { bytes: png(500), mimeType: 'image/png' })
    const stale = media.url
    clock.now += 2 * dayMs
    const arrived = await arrive(stage, { type: 'image', source: { url: stale } })
    const payload = { url: graph.urlOf(media) }
    const message = { mid: arrived.externalId, attachments: [{ type: 'image', payload }] }
    const event = { sender: { id: '77' }, recipient: { id: accountId }, timestamp: clock.now, message }
    graph.observe({ object: 'page', entry: [{ id: accountId, messaging: [event] }] })
    await run(stage, arrived)
    expect(await storedHash(stage, arrived)).toBe(media.sha256)
    expect(graph.calls.map(({ kind, tokenIn }) => `${kind} ${tokenIn ?? 'none'}`)).toEqual([
      'file none',
      'message header',
      'file none',
    ])
  })

  it.each(['whatsapp', 'facebook'] as const)('of a file that %s no longer has makes it expired', async (platform) => {
    const stage = await createStage({ platform })
    const media = stage.graph.addMedia(stage.accountId, { bytes: png(50), mimeType: 'image/png' })
    const source = platform === 'whatsapp' ? { mediaId: media.id } : { url: media.url }
    const arrived = await arrive(stage, { type: 'image', source })
    stage.graph.removeMedia(media.id)
    expect(await run(stage, arrived)).toEqual({ kind: 'ended' })
    expect([(await fileOf(stage, arrived)).state, await codeOf(stage, arrived)]).toEqual(['expired', 'media.expired'])
    expect(await jobOf(stage, arrived)).toMatchObject({ state: 'failed' })
    expect(await eventsOf(stage, 'message_updated')).toHaveLength(1)
  })
})

describe('a platform that does not answer', () => {
  it('is asked again, and no longer than there is a point', async () => {
    const { stage, arrived } = await withPicture()
    const startedAt = stage.clock.now
    stage.graph.loseRequest(100)
    for (;;) {
      const step = await run(stage, arrived)
      if (step.kind === 'ended') break
      expect((await fileOf(stage, arrived)).state).toBe('pending')
      stage.clock.now += step.waitMs
    }
    expect([(await fileOf(stage, arrived)).state, await codeOf(stage, arrived)]).toEqual(['failed', 'connection.lost'])
    const days = (stage.clock.now - startedAt) / dayMs
    expect(days).toBeGreaterThan(6)
    expect(days).toBeLessThan(7)
  })

  it('for its limits is asked after the time it names', async () => {
    const { stage, arrived } = await withPicture()
    stage.graph.limit({ code: 80_007, minutes: 9 } as never)
    const step = await run(stage, arrived)
    expect(step.kind).toBe('again')
    stage.clock.now += step.kind === 'again' ? step.waitMs : 0
    await run(stage, arrived)
    expect((await fileOf(stage, arrived)).state).toBe('ready')
  })

  it('because the token counts no more shows it on the channel, and the file comes with the next token', async () => {
    const { stage, arrived } = await withPicture()
    stage.graph.revokeToken('a-token-of-the-account')
    await run(stage, arrived)
    expect(await healthOf(stage)).toMatchObject({ state: 'down', last_error_code: 'outbound.token' })
    const { accountId, graph, clock } = stage
    graph.addAccount({ platform: 'whatsapp', id: accountId, accountId: '1', token: 'another' })
    await storeCredentials(stage, { access_token: 'another' })
    clock.now += 10 * minuteMs
    await run(stage, arrived)
    expect((await fileOf(stage, arrived)).state).toBe('ready')
  })

  it('because the channel has no token yet is nothing wrong with the channel', async () => {
    const stage = await createStage({ credentials: null })
    const arrived = await arrive(stage, { type: 'image', source: { mediaId: '9' } })
    await run(stage, arrived)
    expect(await postponedFor(stage, arrived)).toMatchObject({ code: 'credentials.missing' })
    expect((await healthOf(stage))?.state).not.toBe('down')
  })

  it('because the channel was removed ends the matter', async () => {
    const { stage, arrived } = await withPicture()
    await env.DB.prepare('delete from channels where tenant_id = ?1').bind(stage.tenantId).run()
    await run(stage, arrived)
    expect(await codeOf(stage, arrived)).toBe('media.no_way')
  })
})

const down = () => Promise.reject(new Error('R2 is away'))

/** An upload in parts whose steps may fail. */
function brokenUpload(step: 'uploadPart' | 'complete'): R2Bucket {
  return bucketWith({
    async createMultipartUpload(...args) {
      const upload = await env.BUCKET.createMultipartUpload(...args)
      return new Proxy(upload, {
        get(target, property) {
          if (property === step) return down
          const value = Reflect.get(target, property) as unknown
          return typeof value === 'function' ? (value.bind(target) as unknown) : value
        },
      })
    },
  })
}

describe('a store of files that is away', () => {
  const faults: [step: string, bytes: number, bucket: () => R2Bucket][] = [
    ['storing a small file', 2_000, () => bucketWith({ put: down as never })],
    ['beginning a large one', 6 * 1024 * 1024, () => bucketWith({ createMultipartUpload: down })],
    ['storing a part of it', 6 * 1024 * 1024, () => brokenUpload('uploadPart')],
    ['putting its parts together', 6 * 1024 * 1024, () => brokenUpload('complete')],
  ]

  it.each(faults)('at %s: nothing is left, and the next attempt has it', async (_, size, bucket) => {
    const { stage, media, arrived } = await withPicture(png(size))
    await run(stage, arrived, withBucket(bucket()))
    expect(await postponedFor(stage, arrived)).toEqual({ code: 'media.not_stored', ms: 30_000 })
    expect([(await fileOf(stage, arrived)).state, await objectsOf(stage)]).toEqual(['pending', []])
    stage.clock.now += 30_000
    await run(stage, arrived)
    expect(await storedHash(stage, arrived)).toBe(media.sha256)
    expect(await objectsOf(stage)).toHaveLength(1)
  })

  it('when leftovers are removed or looked for: the file is there all the same', async () => {
    const { stage, arrived } = await withPicture()
    stage.graph.loseRequest(1)
    await run(stage, arrived)
    stage.clock.now += 30_000
    await run(stage, arrived, withBucket(bucketWith({ delete: down, get: down })))
    expect((await fileOf(stage, arrived)).state).toBe('ready')
  })
})

describe('a crash', () => {
  const isReady = (items: IngestItem[]) =>
    items.some(({ item }) => item.kind === 'attachment' && item.state === 'ready')

  it('between storing and reporting costs neither the file nor a second download', async () => {
    const { stage, media, arrived } = await withPicture()
    const receive = () => Promise.reject(new Error('the hub is away'))
    expect(await run(stage, arrived, { receive })).toMatchObject({ kind: 'again' })
    expect(await objectsOf(stage)).toHaveLength(1)
    stage.graph.removeMedia(media.id)
    stage.clock.now += minuteMs
    await run(stage, arrived)
    expect(await fileOf(stage, arrived)).toMatchObject({ state: 'ready', sha256: media.sha256, mime_type: 'image/png' })
    expect(await storedHash(stage, arrived)).toBe(media.sha256)
    expect(await objectsOf(stage)).toHaveLength(1)
  })

  it('after the report, whose answer is lost, changes nothing any more', async () => {
    const { stage, arrived } = await withPicture()
    const { receive } = stage.deps
    const lossy: typeof receive = async (tenantId, items) => {
      await receive(tenantId, items)
      throw new Error('the answer is lost')
    }
    await run(stage, arrived, { receive: lossy })
    expect((await fileOf(stage, arrived)).state).toBe('ready')
    stage.clock.now += minuteMs
    await run(stage, arrived)
    expect(await eventsOf(stage, 'message_updated')).toHaveLength(1)
    expect(await objectsOf(stage)).toHaveLength(1)
  })

  it('that a slow attempt survives leaves one object: what was reported first stays', async () => {
    const { stage, arrived } = await withPicture()
    const held = Promise.withResolvers<void>()
    const { receive } = stage.deps
    const slow: typeof receive = async (tenantId, items) => {
      if (isReady(items)) await held.promise
      return receive(tenantId, items)
    }
    const first = run(stage, arrived, { receive: slow })
    await expect.poll(() => objectsOf(stage)).toHaveLength(1)
    stage.clock.now += leases.media + 1
    // As if it could not see what the first has stored.
    await run(stage, arrived, withBucket(bucketWith({ get: () => Promise.resolve(null) })))
    const { object_key } = await fileOf(stage, arrived)
    held.resolve()
    await first
    expect((await fileOf(stage, arrived)).object_key).toBe(object_key)
    await expect.poll(() => objectsOf(stage)).toEqual([object_key])
    expect(await eventsOf(stage, 'message_updated')).toHaveLength(1)
  })

  it('that an attempt mistakes for its own end: with its lease over it stores nothing', async () => {
    const { stage, arrived } = await withPicture()
    const held = Promise.withResolvers<void>()
    const late = watching(stage, async (url) => {
      if (url.includes('whatsapp_business')) await held.promise
      return undefined
    })
    let puts = 0
    const put = (...args: Parameters<R2Bucket['put']>) => {
      puts += 1
      return env.BUCKET.put(...args)
    }
    const first = run(stage, arrived, { ...late, ...withBucket(bucketWith({ put: put as never })) })
    await expect.poll(async () => (await jobOf(stage, arrived))?.attempts).toBe(1)
    stage.clock.now += leases.media + 1
    await run(stage, arrived)
    held.resolve()
    await first
    expect(puts).toBe(0)
    expect(await objectsOf(stage)).toEqual([(await fileOf(stage, arrived)).object_key])
  })

  it('leaves nothing behind once another attempt has the file', async () => {
    const { stage, arrived } = await withPicture()
    await run(stage, arrived, { receive: () => Promise.reject(new Error('the hub is away')) })
    stage.clock.now += minuteMs
    const blind = withBucket(bucketWith({ get: () => Promise.resolve(null) }))
    await run(stage, arrived, blind)
    expect(await objectsOf(stage)).toEqual([(await fileOf(stage, arrived)).object_key])
  })

  it('whose report comes after the file was given up still has its object', async () => {
    const { stage, media, arrived } = await withPicture()
    const { receive } = stage.deps
    const held = Promise.withResolvers<void>()
    const slow: typeof receive = async (tenantId, items) => {
      if (isReady(items)) await held.promise
      return receive(tenantId, items)
    }
    const first = run(stage, arrived, { receive: slow })
    await expect.poll(() => objectsOf(stage)).toHaveLength(1)
    stage.clock.now += leases.media + 1
    stage.graph.removeMedia(media.id)
    const claim = await claimJob(openDatabase(env.DB), stage.tenantId, arrived.jobId, { now: stage.clock.now, leases })
    if (claim.kind !== 'claimed') throw new Error(claim.kind)
    const blind = { ...stage.deps, ...withBucket(bucketWith({ get: () => Promise.resolve(null) })) }
    expect(await runMedia(claim.job, blind)).toMatchObject({ kind: 'failed' })
    expect(await runMedia(claim.job, blind)).toEqual({ kind: 'done' })
    expect((await fileOf(stage, arrived)).state).toBe('expired')
    held.resolve()
    await first
    expect((await fileOf(stage, arrived)).state).toBe('ready')
    expect(await storedHash(stage, arrived)).toBe(media.sha256)
  })
})

describe('eight at once', () => {
  it('of one ring of the bell make one object and one event', async () => {
    const { stage, arrived } = await withPicture()
    const steps = await Promise.all(Array.from({ length: 8 }, () => run(stage, arrived)))
    expect(steps.filter(({ kind }) => kind === 'ended').length).toBeGreaterThanOrEqual(1)
    expect((await fileOf(stage, arrived)).state).toBe('ready')
    expect(await objectsOf(stage)).toHaveLength(1)
    expect(await eventsOf(stage, 'message_updated')).toHaveLength(1)
    expect(stage.graph.calls.filter(({ kind }) => kind === 'file')).toHaveLength(1)
  })

  it('with one claim, past every fence, make one object and one event too', async () => {
    const { stage, media, arrived } = await withPicture(png(6 * 1024 * 1024))
    const claim = await claimJob(openDatabase(env.DB), stage.tenantId, arrived.jobId, { now: stage.clock.now, leases })
    if (claim.kind !== 'claimed') throw new Error(claim.kind)
    const verdicts = await Promise.all(Array.from({ length: 8 }, () => runMedia(claim.job, stage.deps)))
    expect(verdicts.filter(({ kind }) => kind === 'done').length).toBeGreaterThanOrEqual(1)
    expect(await storedHash(stage, arrived)).toBe(media.sha256)
    expect(await objectsOf(stage)).toHaveLength(1)
    expect(await eventsOf(stage, 'message_updated')).toHaveLength(1)
  })
})

describe('a batch of many files', () => {
  it('holds no more than four at a time', async () => {
    const stage = await createStage({ platform: 'facebook' })
    const files: Arrived[] = []
    for (let at = 0; at < 9; at++) {
      files.push(await arrive(stage, { type: 'image', source: { url: `https://a.fbcdn.net/${at}` } }))
    }
    let open = 0
    let most = 0
    const fetch = async () => {
      open += 1
      most = Math.max(most, open)
      await scheduler.wait(20)
      open -= 1
      return new Response(png(50))
    }
    const deps = { ...stage.deps, fetch }
    await Promise.all(files.map(({ jobId }) => runJob(deps, stage.tenantId, jobId)))
    expect(most).toBe(4)
    expect(await objectsOf(stage)).toHaveLength(9)
  })
})

describe('a message that is taken back while its file comes', () => {
  it('leaves no object', async () => {
    const { stage, arrived } = await withPicture()
    const deletion = { kind: 'deletion', at: stage.clock.now, targetExternalId: arrived.externalId } as const
    const meanwhile = watching(stage, async (url) => {
      if (url.includes('whatsapp_business')) await store(stage, deletion)
      return undefined
    })
    await run(stage, arrived, meanwhile)
    expect(await fileOf(stage, arrived)).toMatchObject({ state: 'expired', object_key: null })
    await expect.poll(() => objectsOf(stage)).toEqual([])
  })

  it('is not fetched any more', async () => {
    const { stage, arrived } = await withPicture()
    await store(stage, { kind: 'deletion', at: stage.clock.now, targetExternalId: arrived.externalId })
    await run(stage, arrived)
    expect(stage.graph.calls).toEqual([])
  })
})
