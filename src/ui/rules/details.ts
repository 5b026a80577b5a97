// `details` of a message is kept as the platform gave it: anything may be missing, of another type, or hostile.
// These readers take what they understand and give null for the rest.

type Details = Readonly<Record<string, unknown>>

/** `isLive`: where somebody was when the message last said so. */
export type Place = { latitude: number; longitude: number; name: string; address: string; isLive: boolean }
export type ContactCard = { name: string; lines: string[] }
export type OrderItem = { name: string; quantity: number; price: string }
export type Referral = { headline: string; body: string; href: string | null }

function isRecord(value: unknown): value is Details {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function recordsOf(value: unknown): Details[] {
  return Array.isArray(value) ? value.filter(isRecord).slice(0, 50) : []
}

function textOf(record: Details, ...keys: string[]): string {
  for (const key of keys) {
    const value = record[key]
    if (typeof value === 'string' && value.trim() !== '') return value
    if (typeof value === 'number' && Number.isFinite(value)) return String(value)
  }
  return ''
}

function numberOf(record: Details, ...keys: string[]): number | null {
  const value = Number(textOf(record, ...keys) || Number.NaN)
  return Number.isFinite(value) ? value : null
}

/** An http(s) address, or null: everything else must not become a link. */
export function safeHref(value: string): string | null {
  const url = value.length > 2048 ? null : URL.parse(value)
  return url !== null && (url.protocol === 'https:' || url.protocol === 'http:') ? url.href : null
}

/** The path of a stored file on this host; anything that could lead elsewhere is refused. */
export function safePath(value: string | null): string | null {
  return value !== null && /^\/(?![/\\])/u.test(value) ? value : null
}

export function readPlace(details: Details): Place | null {
  const place = isRecord(details['location']) ? details['location'] : details
  const latitude = numberOf(place, 'latitude', 'lat')
  const longitude = numberOf(place, 'longitude', 'long', 'lng', 'lon')
  if (latitude === null || longitude === null || Math.abs(latitude) > 90 || Math.abs(longitude) > 180) return null
  const [name, address] = [textOf(place, 'name', 'title'), textOf(place, 'address')]
  return { latitude, longitude, name, address, isLive: place['live'] === true }
}

export function mapHref({ latitude, longitude }: Place): string {
  return `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`
}

export function readContacts(details: Details): ContactCard[] {
  const list = recordsOf(details['contacts'])
  const cards = list.length > 0 ? list : isRecord(details['contact']) ? [details['contact']] : []
  return cards.map((card) => {
    const name = isRecord(card['name']) ? textOf(card['name'], 'formatted_name', 'first_name') : textOf(card, 'name')
    const parts = [textOf(card, 'first_name'), textOf(card, 'last_name')].filter((part) => part !== '').join(' ')
    const phones = recordsOf(card['phones']).map((phone) => textOf(phone, 'phone', 'wa_id'))
    const emails = recordsOf(card['emails']).map((email) => textOf(email, 'email'))
    const lines = [...phones, ...emails, textOf(card, 'phone_number', 'phone')]
    return { name: name || parts, lines: lines.filter((line) => line !== '') }
  })
}

export function readOrder(details: Details): OrderItem[] {
  const order = isRecord(details['order']) ? details['order'] : details
  const products = recordsOf(order['product_items'] ?? order['items'] ?? order['products'])
  return products.map((item) => ({
    name: textOf(item, 'name', 'title', 'product_retailer_id', 'retailer_id', 'id'),
    quantity: numberOf(item, 'quantity') ?? 1,
    price: [textOf(item, 'item_price', 'price', 'unit_price'), textOf(item, 'currency')].filter(Boolean).join(' '),
  }))
}

/** What a customer chose or pressed: the title is the message's content, this is the line under it. */
export function readChoice(details: Details): string {
  const holders = [details['interactive'], details['list_reply'], details['button_reply'], details]
  for (const holder of holders) {
    if (!isRecord(holder)) continue
    const inner = [holder['list_reply'], holder['button_reply'], holder].find(isRecord)
    const description = inner === undefined ? '' : textOf(inner, 'description')
    if (description !== '') return description
  }
  return ''
}

/** The advertisement or link a customer came from. */
export function readReferral(details: Details): Referral | null {
  const referral = details['referral']
  if (!isRecord(referral)) return null
  const ad = isRecord(referral['ads_context_data']) ? referral['ads_context_data'] : {}
  return {
    headline: textOf(referral, 'headline', 'title', 'ref') || textOf(ad, 'ad_title'),
    body: textOf(referral, 'body'),
    href: safeHref(textOf(referral, 'source_url', 'url')),
  }
}

/** The address of a shared post or an answered story. */
export function readLink(details: Details): string | null {
  const holders = [details, details['story'], details['share'], details['payload'], details['reply_to_story']]
  for (const holder of holders) {
    const href = isRecord(holder) ? safeHref(textOf(holder, 'url', 'link', 'permalink')) : null
    if (href !== null) return href
  }
  return null
}

export function readSubject(details: Details): string {
  return textOf(details, 'subject')
}
