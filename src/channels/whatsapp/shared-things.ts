import type { Body } from '../meta/body.ts'
import { boundedCopy, pick } from '../meta/details.ts'
import { compact, isObject, type Json, textOf } from '../meta/wire.ts'

// What customers share besides text, files and places: people, orders.

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
