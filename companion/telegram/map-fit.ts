import type { Details } from './map-context.ts'

/** The Worker refuses an item whose details are larger than 64 KiB. */
const maxBytes = 60_000
/** What can be spared, first the least. */
const spared = ['share', 'contacts', 'todo', 'poll', 'entities', 'quote', 'forward'] as const

/** The details, less what would make them too large to be taken. Texts are well-formed and hold no NUL. */
export function fittingDetails(details: Details): Details {
  let fitting = clean(details, 0) as Details
  for (const name of spared) {
    if (Buffer.byteLength(JSON.stringify(fitting)) <= maxBytes) return fitting
    fitting = { ...Object.fromEntries(Object.entries(fitting).filter(([key]) => key !== name)), is_cut: true }
  }
  return Buffer.byteLength(JSON.stringify(fitting)) <= maxBytes ? fitting : { is_cut: true }
}

function clean(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '')
  if (typeof value === 'number') return Number.isFinite(value) ? value : null
  if (typeof value !== 'object' || value === null) return value
  if (depth > 12) return null
  if (Array.isArray(value)) return value.map((one) => clean(one, depth + 1))
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, clean(one, depth + 1)]))
}
