import { env } from 'cloudflare:workers'
import { adapterFor } from '../../src/channels/registry.ts'
import type { ParsedUpdate } from '../../src/channels/channel.ts'

// Deliveries that nobody here wrote, and how to send them to other accounts than they name.

export type Json = Record<string, unknown>
export type Delivery = { object: string; entry: Json[] }
export type MetaPlatform = 'whatsapp' | 'facebook' | 'instagram'

/** The same delivery for other accounts: an account belongs to one tenant. What has no known form stays as it is. */
export type Move = (delivery: Delivery, suffix: string) => Delivery

export type Source = {
  platform: MetaPlatform
  object: string
  payloads: { name: string; delivery: Delivery }[]
  parse: (delivery: unknown) => ParsedUpdate[]
  move: Move
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

function moveWith(moveEntry: (entry: Json, suffix: string) => Json): Move {
  return (delivery, suffix) => {
    if (!Array.isArray(delivery.entry)) return delivery
    return { ...delivery, entry: delivery.entry.map((entry) => (isObject(entry) ? moveEntry(entry, suffix) : entry)) }
  }
}

const moveId = (id: unknown, suffix: string) => (typeof id === 'string' ? id + suffix : id)

// ---------------------------------------------------------------- WhatsApp

/** The payloads come from many hands, and some name one number under several accounts; here the first one is right. */
const accountOf = new Map<string, string>()

function phoneOf(entry: Json): string | undefined {
  const changes: unknown[] = Array.isArray(entry['changes']) ? entry['changes'] : []
  const phones = changes.flatMap((change) => {
    const value = isObject(change) && isObject(change['value']) ? change['value'] : {}
    const phone = isObject(value['metadata']) ? value['metadata']['phone_number_id'] : undefined
    return typeof phone === 'string' ? [phone] : []
  })
  return phones[0]
}

function accountIn(entry: Json): unknown {
  const phone = phoneOf(entry)
  const account = entry['id']
  if (phone === undefined || typeof account !== 'string') return account
  if (!accountOf.has(phone)) accountOf.set(phone, account)
  return accountOf.get(phone)
}

const moveWhatsApp = moveWith((entry, suffix) => {
  const moveChange = (change: unknown): unknown => {
    if (!isObject(change) || !isObject(change['value']) || !isObject(change['value']['metadata'])) return change
    const { metadata } = change['value']
    if (!isObject(metadata) || !('phone_number_id' in metadata)) return change
    const named = { ...metadata, phone_number_id: moveId(metadata['phone_number_id'], suffix) }
    return { ...change, value: { ...change['value'], metadata: named } }
  }
  return {
    ...entry,
    ...('id' in entry ? { id: moveId(accountIn(entry), suffix) } : {}),
    ...(Array.isArray(entry['changes']) ? { changes: entry['changes'].map(moveChange) } : {}),
  }
})

// ---------------------------------------------------------------- Messenger and Instagram

/** Who is meant by `sender` and `recipient` hangs on whether they are the account. */
const moveMessaging = moveWith((entry, suffix) => {
  const { id } = entry
  // The id of the dashboard's samples, which is nobody's.
  if (id === '0') return entry
  const movePerson = (person: unknown) =>
    isObject(person) && person['id'] === id ? { ...person, id: moveId(id, suffix) } : person
  const moveEvent = (event: unknown): unknown => {
    if (!isObject(event)) return event
    const people = Object.entries(event).filter(([key]) => key === 'sender' || key === 'recipient')
    return { ...event, ...Object.fromEntries(people.map(([key, person]) => [key, movePerson(person)])) }
  }
  const moveChange = (change: unknown): unknown =>
    isObject(change) ? { ...change, value: moveEvent(change['value']) } : change
  const moveList = (name: string, move: (element: unknown) => unknown): Json =>
    Array.isArray(entry[name]) ? { [name]: entry[name].map(move) } : {}
  return {
    ...entry,
    ...('id' in entry ? { id: moveId(id, suffix) } : {}),
    ...moveList('messaging', moveEvent),
    ...moveList('standby', moveEvent),
    ...moveList('changes', moveChange),
  }
})

// ----------------------------------------------------------------

type Payloads = readonly { name: string; text: string }[]

function sourceOf(platform: MetaPlatform, object: string, files: Payloads, move: Move): Source {
  const adapter = adapterFor(platform)
  if (adapter === undefined) throw new Error(`no adapter for ${platform}`)
  const payloads = files.map(({ name, text }) => ({ name, delivery: JSON.parse(text) as Delivery }))
  return { platform, object, payloads, parse: (delivery) => adapter.parse(delivery), move }
}

export const sources: readonly Source[] = [
  sourceOf('whatsapp', 'whatsapp_business_account', env.WHATSAPP_PAYLOADS, moveWhatsApp),
  sourceOf('facebook', 'page', env.MESSENGER_PAYLOADS, moveMessaging),
  sourceOf('instagram', 'instagram', env.INSTAGRAM_PAYLOADS, moveMessaging),
]
