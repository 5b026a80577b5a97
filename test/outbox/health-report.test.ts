import { describe, expect, it } from 'vitest'
import type { FailureKind } from '../../src/protocol/message.ts'
import { healthAfterFailure, healthAfterSuccess } from '../../src/outbox/health-report.ts'

const failure = (kind: FailureKind, retryAfterMs?: number) => ({
  error: { code: '190', title: 'Session expired', details: 'Connect it again', kind },
  ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
})
const known = (state: 'ok' | 'warning' | 'down', lastErrorCode: string | null, lastErrorAt = 0) => ({
  state,
  lastErrorCode,
  lastErrorAt,
})

describe('what a refused call says of its channel', () => {
  it('a dead token takes it down', () => {
    expect(healthAfterFailure(failure('token'), null, 5)).toEqual({
      kind: 'health',
      at: 5,
      state: 'down',
      code: 'outbound.token',
      message: 'Session expired: Connect it again',
    })
  })

  it('a limit is a warning that says for how long', () => {
    const report = healthAfterFailure(failure('rate_limit', 90_500), null, 5)
    expect(report).toMatchObject({ state: 'warning', code: 'outbound.rate_limit' })
    expect(report?.message).toContain('next attempt in 91 s')
  })

  it('a missing permission is a warning', () => {
    expect(healthAfterFailure(failure('permission'), null, 5)).toMatchObject({ state: 'warning' })
  })

  it.each(['window', 'recipient', 'content', 'platform', 'unreachable'] as const)(
    'nothing where only one message is concerned: %s',
    (kind) => {
      expect(healthAfterFailure(failure(kind), null, 5)).toBeNull()
    },
  )

  it('is told once a minute, and at once when it is another trouble', () => {
    const down = known('down', 'outbound.token', 1_000)
    expect(healthAfterFailure(failure('token'), down, 60_999)).toBeNull()
    expect(healthAfterFailure(failure('token'), down, 61_000)).not.toBeNull()
    expect(healthAfterFailure(failure('rate_limit'), down, 1_001)).not.toBeNull()
  })
})

describe('a call that worked', () => {
  it('ends what an earlier call reported', () => {
    const ended = healthAfterSuccess(known('down', 'outbound.token'), 9)
    expect(ended).toMatchObject({ state: 'ok', at: 9 })
    expect(healthAfterSuccess(known('warning', 'outbound.rate_limit'), 9)).toMatchObject({ state: 'ok' })
  })

  it('says nothing of a trouble that others reported, and nothing where there is none', () => {
    expect(healthAfterSuccess(known('warning', 'token.expires_soon'), 9)).toBeNull()
    expect(healthAfterSuccess(known('ok', 'outbound.token'), 9)).toBeNull()
    expect(healthAfterSuccess(known('ok', null), 9)).toBeNull()
    expect(healthAfterSuccess(null, 9)).toBeNull()
  })
})
