import { z } from 'zod'
import { Uuid } from '../protocol/words.ts'

/** Whose socket it is, as the Worker verified it before the hub was touched. Times in epoch ms. */
export const HubSession = z.object({
  tenantId: Uuid,
  userId: Uuid,
  name: z.string(),
  /** When what the user signed in with was issued. */
  issuedAt: z.number().default(0),
  expiresAt: z.number(),
  feed: z.enum(['communications', 'notifications']),
  /** Negotiated `edge-inbox.v1`: may get `batch`. */
  isV1: z.boolean(),
  /** Where to resume; null for a socket that starts at the head. */
  since: z.number().int().nonnegative().nullable(),
  epoch: z.string().nullable(),
})
export type HubSession = z.infer<typeof HubSession>
