import { describe, expect, it } from 'vitest'
import {
  lookOf,
  recoveredFindings,
  refreshFindings,
  reportOf,
  shouldRefresh,
  tokenFindings,
} from '../../src/jobs/channel-life-rules.ts'
import type { FailureKind } from '../../src/protocol/message.ts'

const dayMs = 86_400_000
const now = 1_790_000_000_000
const healthy = {
  state: 'ok',
  lastErrorAt: null,
  lastErrorCode: null,
  lastErrorMessage: null,
  tokenExpiresAt: null,
} as const
const warning = (code: string, message = 'x') =>
  ({ ...healthy, state: 'warning', lastErrorAt: now - 1000, lastErrorCode: code, lastErrorMessage: message }) as const
const down = (code: string) => ({ ...warning(code), state: 'down' }) as const
const clean = { findings: [], isComplete: true, tokenExpiresAt: null }
const found = (state: 'warning' | 'down', code = 'check.subscription.missing') => ({
  ...clean,
  findings: [{ state, code, message: 'x' }],
})

describe('a token', () => {
  it.each([
    [null, []],
    [now + 8 * dayMs, []],
    [now + 7 * dayMs, ['warning token.expires_soon']],
    [now + 1, ['warning token.expires_soon']],
    [now, ['down token.expired']],
    [now - dayMs, ['down token.expired']],
  ])('that ends at %j gives %j', (expiresAt, findings) => {
    expect(tokenFindings(expiresAt, now).map(({ state, code }) => `${state} ${code}`)).toEqual(findings)
  })

  it('says how much time is left', () => {
    const left = (ms: number) => tokenFindings(now + ms, now)[0]?.message
    expect([left(3.5 * dayMs), left(dayMs), left(1)]).toEqual([
      expect.stringContaining('in 3 days'),
      expect.stringContaining('in a day'),
      expect.stringContaining('in less than a day'),
    ])
  })

  it.each([
    ['in its last thirty days', 29, 40, true],
    ['with more than thirty days left', 31, 40, false],
    ['younger than a day', 29, 0.9, false],
    ['that has expired, which nothing renews', -1, 40, false],
  ])('%s: renewed %j', (_, daysLeft, age, isDue) => {
    expect(shouldRefresh({ now, expiresAt: now + daysLeft * dayMs, storedAt: now - age * dayMs })).toBe(isDue)
  })

  it('of which nobody knows the end is renewed once it is a day old', () => {
    expect(shouldRefresh({ now, expiresAt: null, storedAt: now - dayMs })).toBe(true)
    expect(shouldRefresh({ now, expiresAt: null, storedAt: now - dayMs + 1 })).toBe(false)
  })

  const refusal = (kind: FailureKind, more: object = {}) => ({
    error: { code: '190', title: 'No', details: null, kind },
    ...more,
  })

  it('that cannot be renewed is told of, unless that may pass', () => {
    expect(refreshFindings(refusal('token'))).toMatchObject([{ state: 'warning', code: 'token.refresh_failed' }])
    expect(refreshFindings(refusal('rate_limit'))).toEqual([])
    expect(refreshFindings(refusal('platform', { retryAfterMs: 1 }))).toEqual([])
    const never = { error: { ...refusal('platform').error, code: 'token.not_refreshable' } }
    expect(refreshFindings(never)).toEqual([])
  })
})

describe('a look at an account', () => {
  const answer = (kind: FailureKind) =>
    ({ ok: false, error: { code: '9', title: 'No', details: 'why', kind } }) as const
  const before = { known: { ...healthy, tokenExpiresAt: now + dayMs }, now, canRenew: true }

  it('shows what is wrong with it', () => {
    const problems = [{ code: 'quality', message: 'Low', state: 'warning' as const }]
    const value = { tokenExpiresAt: 5, alternateExternalId: null, problems }
    expect(lookOf({ ok: true, value }, before)).toEqual({
      findings: [{ state: 'warning', code: 'check.quality', message: 'Low' }],
      isComplete: true,
      tokenExpiresAt: 5,
    })
  })

  it('leaves the end of a token as its renewal told, where the platform does not say', () => {
    const value = { tokenExpiresAt: null, alternateExternalId: null, problems: [] }
    const look = (of: object) => lookOf({ ok: true, value }, { ...before, ...of }).tokenExpiresAt
    expect(look({})).toBe(now + dayMs)
    expect(look({ canRenew: false })).toBeNull()
    expect(look({ known: { ...healthy, tokenExpiresAt: now - 1 } })).toBeNull()
  })

  it('that is refused for its token means the channel is down', () => {
    expect(lookOf(answer('token'), before)).toMatchObject({
      findings: [{ state: 'down', code: 'token.refused', message: 'No: why' }],
      isComplete: false,
      tokenExpiresAt: now + dayMs,
    })
    expect(lookOf(answer('permission'), before).findings).toMatchObject([
      { state: 'warning', code: 'check.permission' },
    ])
  })

  it.each(['rate_limit', 'unreachable', 'platform'] as const)('that fails for %s shows nothing', (kind) => {
    expect(lookOf(answer(kind), before)).toMatchObject({ findings: [], isComplete: false })
  })
})

describe('the report of a look', () => {
  it('is made once for each trouble', () => {
    expect(reportOf(found('warning'), healthy, now)).toMatchObject({
      state: 'warning',
      code: 'check.subscription.missing',
    })
    expect(reportOf(found('warning'), warning('check.subscription.missing'), now)).toBeNull()
    expect(reportOf(found('warning'), warning('check.subscription.missing', 'other words'), now)).not.toBeNull()
  })

  it('tells the gravest of several', () => {
    const findings = [...found('warning', 'check.a').findings, ...found('down', 'check.b').findings]
    expect(reportOf({ ...clean, findings }, null, now)).toMatchObject({ state: 'down', code: 'check.b' })
  })

  it('ends what an earlier look reported, and a refused token', () => {
    const ends = ['check.quality', 'token.expired', 'token.refused', 'outbound.token', 'webhook.signature']
    for (const code of ends) expect([code, reportOf(clean, down(code), now)?.state]).toEqual([code, 'ok'])
  })

  it('leaves alone what others reported', () => {
    expect(reportOf(clean, warning('quality.flagged'), now)).toBeNull()
    expect(reportOf(clean, down('outbound.permission'), now)).toBeNull()
    expect(reportOf(found('warning'), warning('quality.flagged'), now)).toBeNull()
    expect(reportOf(found('warning'), down('account.disabled'), now)).toBeNull()
    expect(reportOf(found('down'), warning('quality.flagged'), now)).toMatchObject({ state: 'down' })
  })

  it('ends nothing when the look was broken off', () => {
    expect(reportOf({ ...clean, isComplete: false }, warning('check.quality'), now)).toBeNull()
  })

  it('keeps showing for a day that messages were missing', () => {
    const known = { ...warning('messages.recovered'), lastErrorAt: now - dayMs + 1 }
    expect(reportOf(clean, known, now)).toBeNull()
    expect(reportOf(clean, known, now + 1)).toMatchObject({ state: 'ok' })
    expect(recoveredFindings(0)).toEqual([])
    expect(recoveredFindings(2)[0]?.message).toContain('2 messages were missing')
  })

  it('tells of another end of the token, and changes nothing else with it', () => {
    const look = { ...clean, tokenExpiresAt: now + 40 * dayMs }
    expect(reportOf(look, healthy, now)).toMatchObject({ state: 'ok', tokenExpiresAt: now + 40 * dayMs })
    expect(reportOf(look, { ...healthy, tokenExpiresAt: now + 40 * dayMs }, now)).toBeNull()
    const flagged = warning('quality.flagged', 'Low')
    expect(reportOf(look, flagged, now)).toMatchObject({ state: 'warning', code: 'quality.flagged', message: 'Low' })
  })

  it('of a channel nobody has heard of yet is made only when there is something to say', () => {
    expect(reportOf(clean, null, now)).toBeNull()
    expect(reportOf(found('down'), null, now)).toMatchObject({ state: 'down' })
  })
})
