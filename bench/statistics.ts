/** The middle value; the mean of the two middle ones where there is an even number. NaN of nothing. */
export function median(values: readonly number[]): number {
  return percentile(values, 50)
}

/** The value below which `percent` of the values lie, between neighbours in proportion. NaN of nothing. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  const at = ((sorted.length - 1) * percent) / 100
  const below = sorted[Math.floor(at)]
  const above = sorted[Math.ceil(at)]
  if (below === undefined || above === undefined) return Number.NaN
  return below + (above - below) * (at - Math.floor(at))
}

/** Half the distance between the quartiles, as a share of the median: how far the rounds lie apart. */
export function spread(values: readonly number[]): number {
  return (percentile(values, 75) - percentile(values, 25)) / 2 / median(values)
}

/** 1, 2, 3, 1, 2, 3 … turned so that each round begins with another one: whoever comes first pays for a cold machine. */
export function rotate<Entry>(entries: readonly Entry[], by: number): Entry[] {
  const start = entries.length === 0 ? 0 : by % entries.length
  return [...entries.slice(start), ...entries.slice(0, start)]
}
