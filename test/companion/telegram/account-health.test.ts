import { describe, expect, it } from 'vitest'
import type { Report } from '../../../companion/account.ts'
import { createHealth } from '../../../companion/telegram/account-health.ts'

const day = 86_400_000

function healthAt(start: number) {
  const reports: Report[] = []
  let time = start
  const health = createHealth({ report: (one) => void reports.push(one), now: () => time, unreachableMs: 1_000 })
  health.answered()
  health.catchingUp(false)
  return { health, reports, pass: (ms: number) => (time += ms) }
}

describe('an account for which something missed was given up', () => {
  it('warns for a week, while it goes on', () => {
    const { health, reports, pass } = healthAt(Date.UTC(2026, 10, 23))
    health.incomplete(Date.UTC(2026, 10, 23))
    expect(reports.at(-1)).toMatchObject({ state: 'warning', session_state: 'connected', code: 'history.incomplete' })
    expect(reports.at(-1)?.message).toContain('2026-11-23')
    pass(6 * day)
    health.answered()
    health.tick()
    expect(reports.at(-1)?.code).toBe('history.incomplete')
    pass(day)
    health.answered()
    expect(reports.at(-1)).toMatchObject({ state: 'ok', session_state: 'connected', code: '' })
  })

  it('says first what is worse, and the warning again once that has passed', () => {
    const { health, reports, pass } = healthAt(0)
    health.incomplete(0)
    health.flooded(60)
    expect(reports.at(-1)?.code).toBe('flood.wait')
    pass(61_000)
    health.tick()
    expect(reports.at(-1)?.code).toBe('history.incomplete')
  })
})
