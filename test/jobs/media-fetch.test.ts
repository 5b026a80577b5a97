import { describe, expect, it } from 'vitest'
import { fetchFile } from '../../src/jobs/media-fetch.ts'

const places = { hosts: ['fbsbx.com', 'fbcdn.net'], origins: [] }
const start = 'https://lookaside.fbsbx.com/file'

type Asked = { url: string; authorization: string | null }
const redirectTo = (location: string, status = 302) => new Response(null, { status, headers: { location } })

/** Fetches through a platform that answers by address; what it does not know it does not answer. */
async function fetchThrough(answers: Record<string, Response>, headers: Record<string, string> = {}) {
  const asked: Asked[] = []
  const fetch = (async (url: string, init: RequestInit) => {
    asked.push({ url, authorization: new Headers(init.headers).get('authorization') })
    expect(init.redirect).toBe('manual')
    const answer = answers[url]
    if (answer === undefined) throw new TypeError('connection lost')
    return Promise.resolve(answer)
  }) as typeof globalThis.fetch
  const signal = new AbortController().signal
  return { fetched: await fetchFile({ url: start, headers }, { places, fetch, signal }), asked }
}

const bearer = { authorization: 'Bearer secret' }

describe('fetching a file', () => {
  it('says how long it will be and what it is called', async () => {
    const answer = new Response('0123', { headers: { 'content-length': '4', 'content-type': 'image/png' } })
    const { fetched } = await fetchThrough({ [start]: answer })
    expect(fetched).toMatchObject({ ok: true, length: 4, mimeType: 'image/png' })
  })

  it('does not believe the length of a packed answer', async () => {
    const answer = new Response('0123', { headers: { 'content-length': '2', 'content-encoding': 'gzip' } })
    expect((await fetchThrough({ [start]: answer })).fetched).toMatchObject({ ok: true, length: null })
  })

  it('takes the token to its own host only, also when the way leads back', async () => {
    const { fetched, asked } = await fetchThrough(
      {
        [start]: redirectTo('/moved'),
        'https://lookaside.fbsbx.com/moved': redirectTo('https://scontent.fbcdn.net/file'),
        'https://scontent.fbcdn.net/file': redirectTo('https://other.fbsbx.com/file'),
        'https://other.fbsbx.com/file': new Response('file'),
      },
      bearer,
    )
    expect(fetched.ok).toBe(true)
    expect(asked.map(({ authorization }) => authorization)).toEqual(['Bearer secret', 'Bearer secret', null, null])
  })

  it.each([
    'https://evil.example/',
    'http://lookaside.fbsbx.com/file',
    'https://169.254.169.254/latest/meta-data',
    'http://169.254.169.254/latest/meta-data',
    'https://lookaside.fbsbx.com.evil/file',
    '//evil.example/file',
    'https://[::1]/',
    'javascript:alert(1)',
    'http://',
  ])('does not follow a redirect to %s', async (target) => {
    const { fetched, asked } = await fetchThrough({ [start]: redirectTo(target) }, bearer)
    expect(fetched).toMatchObject({ ok: false, failure: { kind: 'failed', error: { code: 'media.foreign_host' } } })
    expect(asked.map(({ url }) => url)).toEqual([start])
  })

  it('asks nobody for an address that is not the platform’s', async () => {
    const fetch = () => Promise.reject(new Error('asked'))
    const signal = new AbortController().signal
    const fetched = await fetchFile({ url: 'https://evil.example/', headers: bearer }, { places, fetch, signal })
    expect(fetched).toMatchObject({ ok: false, failure: { error: { code: 'media.foreign_host' } } })
  })

  it('follows three redirects and no fourth', async () => {
    const loop = () => ({ [start]: redirectTo(start) })
    const { fetched, asked } = await fetchThrough(loop())
    expect(fetched).toMatchObject({ ok: false, failure: { kind: 'temporary' } })
    expect(asked).toHaveLength(4)
  })

  it.each([
    [404, {}, true, 'expired'],
    [410, {}, true, 'expired'],
    [403, {}, true, 'expired'],
    [403, bearer, false, 'temporary'],
    [401, bearer, false, 'temporary'],
    [500, {}, false, 'temporary'],
    [429, {}, false, 'temporary'],
    [204, {}, false, 'temporary'],
  ] as const)('that is answered %i with %j: gone %j, %s', async (status, headers, isGone, kind) => {
    const { fetched } = await fetchThrough({ [start]: new Response(null, { status }) }, headers)
    expect(fetched).toMatchObject({ ok: false, isGone, failure: { kind } })
  })

  it('tells when to come back', async () => {
    const busy = new Response('later', { status: 503, headers: { 'retry-after': '120' } })
    expect((await fetchThrough({ [start]: busy })).fetched).toMatchObject({ failure: { retryAfterMs: 120_000 } })
  })

  it('is told from a connection that was lost', async () => {
    const { fetched } = await fetchThrough({})
    expect(fetched).toMatchObject({ ok: false, isGone: false, failure: { error: { code: 'media.unreachable' } } })
  })
})
