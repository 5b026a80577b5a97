import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const folder = join(import.meta.dirname, '../migrations')
const files = readdirSync(folder).filter((name) => name.endsWith('.sql'))

/**
 * Statements that lose or block data on D1. Switching foreign keys off does nothing there, so the generated way of
 * rebuilding a table fails, or deletes child rows with it, on the production database only.
 */
const dangers: readonly [name: string, pattern: RegExp][] = [
  ['switches foreign keys off', /foreign_keys\s*=\s*off/i],
  ['rebuilds a table the generated way', /__new_/],
  ['deletes child rows with their parent', /on\s+delete\s+cascade/i],
  [
    'opens a transaction of its own',
    /^\s*(?:begin\s+(?:transaction|immediate|deferred|exclusive)|savepoint|commit)\b/im,
  ],
]

function dangersIn(sql: string): string[] {
  return dangers.filter(([, pattern]) => pattern.test(sql)).map(([name]) => name)
}

describe('migrations', () => {
  it('are numbered without a hole', () => {
    const numbers = files.toSorted().map((name) => Number(name.slice(0, 4)))
    expect(numbers.length).toBeGreaterThan(0)
    expect(numbers).toEqual(numbers.map((_, index) => index))
  })

  it.each(files)('%s holds nothing that loses data on D1', (name) => {
    expect(dangersIn(readFileSync(join(folder, name), 'utf8'))).toEqual([])
  })

  it.each(files)('%s says above each index which query it serves', (name) => {
    const lines = readFileSync(join(folder, name), 'utf8').split('\n')
    const silent = lines.filter(
      (line, at) => /^CREATE (UNIQUE )?INDEX/.test(line) && !/^-- .{10}/.test(lines[at - 1] ?? ''),
    )
    expect(silent).toEqual([])
  })

  it.each(files)('%s leads every index by the tenant, but for those of the directory', (name) => {
    const sql = readFileSync(join(folder, name), 'utf8')
    const indexes = [...sql.matchAll(/INDEX `(\w+)` ON `\w+` \(`(\w+)`/g)]
    const others = indexes.filter(([, index, first]) => first !== 'tenant_id' && !index?.startsWith('directory_'))
    expect(others.map(([, index]) => index)).toEqual([])
  })

  it.each([
    ['PRAGMA foreign_keys=OFF;', 'switches foreign keys off'],
    ['CREATE TABLE `__new_messages` (`id` text);', 'rebuilds a table the generated way'],
    ['REFERENCES `t`(`id`) ON UPDATE no action ON DELETE cascade', 'deletes child rows with their parent'],
    ['BEGIN TRANSACTION;', 'opens a transaction of its own'],
  ])('%s would be found', (sql, name) => {
    expect(dangersIn(sql)).toEqual([name])
  })

  it('may have triggers, whose bodies begin and end as well', () => {
    expect(dangersIn('CREATE TRIGGER a AFTER INSERT ON m BEGIN\n  SELECT 1;\nEND;')).toEqual([])
  })
})
