import { describe, expect, it } from 'vitest'
import { barChart } from '../../bench/chart.ts'

const format = (value: number): string => value.toFixed(0)
const lengths = (svg: string): number[] =>
  [...svg.matchAll(/<rect[^>]* width="([\d.]+)"/g)].map((match) => Number(match[1]))

describe('barChart', () => {
  it('draws bars in proportion to their values, from zero', () => {
    const bars = [
      { label: 'a', value: 100, isOurs: true },
      { label: 'b', value: 25, isOurs: false },
    ]
    const [first = 0, second = 0] = lengths(barChart({ title: 'x', bars, format }))
    expect(first / second).toBeCloseTo(4)
  })

  it('shows a value that is missing as a bar without length', () => {
    const bars = [
      { label: 'a', value: 100, isOurs: true },
      { label: 'b', value: Number.NaN, isOurs: false },
    ]
    expect(barChart({ title: 'x', bars, format })).not.toMatch(/width="NaN"/)
  })

  it('escapes what would end the markup', () => {
    const svg = barChart({ title: 'a < "b" & c', bars: [{ label: '<x>', value: 1, isOurs: true }], format })
    expect(svg).toContain('a &lt; &quot;b&quot; &amp; c')
    expect(svg).toContain('&lt;x>')
  })

  it('marks our own bar and no other', () => {
    const bars = ['a', 'b', 'c'].map((label) => ({ label, value: 1, isOurs: label === 'b' }))
    expect(barChart({ title: 'x', bars, format }).match(/#0f8a5f/g)).toHaveLength(1)
  })
})
