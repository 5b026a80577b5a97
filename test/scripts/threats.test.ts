import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { findMissingTests, readThreatRows, titlesIn } from '../../scripts/lib/threat-map.ts'

const tests = join(import.meta.dirname, '..')
const document = readFileSync(join(tests, '../docs/threats.md'), 'utf8')
const rows = readThreatRows(document)

function readTest(file: string): string | null {
  const path = join(tests, file)
  return existsSync(path) ? readFileSync(path, 'utf8') : null
}

describe('the map of attacks', () => {
  it('has every row once', () => {
    const numbers = rows.map(({ number }) => number)
    expect(numbers).toEqual([...new Set(numbers)].toSorted((one, other) => one - other))
    expect(numbers.slice(0, 57)).toEqual(Array.from({ length: 57 }, (_, at) => at + 1))
    expect(document.split('\n').filter((line) => /^\|\s*\d/.test(line))).toHaveLength(rows.length)
  })

  it('names tests that exist', () => {
    expect(findMissingTests(rows, readTest)).toEqual([])
  })

  it('says why, wherever it names none', () => {
    const silent = rows.filter(({ tests, note }) => tests.length === 0 && !/^(?:not yet|comes with the )/.test(note))
    expect(silent).toEqual([])
    expect(rows.filter(({ tests }) => tests.length > 0).length).toBeGreaterThan(50)
  })
})

describe('reading the map', () => {
  const row = '| 7 | An attack | A defence | `http/a.test.ts › does that`<br>`b.test.tsx › and %s` also |'

  it('finds number, attack, tests and what else is said', () => {
    expect(readThreatRows(`| # | Attack | What we do | Test |\n| --- | --- | --- | --- |\n${row}\n`)).toEqual([
      {
        number: 7,
        attack: 'An attack',
        tests: [
          { file: 'http/a.test.ts', title: 'does that' },
          { file: 'b.test.tsx', title: 'and %s' },
        ],
        note: 'also',
      },
    ])
  })

  it('finds titles however they are quoted, broken into lines or repeated, and takes no other text for one', () => {
    const source = `
      describe('a group', () => {
        it('is one', () => expect(run('not me', 1)))
        test.each([['a']])("is 'another'", async () => {})
        it.each([
          ['x'],
        ])(
          'is a %s',
          () => {},
        )
      })`
    expect(titlesIn(source)).toEqual(['is one', "is 'another'", 'is a %s'])
  })

  it('misses a file that is not there and a title that no test has', () => {
    const read = (file: string) => (file === 'http/a.test.ts' ? `it('does that too', () => {})` : null)
    expect(findMissingTests(readThreatRows(row), read).map(({ test, problem }) => [test.file, problem])).toEqual([
      ['b.test.tsx', 'no such file'],
    ])
    expect(findMissingTests(readThreatRows(row), () => `describe('does that', () => {})`)).toHaveLength(2)
  })
})
