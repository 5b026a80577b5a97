import { describe, expect, it } from 'vitest'
import { insertGenerated } from '../../bench/document.ts'
import { type MessageCost, audiences } from '../../bench/notifications-measure.ts'
import {
  type NotificationFindings,
  notificationLines,
  notificationMarks,
  notificationPart,
} from '../../bench/notifications-report.ts'

const cost = (p50Ms: number): MessageCost => ({
  ...{ rowsWritten: 15, databaseCalls: 1, frames: 1000, kilobytes: 475 },
  ...{ p50Ms, p95Ms: 50, cpuMs: 32.25 },
})
const findings = (...times: number[]): NotificationFindings => ({
  ...{ machine: 'A machine', command: 'npm run bench:notifications', startedAt: 'today' },
  rounds: times.map((p50Ms) => new Map(audiences.map((audience) => [audience, cost(p50Ms)]))),
})

describe('the report of notifications', () => {
  it('gives the median of the rounds for each audience, under its title', () => {
    const [head, ...lines] = notificationLines(findings(30, 90, 40))
    expect(head).toHaveLength(8)
    expect(lines.map(([title]) => title)).toEqual([
      '10 users, notifications',
      '1,000 users, notifications',
      '1,000 users, messages',
      '1,000 users, both feeds at once: notifications',
    ])
    expect(lines[1]?.slice(1)).toEqual(['15.0', '1.00', '1,000', '475', '40.0', '50.0', '32.3'])
  })

  it('shows a dash for what a round did not measure', () => {
    expect(notificationLines({ ...findings(), rounds: [new Map()] })[1]?.slice(1)).toEqual(Array(7).fill('–'))
  })

  it('stands between marks of its own, and leaves the rest of the document', () => {
    const { start, end } = notificationMarks
    const document = insertGenerated(
      `before\n${start}\nold\n${end}\nafter`,
      notificationPart(findings(1)),
      notificationMarks,
    )
    expect(document).toMatch(/^before\n[^]*1,000 users, notifications[^]*\nafter$/)
    expect(document).not.toContain('old')
  })
})
