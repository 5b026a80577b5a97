import { describe, expect, it } from 'vitest'
import type { SendOutcome } from '../../src/channels/outbound.ts'
import { type SendSituation, maxAttempts, stepAfter, waitBefore } from '../../src/outbox/send-rules.ts'

const minute = 60_000
const hour = 60 * minute
const at = (fields: Partial<SendSituation> = {}): SendSituation => ({
  now: 10 * hour,
  attempts: 1,
  createdAt: 10 * hour,
  closesAt: null,
  ...fields,
})
const error = { code: '130429', title: 'Rate limit hit', details: null, kind: 'rate_limit' } as const
const busy = (retryAfterMs: number): SendOutcome => ({ kind: 'rejected', error, retryAfterMs })
const failed = { kind: 'end', result: { kind: 'failed', error } }

describe('after a platform has answered', () => {
  it('a reply that was taken is sent', () => {
    expect(stepAfter({ kind: 'sent', externalId: 'wamid.1' }, at())).toEqual({
      kind: 'end',
      result: { kind: 'sent', externalId: 'wamid.1' },
    })
  })

  it('one whose answer was lost is unknown, and is never tried again', () => {
    for (const attempts of [1, 5, maxAttempts]) {
      const step = stepAfter({ kind: 'unknown', reason: 'timeout' }, at({ attempts }))
      expect(step).toMatchObject({ kind: 'end', result: { kind: 'unknown', error: { details: 'timeout' } } })
    }
  })

  it('one that was refused for good has failed', () => {
    expect(stepAfter({ kind: 'rejected', error }, at())).toEqual(failed)
  })

  it('one that was refused for now waits as long as the platform asks', () => {
    expect(stepAfter(busy(7 * minute), at())).toEqual({ kind: 'postpone', dueAt: 10 * hour + 7 * minute, error })
  })

  it('waits longer after every attempt, a quarter of an hour at most', () => {
    const waits = Array.from({ length: maxAttempts }, (_, index) => waitBefore(index + 1))
    expect(waits.slice(0, 4)).toEqual([5_000, 15_000, 45_000, 135_000])
    expect(waits.at(-1)).toBe(15 * minute)
    expect(waits).toEqual([...waits].sort((a, b) => a - b))
    expect(waitBefore(1, hour)).toBe(hour)
  })

  it('gives up after the last attempt', () => {
    expect(stepAfter(busy(0), at({ attempts: maxAttempts - 1 }))).toMatchObject({ kind: 'postpone' })
    expect(stepAfter(busy(0), at({ attempts: maxAttempts }))).toEqual(failed)
  })

  it('gives up when the next attempt would come after the reply window', () => {
    const closesAt = 10 * hour + 5_000
    expect(stepAfter(busy(5_000), at({ closesAt }))).toMatchObject({ kind: 'postpone' })
    expect(stepAfter(busy(5_001), at({ closesAt }))).toEqual(failed)
  })

  it('gives up on what is a day old', () => {
    expect(stepAfter(busy(0), at({ createdAt: 10 * hour - 24 * hour }))).toEqual(failed)
    expect(stepAfter(busy(0), at({ createdAt: 10 * hour - 23 * hour }))).toMatchObject({ kind: 'postpone' })
  })
})
