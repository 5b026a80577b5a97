import { describe, expect, it } from 'vitest'
import { fileRules } from '../../src/channels/registry.ts'
import { failureOf, maxFileBytes, mediaFailures, pauseBeforeNext } from '../../src/jobs/media-rules.ts'
import type { FailureKind } from '../../src/protocol/message.ts'
import type { Platform } from '../../src/protocol/words.ts'

const hourMs = 3_600_000

/** When each attempt begins, in hours, while every one of them fails. */
function attemptsOf(platform: Platform, failure = mediaFailures.unreachable()): number[] {
  const times = [0]
  let now = 0
  for (let attempts = 1; attempts < 100; attempts++) {
    const pauseMs = pauseBeforeNext({ rules: fileRules(platform), attempts, startedAt: 0, now }, failure)
    if (pauseMs === null) return times
    now += pauseMs
    times.push(now / hourMs)
  }
  return times
}

describe('a file that cannot be fetched', () => {
  it('is tried often in the first hours, in which addresses die, and then rarely', () => {
    const [, second, third, fourth, fifth, sixth, seventh] = attemptsOf('whatsapp')
    expect([second, third].map((at) => (at ?? 0) * 3600)).toEqual([30, 150])
    expect([fourth, fifth, sixth].map((at) => Math.round((at ?? 0) * 10) / 10)).toEqual([0.2, 1.2, 7.2])
    expect((seventh ?? 0) - (sixth ?? 0)).toBe(12)
  })

  it('is given up before WhatsApp itself forgets it after seven days', () => {
    const last = attemptsOf('whatsapp').at(-1) ?? 0
    expect(last).toBeGreaterThan(6 * 24)
    expect(last).toBeLessThan(6.6 * 24)
  })

  it.each(['facebook', 'instagram'] as const)('of %s is given up after a day and a half', (platform) => {
    expect(attemptsOf(platform).at(-1)).toBeLessThanOrEqual(36)
    expect(attemptsOf(platform).length).toBeGreaterThan(6)
  })

  it('is asked for no earlier than the platform said', () => {
    const failure = mediaFailures.unreachable(90_000)
    expect(pauseBeforeNext({ rules: fileRules('whatsapp'), attempts: 1, startedAt: 0, now: 0 }, failure)).toBe(90_000)
  })

  it.each([mediaFailures.hashMismatch(), mediaFailures.brokenOff(), mediaFailures.refused()])(
    'for a reason that pauses do not cure ($error.code) is tried five times',
    (failure) => {
      expect(attemptsOf('whatsapp', failure)).toHaveLength(5)
    },
  )

  it.each([
    mediaFailures.expired(),
    mediaFailures.tooLarge(1),
    mediaFailures.foreignHost(),
    mediaFailures.wrongType(),
    mediaFailures.noWay(),
  ])('for good ($error.code) is not tried again', (failure) => {
    expect(attemptsOf('whatsapp', failure)).toEqual([0])
  })
})

describe('what the platform said instead of an address', () => {
  const said = (kind: FailureKind, retryAfterMs?: number) =>
    failureOf({
      error: { code: '1', title: 'No', details: null, kind },
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    })

  it.each(['token', 'rate_limit', 'permission', 'unreachable'] as const)(
    'about the channel (%s) may be cured',
    (kind) => {
      expect(said(kind).kind).toBe('temporary')
    },
  )

  it.each(['content', 'platform', 'recipient', 'window'] as const)('about the file (%s) stays as it is', (kind) => {
    expect(said(kind).kind).toBe('failed')
    expect(said(kind, 1000)).toMatchObject({ kind: 'temporary', retryAfterMs: 1000 })
  })

  it('that the file is gone makes it expired', () => {
    const error = { code: 'media.gone', title: 'Gone', details: null, kind: 'content' } as const
    expect(failureOf({ error })).toMatchObject({ kind: 'expired', error: { code: 'media.expired' } })
  })
})

describe('the largest file', () => {
  it('is what the platform lets through', () => {
    expect(maxFileBytes(fileRules('whatsapp'), 'document')).toBe(100 * 1024 * 1024)
    expect(maxFileBytes(fileRules('whatsapp'), 'video')).toBe(25 * 1024 * 1024)
    expect(maxFileBytes(fileRules('facebook'), 'document')).toBe(25 * 1024 * 1024)
  })
})
