import type { InboundMessage, ParsedUpdate } from '../../../../src/channels/channel.ts'
import { parse as parseFacebook } from '../../../../src/channels/facebook/parse.ts'
import { parse as parseInstagram } from '../../../../src/channels/instagram/parse.ts'
import { itemsOfKind } from '../../updates.ts'

export type Json = Record<string, unknown>

/** One of the two platforms whose webhooks have this form. */
export type Product = {
  name: 'facebook' | 'instagram'
  object: 'page' | 'instagram'
  accountId: string
  parse: (delivery: unknown) => ParsedUpdate[]
}

export const facebook: Product = {
  name: 'facebook',
  object: 'page',
  accountId: '104000000000011',
  parse: parseFacebook,
}
export const instagram: Product = {
  name: 'instagram',
  object: 'instagram',
  accountId: '17841400000000022',
  parse: parseInstagram,
}
export const products = [facebook, instagram]

export const customerId = '5880000000000033'
export const sentAt = 1_790_000_000_123
export const customer = { aliases: [{ kind: 'user', value: customerId }] }

/** What the customer did. */
export function event({ accountId }: Product, thing: Json): Json {
  return { sender: { id: customerId }, recipient: { id: accountId }, timestamp: sentAt, ...thing }
}

/** What the business did. */
export function ownEvent({ accountId }: Product, thing: Json): Json {
  return { sender: { id: accountId }, recipient: { id: customerId }, timestamp: sentAt, ...thing }
}

export function deliveryOf({ object, accountId }: Product, entry: Json): Json {
  return { object, entry: [{ id: accountId, time: sentAt + 500, ...entry }] }
}

export function delivery(product: Product, ...events: unknown[]): Json {
  return deliveryOf(product, { messaging: events })
}

export function changeDelivery(product: Product, field: unknown, value: unknown, entry: Json = {}): Json {
  return deliveryOf(product, { ...entry, changes: [{ field, value }] })
}

/** Reads one message of the customer. */
export function readMessage(product: Product, message: Json): InboundMessage {
  return onlyMessage(product.parse(delivery(product, event(product, { message: { mid: 'm_1', ...message } }))))
}

export function readEcho(product: Product, message: Json): InboundMessage {
  const echo = { mid: 'm_1', is_echo: true, ...message }
  return onlyMessage(product.parse(delivery(product, ownEvent(product, { message: echo }))))
}

export function readAttachments(product: Product, ...attachments: unknown[]): InboundMessage {
  return readMessage(product, { attachments })
}

function onlyMessage(updates: ParsedUpdate[]): InboundMessage {
  const [message, ...more] = itemsOfKind(updates, 'message')
  if (message === undefined || more.length > 0) throw new Error(`not one message: ${JSON.stringify(updates)}`)
  return message
}

/** Parses what quarantine keeps of an update, after its way through a database. */
export function replay({ parse }: Product, update: ParsedUpdate): ParsedUpdate[] {
  return update.kind === 'ignored' ? [update] : parse(JSON.parse(JSON.stringify(update.raw)))
}
