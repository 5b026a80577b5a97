import { z } from 'zod'
import { Timestamp, Uuid } from './words.ts'

/** As `PushSubscription.toJSON()` of a browser gives it. Only addresses of known push services are taken. */
export const PushSubscriptionBody = z.object({
  endpoint: z.string().min(1).max(2048),
  /** When the browser gives the subscription up; none of those that exist says so. */
  expirationTime: z.number().nullish(),
  keys: z.object({
    /** An uncompressed point of P-256: 65 bytes in base64url. */
    p256dh: z.string().regex(/^B[A-P][\w-]{85}=?$/, 'is no P-256 key of a browser'),
    /** 16 bytes in base64url. */
    auth: z.string().regex(/^[\w-]{22}(?:==)?$/, 'is no 16 bytes in base64url'),
  }),
  /** What its user calls the device, for the list of them. */
  name: z.string().trim().max(100).optional(),
})
export type PushSubscriptionBody = z.infer<typeof PushSubscriptionBody>

/**
 * A browser that is pushed. `last_success_at`: when its push service last took a push. `is_failing`: the last one was not
 * taken, or it was made with keys that are no longer ours; to subscribe again in that browser helps.
 */
export const PushSubscriptionAnswer = z.object({
  id: Uuid,
  name: z.string(),
  created_at: Timestamp,
  last_success_at: Timestamp.nullable(),
  is_failing: z.boolean(),
})
export type PushSubscriptionAnswer = z.infer<typeof PushSubscriptionAnswer>

/** The caller's own browsers. `public_key`: for `applicationServerKey`; null where push is not set up. */
export const PushStatus = z.object({
  public_key: z.string().nullable(),
  subscriptions: z.array(PushSubscriptionAnswer),
})
export type PushStatus = z.infer<typeof PushStatus>
