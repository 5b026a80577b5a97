import { describe, expect, it } from 'vitest'
import { judgeFailure } from '../../../companion/link/answer.ts'
import { backoffMs } from '../../../companion/link/backoff.ts'

const ours = (code: string) => JSON.stringify({ error: { code, message: 'Words.' } })
const judge = (status: number, text: string, headers = {}) => judgeFailure(status, new Headers(headers), text)

describe('an answer that is no success', () => {
  it.each([
    [500, ours('internal'), 'again'],
    [503, '', 'again'],
    [429, ours('too_many'), 'again'],
    [408, '', 'again'],
    [401, '', 'unauthorised'],
    [401, ours('unauthorized'), 'unauthorised'],
    [403, ours('forbidden'), 'unauthorised'],
    [403, '<html>blocked</html>', 'again'],
    [400, ours('request.invalid'), 'refused'],
    [400, 'bad request', 'again'],
    [413, ours('body.too_large'), 'refused'],
    [409, ours('lease.lost'), 'refused'],
    [404, ours('channel.not_found'), 'refused'],
    [404, ours('checkpoint.not_found'), 'refused'],
    [404, ours('not_found'), 'again'],
    [404, '<html></html>', 'again'],
    [405, ours('method'), 'again'],
    [302, '', 'again'],
  ])('%i %s means %s', (status, text, kind) => {
    expect(judge(status, text).kind).toBe(kind)
  })

  it('may say how long to wait, within reason', () => {
    expect(judge(429, '', { 'retry-after': '7' })).toMatchObject({ afterMs: 7_000 })
    expect(judge(429, '', { 'retry-after': '999999' })).toMatchObject({ afterMs: 600_000 })
    expect(judge(429, '', { 'retry-after': 'tomorrow' })).toMatchObject({ afterMs: null })
  })
})

describe('the back-off', () => {
  it('lies anywhere under a ceiling that doubles up to a minute', () => {
    expect([1, 2, 3, 4].map((failures) => backoffMs(failures, () => 1))).toEqual([1_000, 2_000, 4_000, 8_000])
    expect(backoffMs(500, () => 1)).toBe(60_000)
    expect(backoffMs(3, () => 0)).toBe(0)
  })
})
