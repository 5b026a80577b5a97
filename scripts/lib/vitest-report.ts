import { z } from 'zod'

// The part of vitest's JSON report that is counted here.
const Report = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number().default(0),
  testResults: z.array(z.object({ status: z.string(), assertionResults: z.array(z.unknown()) })),
})

export type Totals = { passed: number; failed: number; skipped: number }

export const noTests: Totals = { passed: 0, failed: 0, skipped: 0 }

/**
 * Counts the tests of one vitest run. A file that could not even be loaded has no tests to count and counts as one
 * failure; so does a run that failed in some other way, or that left no report.
 */
export function countTests(reportJson: string | null, exitCode: number): Totals {
  const parsed = reportJson === null ? null : Report.safeParse(parseJson(reportJson))
  if (!parsed?.success) return { ...noTests, failed: 1 }
  const report = parsed.data
  const broken = report.testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0)
  const failed = report.numFailedTests + broken.length
  return {
    passed: report.numPassedTests,
    failed: failed === 0 && exitCode !== 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests,
  }
}

export function addTotals(left: Totals, right: Totals): Totals {
  return {
    passed: left.passed + right.passed,
    failed: left.failed + right.failed,
    skipped: left.skipped + right.skipped,
  }
}

/** The line every run ends with. Plain on purpose: other programs read it. */
export function totalsLine(totals: Totals): string {
  const skipped = totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''
  return `${totals.passed} passed, ${totals.failed} failed${skipped}`
}

/** What tests say of themselves that nobody may miss, also where all that ran has passed: what they had to leave out. */
export function loudLines(output: string): string[] {
  const lines = output.split('\n').map((line) => line.trim())
  return [...new Set(lines.filter((line) => line.startsWith('!! ')))]
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A run that was killed leaves half a report: the same as none.
    return null
  }
}
