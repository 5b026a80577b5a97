import { z } from 'zod'
import { Timestamp } from './words.ts'

/**
 * What `GET …/notifications/digest` says beside the settings. `confirmed_at` null: nothing is sent to the address until
 * its owner follows the link of the mail that asks for it. `next_at`: when the next one falls due, and goes out if
 * anything is unread; null while none does.
 */
export const DigestState = z.object({
  address: z.string().nullable(),
  confirmed_at: Timestamp.nullable(),
  last_sent_at: Timestamp.nullable(),
  next_at: Timestamp.nullable(),
})
export type DigestState = z.infer<typeof DigestState>
