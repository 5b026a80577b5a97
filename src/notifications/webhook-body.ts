import type { JournalLine } from './facts.ts'

/** Which tenant's journal, and which life of it. */
export type WebhookSource = { tenantId: string; epoch: string }

/**
 * Names the event for good: whoever has it already, by an earlier attempt or before a replay, knows it again. Dots part an
 * id from what is signed beside it, so there is none in it.
 */
export function webhookId({ epoch }: WebhookSource, seq: number): string {
  return `evt_${epoch}_${seq}`
}

/** The event as a webhook: `data` is its frame exactly as sockets get it, so one parser serves both. */
export function webhookBody({ tenantId, epoch }: WebhookSource, { type, at, data }: JournalLine): string {
  const head = JSON.stringify({ type, timestamp: new Date(at).toISOString(), tenant_id: tenantId, epoch })
  return `${head.slice(0, -1)},"data":${data}}`
}
