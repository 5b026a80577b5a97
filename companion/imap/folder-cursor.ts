import { z } from 'zod'
import type { AccountSpool, SpoolWriter } from '../account.ts'

/**
 * How far a folder has been read. Its numbers count only under their `uidValidity`. Below `until` are mails that were
 * there when they began to count (at a first run, or after the server numbered all anew): of these, only what came at
 * `since` or later and is not known yet is taken in.
 */
export const FolderCursor = z.object({
  /** A number of 32 bits, as text. */
  uidValidity: z.string(),
  /** The lowest number that was not looked at. */
  next: z.number().int().positive(),
  until: z.number().int().positive(),
  /** Epoch ms by the server's clock. */
  since: z.number(),
})
export type FolderCursor = z.infer<typeof FolderCursor>

/** A mail as it is known again; `receivedAt`: epoch ms by the server's clock, null where it does not tell. */
export type KnownMail = { identity: string; receivedAt: number | null }

/** Of so many mails of a folder it is known that they were taken in: with 130 mails a day, a year. */
const mostKnown = 50_000
/** Looked through no more often than after each so many. */
const stepShare = 0.05
const untimed = '1'

/** The cursors of one mailbox. They are written in the transaction that writes the mails they have passed. */
export type FolderCursors = {
  read(path: string): FolderCursor | null
  write(write: SpoolWriter, path: string, cursor: FolderCursor): void
  /** Whether a mail of this identity was taken in from this folder, or was there before us. */
  isKnown(path: string, identity: string): boolean
  remember(write: SpoolWriter, path: string, mail: KnownMail): void
  /**
   * Forgets the oldest mails of a folder where there are too many, and answers how many. The cursor says that nothing of
   * their time is looked for any more, so that none of them is taken for a new one when all numbers change.
   */
  forgetOldest(path: string, now: number): number
  /** Those that there are, by path. */
  all(): Record<string, FolderCursor>
}

export function createFolderCursors(
  spool: AccountSpool,
  paths: readonly string[],
  /** Those of a disk that was lost. */
  restored: Readonly<Record<string, FolderCursor>>,
  most: number = mostKnown,
): FolderCursors {
  const counts = new Map<string, number>()
  const known = (path: string) => [...spool.list(knownName(path, ''))].filter(([rest]) => isIdentity.test(rest))
  const read = (path: string): FolderCursor | null => {
    const stored = spool.read(cursorName(path))
    return stored === null ? (restored[path] ?? null) : FolderCursor.parse(JSON.parse(stored))
  }
  return {
    read,
    write: (write, path, cursor) => write.set(cursorName(path), JSON.stringify(cursor)),
    isKnown: (path, identity) => spool.read(knownName(path, identity)) !== null,
    remember(write, path, { identity, receivedAt }) {
      write.set(knownName(path, identity), receivedAt === null ? untimed : String(receivedAt))
      const count = counts.get(path)
      if (count !== undefined) counts.set(path, count + 1)
    },
    forgetOldest(path, now) {
      const cursor = read(path)
      // While a folder is looked through anew, what is known decides.
      if (cursor === null || cursor.next < cursor.until) return 0
      const count = counts.get(path) ?? known(path).length
      counts.set(path, count)
      if (count <= most * (1 + stepShare)) return 0
      const mails = known(path).toSorted(([, a], [, b]) => Number(a) - Number(b))
      const gone = mails.slice(0, Math.max(0, mails.length - most))
      // A mail that claims to be of the future must not hide all that comes before it.
      const newest = Math.min(Number(gone.at(-1)?.[1] ?? 0), now)
      spool.transaction((write) => {
        for (const [identity] of gone) write.set(knownName(path, identity), null)
        write.set(cursorName(path), JSON.stringify({ ...cursor, since: Math.max(cursor.since, newest + 1) }))
      })
      counts.set(path, mails.length - gone.length)
      return gone.length
    },
    all: () =>
      Object.fromEntries(
        paths.flatMap((path) => {
          const cursor = read(path)
          return cursor === null ? [] : [[path, cursor] as const]
        }),
      ),
  }
}

const cursorName = (path: string) => `cursor:${path}`
/** Another folder may be called by the beginning of such a name. */
const isIdentity = /^[0-9a-f]{32}$/
const knownName = (path: string, identity: string) => `known:${path}:${identity}`
