import type { Body } from './body.ts'
import { boundedCopy, pick } from './details.ts'
import { compact, isObject, type Json, textOf } from './wire.ts'

// What customers share besides text and files: places, people, orders.

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

const cardFields = ['name', 'phones', 'emails', 'urls', 'addresses', 'org', 'birthday', 'vcard', 'origin'] as const

export function contactsBody(value: unknown): Body | undefined {
  const cards = Array.isArray(value) ? value.filter(isObject).slice(0, 50) : []
  if (cards.length === 0) return undefined
  const names = cards.map(nameOfCard).filter((name) => name !== undefined)
  const content = names.length > 0 ? names.join(', ') : cards.length === 1 ? 'Contact' : `${cards.length} contacts`
  const copied = boundedCopy(cards.map((card) => Object.fromEntries(cardFields.map((field) => [field, card[field]]))))
  return { type: 'contacts', content, details: { contacts: copied } }
}

function nameOfCard(card: Json): string | undefined {
  const name = isObject(card['name']) ? card['name'] : {}
  const phone: unknown = Array.isArray(card['phones']) ? card['phones'][0] : undefined
  return (
    textOf(name['formatted_name'], 256) ??
    textOf(name['first_name'], 256) ??
    textOf(isObject(phone) ? phone['phone'] : undefined, 64)
  )
}

export function orderBody(value: unknown): Body | undefined {
  if (!isObject(value) || !Array.isArray(value['product_items'])) return undefined
  const items = value['product_items']
    .slice(0, 100)
    .map(itemOfOrder)
    .filter((item) => item !== undefined)
  const count = `Order: ${items.length} ${items.length === 1 ? 'item' : 'items'}`
  const text = textOf(value['text'], 4096)
  const order = compact({ ...pick(value, ['catalog_id']), text, product_items: items })
  return { type: 'order', content: text === undefined ? count : `${count}. ${text}`, details: { order } }
}

function itemOfOrder(item: unknown): Json | undefined {
  return pick(item, ['product_retailer_id', 'quantity', 'item_price', 'currency'])
}
