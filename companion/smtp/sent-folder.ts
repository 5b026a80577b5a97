import type { ImapFlow } from 'imapflow'
import { messageIdsIn } from '../../src/lib/message-id.ts'
import type { EmailAccountConfig } from '../accounts-config.ts'
import type { Errands } from '../imap/errands.ts'
import { ownIdHeader } from './letter.ts'

/** The mailbox's folder of sent mail, for looking and for putting copies there. Everything throws what IMAP does. */
export type SentFolder = {
  /** The Message-ID of the copy of a mail of ours; null where there is none. */
  find(messageId: string): Promise<string | null>
  append(messageId: string, raw: Uint8Array): Promise<void>
}

export function createSentFolder({ folders }: EmailAccountConfig, errands: Errands): SentFolder {
  const configured = folders.find(({ role }) => role === 'sent')?.path
  const pathOf = async (client: ImapFlow) => configured ?? (await findSentPath(client))

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
        return path === null ? null : await findIn(client, path, messageId)
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
