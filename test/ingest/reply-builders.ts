import type { InboundItem, InboundMessage } from '../../src/channels/channel.ts'
import { isOpenJob } from '../../src/ingest/jobs.ts'
import type { DeliveryItem, IngestItem, SendItem } from '../../src/ingest/items.ts'
import { JournalEvent } from '../../src/protocol/frames.ts'
import { message, onChannel, send } from './builders.ts'
import { type Model, apply, beginSending, channel, emptyModel, now } from './model.ts'

export const error = { code: '131047', title: 'Re-engagement message', details: null, kind: 'window' as const }
export const { contact } = message({ externalId: '' })

/** A conversation that a customer has begun. */
export function begun(...items: InboundItem[]) {
  const opened = apply(emptyModel(), onChannel(message({ externalId: 'hello', at: now - 90_000 }), ...items))
  return { model: opened.model, conversationId: opened.results[0]?.conversationId ?? '' }
}

/** One with a reply, whose request is on its way. */
export function withReply(fields: Partial<SendItem> = {}, before = begun()) {
  const { conversationId } = before
  const item = send({ conversationId, clientMessageId: 'c1', content: 'Вітаю', at: now - 30_000, ...fields })
  const sent = apply(before.model, [{ item }])
  const messageId = sent.results[0]?.messageId ?? ''
  const jobId = sent.model.tables.jobs.find((job) => job.subjectId === messageId)?.id ?? ''
  return { conversationId, messageId, jobId, item, result: sent.results[0], model: beginSending(sent.model) }
}

export type Reply = ReturnType<typeof withReply>

export function delivery({ conversationId, messageId, jobId }: Reply, outcome: DeliveryItem['outcome']): IngestItem {
  return { item: { kind: 'delivery', conversationId, messageId, jobId, at: now, outcome } }
}
export const sentAs = (reply: Reply, externalId: string) => delivery(reply, { kind: 'sent', externalId })
export const failedWith = (reply: Reply) => delivery(reply, { kind: 'failed', error })
export const unknownOf = (reply: Reply) => delivery(reply, { kind: 'unknown', error })
export const retryOf = ({ conversationId, messageId }: Reply, at = now): IngestItem => ({
  item: { kind: 'retry', conversationId, messageId, at },
})

export function echo(externalId: string, fields: Partial<InboundMessage> = {}): InboundMessage {
  return message({ externalId, direction: 'outbound', content: 'Вітаю', echo: {}, at: now - 20_000, ...fields })
}

export const after = (model: Model, ...items: IngestItem[]): Model =>
  items.reduce((current, item) => apply(current, [item]).model, model)
export const on = (item: InboundItem): IngestItem => ({ channel, item })
export const status = (
  targetExternalId: string,
  to: 'sent' | 'delivered' | 'read' | 'failed',
  reference?: string,
): IngestItem =>
  on({
    kind: 'status',
    at: now,
    targetExternalId,
    status: to,
    ...(to === 'failed' ? { error } : {}),
    ...(reference === undefined ? {} : { reference }),
  })
export const rowOf = (model: Model, id: string) => model.tables.messages.find((row) => row.id === id)
export const openJobs = (model: Model) => model.tables.jobs.filter(isOpenJob)
export const newEvents = (before: Model, model: Model) =>
  model.events.slice(before.events.length).map((row) => JournalEvent.parse(JSON.parse(row.data)))
