import type { ImapFlow } from 'imapflow'
import { messageIdsIn } from '../../src/lib/message-id.ts'
import type { EmailAccountConfig } from '../accounts-config.ts'
import type { Errands } from '../imap/errands.ts'
import { ownIdHeader } from './letter.ts'

/**
 * What the folder of sent mail tells of a mail of ours. `missing`: the provider puts a copy there and has not.
 * `untold`: nobody does before we know that it has gone, so that no copy says nothing.
 */
export type SentCopy = { kind: 'there'; messageId: string } | { kind: 'missing' } | { kind: 'untold' }

/** The mailbox's folder of sent mail, for looking and for putting copies there. Everything throws what IMAP does. */
export type SentFolder = {
  find(messageId: string): Promise<SentCopy>
  append(messageId: string, raw: Uint8Array): Promise<void>
}

export function createSentFolder({ folders, appendToSent }: EmailAccountConfig, errands: Errands): SentFolder {
  const configured = folders.find(({ role }) => role === 'sent')?.path
  const pathOf = async (client: ImapFlow) => configured ?? (await findSentPath(client))

  /** The Message-ID of the copy; null where there is none. */
  async function findIn(client: ImapFlow, path: string, messageId: string): Promise<string | null> {
    await client.mailboxOpen(path, { readOnly: true })
    // A server that writes a Message-ID of its own leaves our header alone.
    const ids = { or: [{ header: { 'Message-ID': messageId } }, { header: { [ownIdHeader]: messageId } }] }
    const uids = await client.search(ids, { uid: true })
    if (!Array.isArray(uids)) throw new Error('the server refused to search')
    const uid = uids.at(-1)
    if (uid === undefined) return null
    const copy = await client.fetchOne(String(uid), { uid: true, headers: ['message-id'] }, { uid: true })
    const [found] = copy === false ? [] : messageIdsIn(copy.headers?.toString('latin1'))
    return found ?? messageId
  }

  return {
    find: (messageId) =>
      errands.run(async (client) => {
        const path = await pathOf(client)
        const found = path === null ? null : await findIn(client, path, messageId)
        if (found !== null) return { kind: 'there', messageId: found }
        return { kind: path === null || appendToSent ? 'untold' : 'missing' }
      }),
    append: (messageId, raw) =>
      errands.run(async (client) => {
        const path = await pathOf(client)
        if (path === null || (await findIn(client, path, messageId)) !== null) return
        await client.append(path, raw, ['\\Seen'])
      }),
  }
}

/** RFC 6154. */
async function findSentPath(client: ImapFlow): Promise<string | null> {
  const folders = await client.list()
  return folders.find(({ specialUse }) => specialUse === '\\Sent')?.path ?? null
}
