import { createHash } from 'node:crypto'
import type { SpoolRow } from '../account.ts'
import type { Details } from './map-context.ts'

type ItemRow = Extract<SpoolRow, { kind: 'item' }>

/** Details that only an edit by the author changes. Votes and previews come and go by themselves. */
const written = ['contacts', 'todo', 'order', 'story', 'entities'] as const

/**
 * Short, and equal for two rows of a message that say the same, whatever happened around them. Somebody's live location
 * says something new once it has moved by about a hundred metres.
 */
export function digestOf({ item }: ItemRow): string {
  if (!('conversation' in item) || !('message' in item)) return ''
  const { content, details = {} } = item.message
  const place = livePlace(details)
  const said = place === null ? [content, written.map((name) => details[name] ?? null)] : place
  return createHash('sha256').update(JSON.stringify(said)).digest('base64url').slice(0, 16)
}

/** Which files lie behind it. A new address of the same file is no new file. */
export function filesOf({ files = [] }: ItemRow): string {
  return files
    .map(({ locator }) =>
      typeof locator === 'object' && locator !== null && 'id' in locator ? String(locator.id) : '',
    )
    .join(',')
}

function livePlace(details: Details): number[] | null {
  const location = details['location']
  if (typeof location !== 'object' || location === null || !('live' in location)) return null
  const { latitude, longitude } = location as { latitude?: unknown; longitude?: unknown }
  return [latitude, longitude].map((degrees) => Math.round(Number(degrees ?? 0) * 1000))
}
