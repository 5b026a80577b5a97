import type { Alias, InboundItem, InboundMessage } from '../../src/channels/channel.ts'
import type { IngestItem, SendItem } from '../../src/ingest/items.ts'
import { channel, now } from './model.ts'

export const phone = (value: string): Alias => ({ kind: 'phone', value })
export const user = (value: string): Alias => ({ kind: 'user', value })

/** An inbound text from one customer, unless told otherwise. */
export function message(fields: Partial<InboundMessage> & { externalId: string }): InboundMessage {
  return {
    kind: 'message',
    at: now - 60_000,
    contact: { aliases: [phone('380501234567')], name: 'Олена' },
    direction: 'inbound',
    type: 'text',
    content: `text of ${fields.externalId}`,
    ...fields,
  }
}

export function onChannel(...items: InboundItem[]): IngestItem[] {
  return items.map((item) => ({ channel, item }))
}

/** A reply by one of the staff, unless told otherwise. */
export function send(fields: Partial<SendItem> & { conversationId: string; clientMessageId: string }): SendItem {
  return {
    kind: 'send',
    at: now - 30_000,
    sender: { userId: '33333333-3333-4333-8333-333333333333', name: 'Ірина' },
    type: 'text',
    content: `reply ${fields.clientMessageId}`,
    files: [],
    ...fields,
  }
}
