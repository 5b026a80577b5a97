import { historyStart, type MessageUpdate, type Naming, type Update } from './world.ts'

type Json = Record<string, unknown>

/** The accounts of one tenant, as the platforms number them; unique among all histories of a run. */
export type Accounts = { phoneNumberId: string; businessAccountId: string; telegramId: string }

/** Longer than quarantine keeps in a row, so that it needs an object in R2. */
const largeText = 'й'.repeat(40_000)

const seconds = (at: number): string => String(Math.floor(at / 1000))
// The same people write to every tenant, which must not learn of each other.
const phoneOf = (contact: number): string => `38050000000${contact}`
const peerOf = (contact: number): string => `6100${contact}`
const userOf = (contact: number): string => `UA.9000${contact}`

/** A delivery as Meta would post it; it may hold updates of several tenants that share an app. */
export function deliveryOf(updates: readonly Update[], accountsOf: (tenant: number) => Accounts): Json {
  const byTenant = Map.groupBy(updates, ({ tenant }) => tenant)
  const entry = [...byTenant].map(([tenant, own]) => {
    const accounts = accountsOf(tenant)
    return { id: accounts.businessAccountId, time: Math.floor(historyStart / 1000), changes: changesOf(own, accounts) }
  })
  return { object: 'whatsapp_business_account', entry }
}

function changesOf(updates: readonly Update[], accounts: Accounts): Json[] {
  // What nobody can read comes one by one: quarantine keeps a whole change, and must keep each of them once.
  const given = updates.filter((update, at) => update.kind !== 'unreadable' || updates.indexOf(update) === at)
  const byField = Map.groupBy(given, (update) => `${fieldOf(update)}${update.kind === 'unreadable' ? update.key : ''}`)
  return [...byField.values()].map((own) => {
    const field = own[0] === undefined ? 'messages' : fieldOf(own[0])
    const metadata = { display_phone_number: '380440000001', phone_number_id: accounts.phoneNumberId }
    const value = { messaging_product: 'whatsapp', metadata, ...valueOf(field, own) }
    return { field: field === 'statuses' ? 'messages' : field, value }
  })
}

type Field = 'messages' | 'statuses' | 'smb_message_echoes' | 'future_field'

function fieldOf(update: Update): Field {
  switch (update.kind) {
    case 'status':
      return 'statuses'
    case 'unreadable':
      return update.isLarge ? 'future_field' : 'messages'
    case 'message':
      return update.direction === 'inbound' ? 'messages' : 'smb_message_echoes'
    case 'reaction':
      return update.by === 'customer' ? 'messages' : 'smb_message_echoes'
    case 'edit':
    case 'deletion':
      return 'messages'
  }
}

function valueOf(field: Field, updates: readonly Update[]): Json {
  if (field === 'future_field')
    return { things: updates.map(({ key }) => ({ marker: markerOf(key), text: largeText })) }
  if (field === 'statuses') return { contacts: contactsOf(updates), statuses: updates.map(statusOf) }
  if (field === 'smb_message_echoes') return { contacts: contactsOf(updates), message_echoes: updates.map(messageOf) }
  return { contacts: contactsOf(updates), messages: updates.map(messageOf) }
}

/** By this text quarantine's row of an unreadable update is recognised. */
export function markerOf(key: string): string {
  return `unreadable <${key}>`
}

function contactsOf(updates: readonly Update[]): Json[] {
  const named = updates.flatMap((update) => ('naming' in update ? [update] : []))
  const seen = new Map(named.map((update) => [`${update.contact} ${update.naming}`, update]))
  return [...seen.values()].map(({ contact, naming }) => ({
    profile: { name: `Customer ${contact}` },
    ...(naming === 'user' ? {} : { wa_id: phoneOf(contact) }),
    ...(naming === 'phone' ? {} : { user_id: userOf(contact) }),
  }))
}

/** The names under which a message's customer must be known. */
export function aliasesOf({ via, contact, naming }: MessageUpdate): { kind: string; value: string }[] {
  if (via === 'telegram') return [{ kind: 'peer', value: peerOf(contact) }]
  return [
    ...(naming === 'user' ? [] : [{ kind: 'phone', value: phoneOf(contact) }]),
    ...(naming === 'phone' ? [] : [{ kind: 'user', value: userOf(contact) }]),
  ]
}

function personOf(prefix: 'from' | 'to', { contact, naming }: { contact: number; naming: Naming }): Json {
  return {
    ...(naming === 'user' ? {} : { [prefix]: phoneOf(contact) }),
    ...(naming === 'phone' ? {} : { [`${prefix}_user_id`]: userOf(contact) }),
  }
}

function statusOf(update: Update): Json {
  if (update.kind !== 'status') throw new Error(`${update.kind} is no status`)
  const errors = update.status === 'failed' ? { errors: [{ code: 131_026, title: 'Message undeliverable' }] } : {}
  return { id: update.externalId, status: update.status, timestamp: seconds(update.at), ...errors }
}

/** The id of the notice itself, where it is about another message. */
const noticeId = (update: Update): string => `notice.${update.key}`

function messageOf(update: Update): Json {
  const base = { id: noticeId(update), timestamp: seconds(update.at) }
  switch (update.kind) {
    case 'message': {
      const person = personOf(update.direction === 'inbound' ? 'from' : 'to', update)
      return { ...base, id: update.externalId, ...person, type: 'text', text: { body: update.content } }
    }
    case 'edit': {
      const message = { type: 'text', text: { body: update.content } }
      return { ...base, from: phoneOf(0), type: 'edit', edit: { original_message_id: update.externalId, message } }
    }
    case 'deletion':
      return { ...base, from: phoneOf(0), type: 'revoke', revoke: { original_message_id: update.externalId } }
    case 'reaction': {
      const reaction = { message_id: update.externalId, ...(update.emoji === '' ? {} : { emoji: update.emoji }) }
      return {
        ...base,
        ...(update.by === 'customer' ? { from: phoneOf(0) } : { to: phoneOf(0) }),
        type: 'reaction',
        reaction,
      }
    }
    case 'unreadable': // an id that is a number may have lost digits, so it is never believed
      return { ...base, id: 12_345, from: '380990000000', type: 'text', text: { body: markerOf(update.key) } }
    case 'status':
      throw new Error('A status is no message')
  }
}

/** One update as the companion would post it. */
export function broadcastItemOf(update: Update, { telegramId }: Accounts): Json {
  const channel = { platform: 'telegram', external_id: telegramId }
  const at = new Date(update.at).toISOString()
  const { externalId: external_id } = update
  switch (update.kind) {
    case 'message':
      return { channel, ...conversationOf(update), message: { ...messageBody(update), external_id, created_at: at } }
    case 'edit':
      return { kind: 'edit', channel, message: { external_id, content: update.content, edited_at: at } }
    case 'deletion':
      return { kind: 'delete', channel, message: { external_id, deleted_at: at } }
    case 'reaction': {
      const reaction = { emoji: update.emoji === '' ? null : update.emoji, by: update.by, at }
      return { kind: 'reaction', channel, message: { external_id }, reaction }
    }
    case 'status':
    case 'unreadable':
      throw new Error(`The companion has no ${update.kind}`)
  }
}

const conversationOf = ({ contact }: MessageUpdate): Json => ({
  conversation: { external_id: peerOf(contact), client_name: `Customer ${contact}` },
})
const messageBody = ({ direction, content }: MessageUpdate): Json => ({ direction, type: 'text', content })
