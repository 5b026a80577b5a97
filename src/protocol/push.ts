import { z } from 'zod'
import { PushSubscriptionBody } from './notifications.ts'
import { Timestamp } from './words.ts'

/** A browser of the user's that takes pushes. `is_failing`: the last ones did not reach its push service. */
export const PushDevice = z.object({
  id: z.string(),
  /** What the browser called itself, such as `Firefox, Linux`. */
  name: z.string(),
  created_at: Timestamp,
  last_success_at: Timestamp.nullable(),
  is_failing: z.boolean(),
})
export type PushDevice = z.infer<typeof PushDevice>

/** `public_key`: the VAPID key to subscribe with, in base64url; null where this installation sends no pushes. */
export const PushState = z.object({ public_key: z.string().nullable(), subscriptions: z.array(PushDevice) })
export type PushState = z.infer<typeof PushState>

/** What a browser's `PushSubscription.toJSON()` gives, and the name to list it by. */
export const SubscribePushBody = PushSubscriptionBody.extend({
  expirationTime: z.number().nullable().optional(),
  name: z.string().max(100).optional(),
})
export type SubscribePushBody = z.infer<typeof SubscribePushBody>
