import { readFileSync } from 'node:fs'
import type { ParsedUpdate } from '../../../src/channels/channel.ts'
import { parse } from '../../../src/channels/whatsapp/parse.ts'

export type Json = Record<string, unknown>

export const channelId = '770001112223334'
export const accountId = '990001112223334'
export const metadata = { display_phone_number: '380441112233', phone_number_id: channelId }

export function readFixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../../fixtures/whatsapp/${name}.json`, import.meta.url), 'utf8'))
}

export function parseFixture(name: string): ParsedUpdate[] {
  return parse(readFixture(name))
}

/** A delivery of one change. */
export function delivery(field: string | undefined, value: unknown, entry: Json = {}): Json {
  const change = field === undefined ? { value } : { field, value }
  return { object: 'whatsapp_business_account', entry: [{ id: accountId, ...entry, changes: [change] }] }
}

/** A delivery of the field `messages`, with what the value holds besides its metadata. */
export function messagesDelivery(value: Json, entry: Json = {}): Json {
  return delivery('messages', { messaging_product: 'whatsapp', metadata, ...value }, entry)
}

export function textMessage(id: unknown, more: Json = {}): Json {
  return {
    from: '380671234567',
    id,
    timestamp: '1790000000',
    type: 'text',
    text: { body: `text of ${String(id)}` },
    ...more,
  }
}

/** Parses what quarantine keeps of an update, after its way through a database. */
export function replay(update: ParsedUpdate): ParsedUpdate[] {
  return update.kind === 'ignored' ? [update] : parse(JSON.parse(JSON.stringify(update.raw)))
}
