import { z } from 'zod'
import type { AccountSpool, SpoolWriter } from '../account.ts'

/**
 * How far a folder has been read. Its numbers count only under their `uidValidity`. Below `until` are mails that were
 * there when they began to count (at a first run, or after the server numbered all anew): of these, only what came at
 * `since` or later and is not known yet is taken in.
 */
const FolderCursor = z.object({
  /** A number of 32 bits, as text. */
  uidValidity: z.string(),
  /** The lowest number that was not looked at. */
  next: z.number().int().positive(),
  until: z.number().int().positive(),
  /** Epoch ms by the server's clock. */
  since: z.number(),
})
export type FolderCursor = z.infer<typeof FolderCursor>

const Checkpoint = z.object({ folders: z.record(z.string(), FolderCursor) })

/** The cursors of one mailbox. They are written in the transaction that writes the mails they have passed. */
export type FolderCursors = {
  read(path: string): FolderCursor | null
  write(write: SpoolWriter, path: string, cursor: FolderCursor): void
  /** Whether a mail of this identity was taken in from this folder, or was there before us. */
  isKnown(path: string, identity: string): boolean
  remember(write: SpoolWriter, path: string, identity: string): void
  checkpoint(): string | null
}

export function createFolderCursors(
  spool: AccountSpool,
  paths: readonly string[],
  restored: string | null,
): FolderCursors {
  const before = restored === null ? {} : Checkpoint.parse(JSON.parse(restored)).folders
  const read = (path: string): FolderCursor | null => {
    const stored = spool.read(cursorName(path))
    return stored === null ? (before[path] ?? null) : FolderCursor.parse(JSON.parse(stored))
  }
  return {
    read,
    write: (write, path, cursor) => write.set(cursorName(path), JSON.stringify(cursor)),
    isKnown: (path, identity) => spool.read(knownName(path, identity)) !== null,
    remember: (write, path, identity) => write.set(knownName(path, identity), '1'),
    checkpoint() {
      const folders = Object.fromEntries(
        paths.map((path) => [path, read(path)] as const).filter(([, cursor]) => cursor),
      )
      return Object.keys(folders).length === 0 ? null : JSON.stringify({ folders })
    },
  }
}

const cursorName = (path: string) => `cursor:${path}`
const knownName = (path: string, identity: string) => `known:${path}:${identity}`
