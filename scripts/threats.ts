import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './lib/paths.ts'
import { type ThreatRow, findMissingTests, readThreatRows } from './lib/threat-map.ts'
import { bold, dim, green, red, runMain, say, yellow } from './lib/terminal.ts'

function readTest(file: string): string | null {
  const path = join(root, 'test', file)
  return existsSync(path) ? readFileSync(path, 'utf8') : null
}

function sayRow({ number, attack, tests, note }: ThreatRow): void {
  const mark = tests.length > 0 ? green('✓') : yellow('·')
  say(`${mark} ${String(number).padStart(3)}  ${attack}`)
  for (const { file, title } of tests) say(dim(`       ${file} › ${title}`))
  if (note !== '') say(`       ${note}`)
}

async function main(): Promise<void> {
  const rows = readThreatRows(readFileSync(join(root, 'docs/threats.md'), 'utf8'))
  const missing = findMissingTests(rows, readTest)
  rows.forEach(sayRow)
  const untested = rows.filter(({ tests }) => tests.length === 0).map(({ number }) => number)
  say()
  say(`${bold(String(rows.length - untested.length))} of ${rows.length} rows have a test of their own.`)
  if (untested.length > 0) say(`Without one, for the reasons above: ${untested.join(', ')}.`)
  for (const { row, test, problem } of missing) say(red(`✗ row ${row}: ${problem}: ${test.file} › ${test.title}`))
  if (missing.length > 0) process.exitCode = 1
}

await runMain(main)
