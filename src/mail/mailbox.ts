import { addressKey, splitPlusAddress } from '../lib/addr-spec.ts'
import { type DirectoryChannel, findChannelsByExternalId } from '../store/channel-directory.ts'
import type { Database } from '../store/database.ts'

/**
 * Where a mail was delivered. `address`: the mailbox without the detail of a plus-address; for a catch-all channel the
 * address that was really written to. `detail`: what stood after the plus.
 */
export type Mailbox = { channel: DirectoryChannel; address: string; detail: string | null }

/**
 * Whose mailbox an envelope's recipient is: that very address, else the one before the plus, else the catch-all of its
 * domain. Never the To header's doing: that one is anybody's to write.
 */
export async function findMailbox(db: Database, recipient: string): Promise<Mailbox | null> {
  const names = namesOf(recipient)
  const found = await findChannelsByExternalId(
    db,
    'email',
    names.map(({ externalId }) => externalId),
  )
  for (const { externalId, address, detail } of names) {
    const channel = found.get(externalId)
    if (channel !== undefined) return { channel, address, detail }
  }
  return null
}

type Name = { externalId: string; address: string; detail: string | null }

function namesOf(recipient: string): Name[] {
  const address = addressKey(recipient)
  const parts = splitPlusAddress(address)
  if (parts === null || parts.domain === '') return []
  const { local, detail, domain } = parts
  const base = `${local}@${domain}`
  return [
    { externalId: address, address, detail: null },
    ...(detail === null ? [] : [{ externalId: base, address: base, detail }]),
    { externalId: `*@${domain}`, address: base, detail },
  ]
}
