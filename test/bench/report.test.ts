import { describe, expect, it } from 'vitest'
import { bareObjectId, ourId } from '../../bench/contestants.ts'
import { generatedPart, insertGenerated } from '../../bench/document.ts'
import type { Measure } from '../../bench/measure.ts'
import { type Findings, formatNumber, goalLines, remarks, tableOf } from '../../bench/report.ts'
import { type Row, isWanted, rows } from '../../bench/rows.ts'

const blank = {
  deliveriesPerSecond: 1,
  requestsPerSecond: 1,
  p95Ms: 1,
  cpuPerMillion: 1,
  generatorLoad: 0.1,
  trouble: '',
}
const measure = (p50Ms: number, more: Partial<Measure> = {}): Measure => ({ ...blank, p50Ms, ...more })

function single1000(): Row {
  const row = rows.find(({ id }) => id === 'single-1000')
  if (row === undefined) throw new Error('There is no such row any more')
  return row
}

function findings(ours: Measure[], bare: Measure[], more: Partial<Findings> = {}): Findings {
  return {
    machine: 'a machine',
    command: 'npm run bench',
    startedAt: 'today',
    rounds: ours.length,
    isQuick: false,
    measures: new Map([
      [
        single1000(),
        new Map([
          [ourId, ours],
          [bareObjectId, bare],
        ]),
      ],
    ]),
    memory: [],
    storm: new Map(),
    absent: [],
    ...more,
  }
}

describe('goalLines', () => {
  it('takes the ratio round by round, so that a slow minute of the machine counts on both sides', () => {
    const [, line] = goalLines(
      findings([measure(20), measure(40), measure(60)], [measure(20), measure(40), measure(60)]),
    )
    expect(line).toContain('1.00×')
    expect(line?.at(-1)).toBe('reached')
  })

  it('says when a goal is missed', () => {
    const [, line] = goalLines(findings([measure(24)], [measure(20)]))
    expect(line?.slice(2)).toEqual(['1.20×', '± 0 %', 'missed'])
  })

  it('does not call a goal reached where nothing was measured', () => {
    const [, line] = goalLines(findings([measure(Number.NaN)], [measure(20)]))
    expect(line?.at(-1)).toBe('missed')
  })
})

describe('tableOf', () => {
  it('shows medians, and a dash for who did not take part', () => {
    const table = tableOf('fan-out', findings([measure(10), measure(90), measure(20)], [measure(5)]))
    const head = table[0] ?? []
    const line = table.find((cells) => cells[1] === 'p50, ms') ?? []
    expect(line[head.indexOf('Edge Inbox')]).toBe('20.0')
    expect(line[head.indexOf('Socket.IO')]).toBe('–')
  })

  it('marks figures that the load generator may have limited', () => {
    const busy = measure(10, { generatorLoad: 0.9 })
    const found = findings([busy], [measure(5)])
    expect(
      tableOf('fan-out', found)
        .flat()
        .filter((cell) => cell.endsWith('⚠')).length,
    ).toBeGreaterThan(0)
    expect(remarks(found)).toEqual([expect.stringContaining('90 % of a core')])
  })
})

describe('remarks', () => {
  it('tells of lost deliveries and of peers that are not there', () => {
    const found = findings([measure(1, { trouble: '3 deliveries missing' })], [measure(1)], { absent: ['FastAPI'] })
    expect(remarks(found)).toEqual(['Left out: FastAPI', expect.stringContaining('3 deliveries missing')])
  })
})

describe('insertGenerated', () => {
  const generated = generatedPart(findings([measure(1)], [measure(1)]))

  it('replaces the generated part and leaves what people wrote', () => {
    const once = insertGenerated('# Performance\n\nBefore.\n', generated)
    const again = insertGenerated(`${once}\nAfter.\n`, generated)
    expect(again).toContain('Before.')
    expect(again).toContain('After.')
    expect(again.split('### Goals')).toHaveLength(2)
  })
})

describe('isWanted', () => {
  it('takes a name or the beginning of one, at a hyphen', () => {
    expect(isWanted('single-1000', ['single'])).toBe(true)
    expect(isWanted('sustained-50-1', ['sustained-5'])).toBe(false)
    expect(isWanted('storm', [])).toBe(true)
  })
})

describe('formatNumber', () => {
  it.each([
    [12_345.6, '12,346'],
    [123.4, '123'],
    [12.34, '12.3'],
    [1.234, '1.23'],
    [Number.NaN, '–'],
  ])('%d is %s', (value, text) => {
    expect(formatNumber(value)).toBe(text)
  })
})
