export type Bar = { label: string; value: number; isOurs: boolean }

const width = 720
const labelWidth = 130
const valueWidth = 90
const barHeight = 22
const gap = 8
const top = 44

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

/** A chart of horizontal bars from zero, as SVG. Colours hold on light and on dark ground. */
export function barChart(chart: { title: string; bars: readonly Bar[]; format: (value: number) => string }): string {
  const { title, bars, format } = chart
  const most = Math.max(...bars.map(({ value }) => value).filter(Number.isFinite), Number.MIN_VALUE)
  const height = top + bars.length * (barHeight + gap) + gap
  const lines = bars.map((bar, at) => barOf(bar, { y: top + at * (barHeight + gap), most, text: format(bar.value) }))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escape(title)}"` +
      ` font-family="system-ui, sans-serif" font-size="13">`,
    `<text x="${gap}" y="24" font-size="15" font-weight="600" fill="#808890">${escape(title)}</text>`,
    ...lines,
    '</svg>\n',
  ].join('\n')
}

function barOf({ label, value, isOurs }: Bar, { y, most, text }: { y: number; most: number; text: string }): string {
  const space = width - labelWidth - valueWidth
  const length = Number.isFinite(value) ? Math.max(1, (value / most) * space) : 0
  const fill = isOurs ? '#0f8a5f' : '#8a94a0'
  const baseline = y + barHeight - 6
  return [
    `<text x="${labelWidth - gap}" y="${baseline}" text-anchor="end" fill="#808890">${escape(label)}</text>`,
    `<rect x="${labelWidth}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}" rx="3" fill="${fill}"/>`,
    `<text x="${(labelWidth + length + gap).toFixed(1)}" y="${baseline}" fill="#808890">${escape(text)}</text>`,
  ].join('\n')
}
