import { z } from 'zod'
import { JournalEvent } from './frames.ts'
import { Timestamp, Uuid } from './words.ts'

/** Types of lines of the journal, which are the types of webhooks. */
export const webhookEventTypes = JournalEvent.options.map(({ shape }) => shape.type.value)
export const WebhookEventType = z.enum(webhookEventTypes)
export type WebhookEventType = z.infer<typeof WebhookEventType>

/** An endpoint of a tenant; each costs requests for every line. */
export const maxWebhookEndpoints = 10
/** Attempts that the log of an endpoint shows; older ones are forgotten. */
export const webhookLogLength = 100

const Url = z.string().max(2_000)
const Description = z.string().trim().max(200)
/** Null: every type, also those that are yet to come. */
const EventTypes = z
  .array(WebhookEventType)
  .min(1)
  .max(webhookEventTypes.length)
  .refine((types) => new Set(types).size === types.length, 'names a type twice')
  .nullable()

/** `url`: https on port 443 with a public name. */
export const CreateWebhookEndpointBody = z.strictObject({
  url: Url,
  description: Description.default(''),
  event_types: EventTypes.default(null),
})

/** What is left out stays. `enabled`: true also takes back what a receiver's 410 did; it goes on where it stopped. */
export const UpdateWebhookEndpointBody = z.strictObject({
  url: Url.optional(),
  description: Description.optional(),
  event_types: EventTypes.optional(),
  enabled: z.boolean().optional(),
})

/** Where a tenant's journal is posted to. */
export const WebhookEndpoint = z.object({
  id: Uuid,
  url: z.string(),
  description: z.string(),
  event_types: z.array(z.string()).nullable(),
  /** The last line that was looked at: what follows is still to be posted. */
  cursor_seq: z.number().int(),
  /** Where the journal stands. */
  head_seq: z.number().int(),
  epoch: z.string(),
  /** Lines that were not taken yet and are tried again. At a thousand nothing new is posted until there are fewer. */
  open_failures: z.number().int(),
  /** The oldest line that was given up after every attempt; a replay from there posts it anew. */
  given_up_seq: z.number().int().nullable(),
  disabled_at: Timestamp.nullable(),
  /** `owner`: by the API. `gone`: the receiver answered 410. */
  disabled_reason: z.enum(['owner', 'gone']).nullable(),
  /** Until then the secret before the current one signs too. */
  previous_secret_until: Timestamp.nullable(),
  created_at: Timestamp,
  last_success_at: Timestamp.nullable(),
})
export type WebhookEndpoint = z.infer<typeof WebhookEndpoint>

/** One attempt. */
export const WebhookDelivery = z.object({
  seq: z.number().int(),
  /** 1 for the first of this line. */
  attempt: z.number().int(),
  /** The HTTP status; 0 where no answer came. */
  status: z.number().int(),
  ms: z.number().int(),
  at: Timestamp,
  /** Null: delivered. `refused`, `redirect`, `timeout`, `unreachable`, `address`, or `exhausted`: nothing more is tried. */
  error: z.string().nullable(),
})
export type WebhookDelivery = z.infer<typeof WebhookDelivery>

/** `secret`: shown here and never again. */
export const WebhookSecretResponse = z.object({ endpoint: WebhookEndpoint, secret: z.string() })
export const WebhookEndpointResponse = z.object({ endpoint: WebhookEndpoint })
/** `deliveries`: the last 100 attempts, newest first. */
export const WebhookEndpointDetails = z.object({ endpoint: WebhookEndpoint, deliveries: z.array(WebhookDelivery) })
export const WebhookEndpointList = z.object({ items: z.array(WebhookEndpoint), next_cursor: z.null() })

/** Posts again what stands in the journal from this number on, under the same ids. */
export const ReplayWebhooksBody = z.strictObject({ from_seq: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER) })

/** How the receiver answered a test: an event of type `test` that is not in the journal. */
export const TestWebhookResponse = WebhookDelivery.pick({ status: true, ms: true, error: true })
