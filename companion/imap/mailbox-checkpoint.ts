import { z } from 'zod'
import { FolderCursor } from './folder-cursor.ts'

/** What a lost disk would lose of a mailbox. `tokens`: see `storedTokens`; sealed, each. */
const MailboxCheckpoint = z.object({
  folders: z.record(z.string(), FolderCursor),
  tokens: z.record(z.string(), z.string()).default({}),
})
type MailboxCheckpoint = z.infer<typeof MailboxCheckpoint>

export function readCheckpoint(restored: string | null): MailboxCheckpoint {
  return restored === null ? { folders: {}, tokens: {} } : MailboxCheckpoint.parse(JSON.parse(restored))
}

/** Null: there is nothing to keep. */
export function writeCheckpoint(checkpoint: MailboxCheckpoint): string | null {
  const isEmpty = Object.values(checkpoint).every((part) => Object.keys(part).length === 0)
  return isEmpty ? null : JSON.stringify(checkpoint)
}
