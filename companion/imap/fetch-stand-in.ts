import type { ImapFlow, MessageStructureObject } from 'imapflow'
import { type StandInReason, standInFor } from './stand-in.ts'
import { timeOf } from './open-folder.ts'

type Wanted = { uid: number; reason: StandInReason; hasHeader: boolean }

const maxText = 256 * 1024

/** Fetches as much of a mail as there is room for; null when it is gone. */
export async function fetchStandIn(client: ImapFlow, { uid, reason, hasHeader }: Wanted): Promise<Uint8Array | null> {
  const query = { uid: true, size: true, internalDate: true }
  const details = hasHeader ? { headers: true, bodyStructure: true } : {}
  const mail = await client.fetchOne(String(uid), { ...query, ...details }, { uid: true })
  if (mail === false) return null
  const leaves = mail.bodyStructure === undefined ? [] : leavesOf(mail.bodyStructure)
  const textPart = leaves.find(({ type, disposition }) => type === 'text/plain' && disposition !== 'attachment')
  const receivedAt = timeOf(mail.internalDate)
  return standInFor({
    reason: hasHeader ? reason : 'withheld',
    header: mail.headers ?? new Uint8Array(),
    text: reason === 'too_large' && textPart !== undefined ? await fetchText(client, uid, textPart) : null,
    files: leaves.filter((leaf) => leaf !== textPart && filenameOf(leaf) !== '').map(fileOf),
    bytes: mail.size ?? 0,
    receivedAt: receivedAt === null ? null : new Date(receivedAt),
  })
}

function leavesOf(structure: MessageStructureObject): MessageStructureObject[] {
  return structure.childNodes === undefined ? [structure] : structure.childNodes.flatMap(leavesOf)
}

function filenameOf({ dispositionParameters, parameters }: MessageStructureObject): string {
  return dispositionParameters?.['filename'] ?? parameters?.['name'] ?? ''
}

function fileOf(leaf: MessageStructureObject): { filename: string; bytes: number } {
  return { filename: filenameOf(leaf), bytes: leaf.size ?? 0 }
}

async function fetchText(client: ImapFlow, uid: number, leaf: MessageStructureObject) {
  // A mail that is no multipart has its body in part 1 and its fields in its own header.
  const part = leaf.part ?? '1'
  const query = { uid: true, bodyParts: [{ key: part, start: 0, maxLength: maxText }] }
  const mail = await client.fetchOne(String(uid), query, { uid: true })
  const body = mail === false ? undefined : mail.bodyParts?.get(part)
  if (body === undefined) return null
  const charset = /^[\w.:-]{1,40}$/.exec(leaf.parameters?.['charset'] ?? '')?.[0] ?? 'utf-8'
  const encoding = /^[\w-]{1,40}$/.exec(leaf.encoding ?? '')?.[0] ?? '8bit'
  const header = `Content-Type: text/plain; charset=${charset}\r\nContent-Transfer-Encoding: ${encoding}`
  return { header: Buffer.from(header), body }
}
