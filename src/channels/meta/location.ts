import type { Body } from './body.ts'
import { pick } from './details.ts'
import { isObject, textOf } from './wire.ts'

/** A place. Unreadable coordinates are left out as long as a name or an address remains. */
export function locationBody(value: unknown): Body | undefined {
  if (!isObject(value)) return undefined
  const latitude = coordinateOf(value['latitude'], 90)
  const longitude = coordinateOf(value['longitude'], 180)
  const point = latitude === undefined || longitude === undefined ? undefined : { latitude, longitude }
  const labels = pick(value, ['name', 'address', 'url'])
  const shown = [textOf(labels?.['name'], 1024), textOf(labels?.['address'], 1024)].filter(
    (label) => label !== undefined,
  )
  if (point === undefined && shown.length === 0) return undefined
  const content = shown.length > 0 ? shown.join(', ') : `${latitude}, ${longitude}`
  return { type: 'location', content, details: { location: { ...point, ...labels } } }
}

function coordinateOf(value: unknown, limit: number): number | undefined {
  const isNumeral = typeof value === 'string' && /^-?\d{1,3}(\.\d{1,20})?$/.test(value)
  const degrees = isNumeral ? Number(value) : value
  return typeof degrees === 'number' && Math.abs(degrees) <= limit ? degrees : undefined
}
