import { describe, expect, it } from 'vitest'
import { addTotals, countTests, loudLines, noTests, totalsLine } from '../../../scripts/lib/vitest-report.ts'

function report(counts: { passed?: number; failed?: number; pending?: number; files?: object[] } = {}): string {
  return JSON.stringify({
    numPassedTests: counts.passed ?? 0,
    numFailedTests: counts.failed ?? 0,
    numPendingTests: counts.pending ?? 0,
    numTodoTests: 0,
    testResults: counts.files ?? [],
  })
}

describe('what nobody may miss', () => {
  it('is found in the output of tests that passed, once', () => {
    expect(loudLines('✓ a test\n!! NO MAILS: x is LEFT OUT\n  !! NO MAILS: x is LEFT OUT\nnot !! this')).toEqual([
      '!! NO MAILS: x is LEFT OUT',
    ])
  })
})

describe('countTests', () => {
  it('counts what passed, failed and was left out', () => {
    expect(countTests(report({ passed: 5, failed: 2, pending: 1 }), 1)).toEqual({ passed: 5, failed: 2, skipped: 1 })
  })

  it('counts a file that could not be loaded as a failure', () => {
    const files = [{ status: 'failed', assertionResults: [] }]
    expect(countTests(report({ passed: 5, files }), 1)).toEqual({ passed: 5, failed: 1, skipped: 0 })
  })

  it('does not count the file of a failed test once more', () => {
    const files = [{ status: 'failed', assertionResults: [{}] }]
    expect(countTests(report({ passed: 5, failed: 1, files }), 1).failed).toBe(1)
  })

  it('never calls a run that ended badly a success', () => {
    expect(countTests(report({ passed: 5 }), 1)).toEqual({ passed: 5, failed: 1, skipped: 0 })
  })

  it.each([null, '', '{"numPassed', '[]', '{}'])('counts a run without a usable report (%j) as a failure', (json) => {
    expect(countTests(json, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 })
  })
})

describe('totalsLine', () => {
  it('says how many passed and failed', () => {
    expect(totalsLine({ passed: 12, failed: 0, skipped: 0 })).toBe('12 passed, 0 failed')
  })

  it('mentions skipped tests when there are any', () => {
    const totals = addTotals({ passed: 12, failed: 1, skipped: 1 }, { ...noTests, passed: 3, skipped: 1 })
    expect(totalsLine(totals)).toBe('15 passed, 1 failed, 2 skipped')
  })
})
