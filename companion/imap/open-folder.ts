import type { ImapFlow, MailboxObject } from 'imapflow'
import type { AccountSpool } from '../account.ts'
import type { FolderCursor, FolderCursors, KnownMail } from './folder-cursor.ts'
import { headOf, identityOfHead } from './mail-head.ts'

export type OpenedFolder = { cursor: FolderCursor; isNew: boolean; isRenumbered: boolean }
type OpenDeps = { spool: AccountSpool; cursors: FolderCursors; now: () => number; since: number | null }

/** Fields by which a mail is known again. */
export const identityFields = ['message-id', 'from', 'date', 'subject', 'references', 'in-reply-to']
/** Of those that were there before us, this many are remembered: the newest may have come in the second that we begin at. */
const remembered = 50
const dayMs = 24 * 60 * 60_000

/**
 * Opens a folder for reading only (EXAMINE: no flag changes by anything we do), anew each time, as that is when a server
 * tells whether its numbers still count. Where they do not, or the folder was never read, the cursor begins anew, and is
 * written down at once.
 */
export async function openFolder(client: ImapFlow, path: string, deps: OpenDeps): Promise<OpenedFolder> {
  const folder = await client.mailboxOpen(path, { readOnly: true })
  const uidValidity = String(folder.uidValidity)
  const before = deps.cursors.read(path)
  if (before?.uidValidity === uidValidity) return { cursor: before, isNew: false, isRenumbered: false }
  const until = await nextUid(client, folder)
  if (before !== null) {
    const cursor: FolderCursor = { uidValidity, next: 1, until, since: before.since }
    store(deps, path, { cursor, mails: [] })
    return { cursor, isNew: false, isRenumbered: true }
  }
  const begun = await begin(client, folder, { ...deps, until })
  store(deps, path, begun)
  return { cursor: begun.cursor, isNew: true, isRenumbered: false }
}

type Begun = { cursor: FolderCursor; mails: readonly KnownMail[] }

async function begin(client: ImapFlow, folder: MailboxObject, deps: OpenDeps & { until: number }): Promise<Begun> {
  const { until, since, now } = deps
  const uidValidity = String(folder.uidValidity)
  if (since !== null) return { cursor: { uidValidity, next: 1, until, since }, mails: [] }
  let newest = 0
  const mails: KnownMail[] = []
  if (folder.exists > 0) {
    const first = Math.max(1, folder.exists - remembered + 1)
    const query = { uid: true, internalDate: true, headers: identityFields }
    for await (const { headers, internalDate } of client.fetch(`${first}:*`, query)) {
      const receivedAt = timeOf(internalDate)
      newest = Math.max(newest, receivedAt ?? 0)
      const identity = headers === undefined ? null : identityOfHead(headOf(headers))
      if (identity !== null) mails.push({ identity, receivedAt })
    }
  }
  // The server's own clock where it has shown it; an empty folder may be filled from an old server, a day back is enough.
  const present = newest > 0 ? Math.min(newest, now()) : now() - dayMs
  return { cursor: { uidValidity, next: until, until, since: present }, mails }
}

function store({ spool, cursors }: OpenDeps, path: string, { cursor, mails }: Begun): void {
  spool.transaction((write) => {
    for (const mail of mails) cursors.remember(write, path, mail)
    cursors.write(write, path, cursor)
  })
}

/** Few servers leave UIDNEXT out, but the standard once let them. */
async function nextUid(client: ImapFlow, { uidNext, exists }: MailboxObject): Promise<number> {
  if (uidNext > 0) return uidNext
  if (exists === 0) return 1
  const last = await client.fetchOne('*', { uid: true })
  return last === false ? 1 : last.uid + 1
}

export function timeOf(date: Date | string | undefined): number | null {
  const at = date === undefined ? Number.NaN : new Date(date).getTime()
  return Number.isNaN(at) ? null : at
}
