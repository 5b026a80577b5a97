import { z } from 'zod'
import { Timestamp } from './words.ts'

/** How the user's e-mail digest stands. Nothing is sent to an address before `confirmed_at`. */
export const DigestState = z.object({
  address: z.string().nullable(),
  confirmed_at: Timestamp.nullable(),
  last_sent_at: Timestamp.nullable(),
  next_at: Timestamp.nullable(),
})
export type DigestState = z.infer<typeof DigestState>
