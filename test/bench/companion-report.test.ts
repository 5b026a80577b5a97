import { describe, expect, it } from 'vitest'
import type { MemoryRound, RoundResult, SpeedRound } from '../../bench/companion-measure.ts'
import {
  type CompanionFindings,
  companionMarks,
  companionPart,
  companionRemarks,
  memoryLines,
  parseLoad,
  speedLines,
} from '../../bench/companion-report.ts'
import { insertGenerated, marksOf } from '../../bench/document.ts'

const mib = 1024 ** 2
const memory = (idleMib: number): MemoryRound => ({
  connectedMs: 1250,
  idleBytes: idleMib * mib,
  workedBytes: 150 * mib,
  peakBytes: 200 * mib,
})
const speed = (more: Partial<SpeedRound> = {}): SpeedRound => ({
  storedPerSecond: 500,
  saidShare: 0.3,
  cpuMsEach: 1.5,
  spooledPerSecond: 2000,
  drainedPerSecond: 700,
  busiestPerSecond: 900,
  p50Ms: 12,
  p95Ms: 30,
  ...more,
})
const round = (more: Partial<SpeedRound> = {}, idleMib = 120): RoundResult => ({
  memory: new Map([[10, memory(idleMib)]]),
  speed: speed(more),
})
const findings = (rounds: RoundResult[], more: Partial<CompanionFindings> = {}): CompanionFindings => ({
  machine: 'A machine',
  command: 'npm run bench:companion',
  startedAt: 'today',
  load: [0.1, 0.2, 0.3],
  cores: 2,
  messagesEach: 100,
  speedMessages: 5000,
  speedAccounts: 3,
  delays: 100,
  rounds,
  ...more,
})

describe('memoryLines', () => {
  it('gives the median of the rounds for each number of accounts, in MiB and seconds', () => {
    const [, line] = memoryLines(findings([round({}, 100), round({}, 300), round({}, 120)]))
    expect(line).toEqual(['10', '1.3', '120', '150', '200'])
  })
})

describe('speedLines', () => {
  it('gives medians, and how far the rounds lie apart', () => {
    const rounds = [400, 500, 600].map((storedPerSecond) => round({ storedPerSecond }))
    const [, stored] = speedLines(findings(rounds))
    expect(stored).toEqual([expect.stringContaining('5,000 messages to 3 accounts'), '500', '± 10 %'])
  })
})

describe('parseLoad', () => {
  it('reads the three averages', () => {
    expect(parseLoad('3.79 4.50 5.74 4/175 13939\n')).toEqual([3.79, 4.5, 5.74])
  })

  it('takes nothing else for them', () => {
    expect(parseLoad('')).toBeNull()
    expect(parseLoad('1.0 x 2.0')).toBeNull()
  })
})

describe('companionRemarks', () => {
  it('says how loaded the machine was, and that it was busy only when it was', () => {
    expect(companionRemarks(findings([round()]))).toEqual(['Load at the start: 0.10, 0.20, 0.30, on 2 cores.'])
    const busy = companionRemarks(findings([round()], { load: [3.79, 0.2, 0.3] }))
    expect(busy).toEqual([expect.stringContaining('3.79'), expect.stringContaining('busy')])
  })

  it('says when the data centre may have been what was measured', () => {
    const slow = companionRemarks(findings([round({ saidShare: 0.95 })]))
    expect(slow.at(-1)).toContain('95 %')
  })

  it('says nothing of a load that cannot be known', () => {
    expect(companionRemarks(findings([round()], { load: null }))).toEqual([])
  })
})

describe('companionPart', () => {
  const other = marksOf('npm run bench')
  const document = `# Performance\n\n${other.start}\n\nTheirs\n\n${other.end}\n\n## The companion\n\n${companionMarks.start}\n\nOld figures\n\n${companionMarks.end}\n\nWhat people wrote\n`

  it('stands between marks of its own and leaves the other generated part and the text around it', () => {
    const filled = insertGenerated(document, companionPart(findings([round()])), companionMarks)
    expect(filled).not.toContain('Old figures')
    expect(filled).toContain('Theirs')
    expect(filled).toContain('### Memory of the companion')
    expect(filled.endsWith('\n\nWhat people wrote\n')).toBe(true)
  })

  it('can be written again and again', () => {
    const part = companionPart(findings([round()]))
    const once = insertGenerated(document, part, companionMarks)
    expect(insertGenerated(once, part, companionMarks)).toBe(once)
  })

  it('is left alone by the other benchmark', () => {
    const filled = insertGenerated(document, `${other.start}\nNew\n${other.end}`)
    expect(filled).toContain('Old figures')
    expect(filled).not.toContain('Theirs')
  })
})
