import type { WebhookDelivery, WebhookEndpoint } from '../protocol/webhooks.ts'
import type { DeliveryRow, EndpointWithState } from '../store/webhooks.ts'

// What a tenant's server sees of its endpoints. Secrets and their sealed forms are in none of these.

const iso = (at: number): string => new Date(at).toISOString()
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at))

export function toEndpoint({ row, openFailures, head }: EndpointWithState): WebhookEndpoint {
  return {
    id: row.id,
    url: row.url,
    description: row.description,
    event_types: row.eventTypes,
    cursor_seq: row.cursorSeq,
    head_seq: head.seq,
    epoch: head.epoch,
    open_failures: openFailures,
    given_up_seq: row.givenUpSeq,
    disabled_at: isoOrNull(row.disabledAt),
    disabled_reason: reasonOf(row.disabledReason),
    previous_secret_until: isoOrNull(row.previousUntil),
    created_at: iso(row.createdAt),
    last_success_at: isoOrNull(row.lastSuccessAt),
  }
}

function reasonOf(reason: string | null): WebhookEndpoint['disabled_reason'] {
  if (reason === null) return null
  return reason === 'gone' ? 'gone' : 'owner'
}

export function toDelivery({ seq, attempt, status, ms, at, error }: DeliveryRow): WebhookDelivery {
  return { seq, attempt, status, ms, at: iso(at), error }
}
