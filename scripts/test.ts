import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { reportStep, runChecks } from './lib/checks.ts'
import { findChromium } from './lib/chromium.ts'
import { findDovecot } from './lib/dovecot.ts'
import { runTool } from './lib/run.ts'
import { dim, red, runMain, say, yellow } from './lib/terminal.ts'
import { addTotals, countTests, loudLines, noTests, type Totals, totalsLine } from './lib/vitest-report.ts'

const isCi = process.env['CI'] === 'true'

async function runProject(project: string, filters: readonly string[]): Promise<Totals> {
  const temp = mkdtempSync(join(tmpdir(), 'edge-inbox-'))
  const file = join(temp, 'report.json')
  const startedAt = performance.now()
  try {
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
    const more = filters.length > 0 ? ['--passWithNoTests', ...filters] : []
    const { code, output } = await runTool('vitest', ['run', '--project', project, ...reporters, ...more])
    const totals = countTests(existsSync(file) ? readFileSync(file, 'utf8') : null, code)
    const step = { ok: totals.failed === 0, ms: performance.now() - startedAt, output, note: totalsLine(totals) }
    reportStep(`tests: ${project}`, step)
    for (const line of loudLines(output)) say(yellow(line))
    return totals
  } finally {
    rmSync(temp, { recursive: true, force: true })
  }
}

/** The projects this machine can run. Leaving one out is said loudly, and is no way for CI to turn green. */
function chooseProjects(): { projects: string[]; isComplete: boolean } {
  if (findChromium(process.env)) return { projects: ['unit', 'worker', 'simulator', 'e2e'], isComplete: true }
  const paint = isCi ? red : yellow
  say(paint('!! NO CHROMIUM: the end-to-end tests are LEFT OUT. Install it (Debian: apt-get install chromium)'))
  say(paint('!! or name another one in CHROMIUM_PATH. Under CI=true this is a failure.'))
  return { projects: ['unit', 'worker', 'simulator'], isComplete: !isCi }
}

/** Whether the companion's mailboxes can be tested; they skip themselves where there is no mail server. */
function checkMailServer(): boolean {
  if (findDovecot(process.env)) return true
  const paint = isCi ? red : yellow
  say(
    paint('!! NO DOVECOT 2.3: the tests of mailboxes are LEFT OUT. Install it (Debian: apt-get install dovecot-imapd'),
  )
  say(paint('!! dovecot-lmtpd) or name another one in DOVECOT_PATH. Under CI=true this is a failure.'))
  return !isCi
}

/** `npm test`: every check and every test, the same as CI. `npm test -- <filter>`: only the tests that match. */
async function main(): Promise<void> {
  const filters = process.argv.slice(2)
  const what = filters.length > 0 ? `tests matching ${filters.join(' ')}` : 'every check and test'
  say(`Node ${process.version}: ${what}${isCi ? ' (CI)' : ''}`)
  const failedChecks = filters.length > 0 ? [] : await runChecks()
  const { projects, isComplete: hasBrowser } = chooseProjects()
  const isComplete = checkMailServer() && hasBrowser
  let totals = noTests
  for (const project of projects) totals = addTotals(totals, await runProject(project, filters))
  if (failedChecks.length > 0) say(red(`failed checks: ${failedChecks.join(', ')}`))
  const isEmpty = totals.passed + totals.failed === 0
  if (isEmpty) say(red('no test was run'))
  if (failedChecks.length > 0 || totals.failed > 0 || isEmpty || !isComplete) process.exitCode = 1
  else say(dim('All good.'))
  say(totalsLine(totals))
}

await runMain(main)
