import type { z } from 'zod'
import { BroadcastItem } from '../protocol/api.ts'
import { type NewMessage, isNewMessage, maxDetailsBytes } from './broadcast-item.ts'
import { isKnownPlatform, unknownPlatform } from './known-platform.ts'

/** Why one item cannot be taken; `status` is the answer's where the item came alone. */
export type ItemError = { code: string; message: string; status: 400 | 404 | 422 }

export type CheckedItem = { ok: true; item: BroadcastItem } | { ok: false; error: ItemError }

/** Checks one broadcast item by itself, so that a bad one does not cost its neighbours. */
export function checkItem(value: unknown): CheckedItem {
  const parsed = BroadcastItem.safeParse(value)
  if (!parsed.success) return invalid(explain(parsed.error.issues))
  const item = parsed.data
  if (!isKnownPlatform(item.channel.platform)) return { ok: false, error: unknownPlatform }
  const unusable = idsOf(item).find(([, id]) => !id.isWellFormed() || hasControlCharacter(id))
  // An id may not be cleaned: two different ones could become the same.
  if (unusable !== undefined) return invalid(`${unusable[0]}: holds characters that no id has`)
  if (detailsSize(item) > maxDetailsBytes) return invalid(`message.details: more than ${maxDetailsBytes} bytes`)
  return { ok: true, item }
}

function invalid(message: string): CheckedItem {
  return { ok: false, error: { code: 'item.invalid', message, status: 400 } }
}

/** The first thing wrong, in words. Of the item's forms the one that it came closest to speaks. */
function explain(issues: readonly z.core.$ZodIssue[]): string {
  const [first] = issues
  if (first === undefined) return 'The item is invalid.'
  if (first.code === 'invalid_union' && first.errors.length > 0) {
    return explain(first.errors.reduce((best, other) => (other.length <= best.length ? other : best)))
  }
  return `${first.path.map(String).join('.') || 'item'}: ${first.message}`
}

function idsOf(item: BroadcastItem): [string, string][] {
  const ids: [string, string | null | undefined][] = [['channel.external_id', item.channel.external_id]]
  if ('conversation' in item) {
    const { external_id, thread, aliases = [] } = item.conversation
    ids.push(['conversation.external_id', external_id], ['conversation.thread', thread])
    ids.push(...aliases.map((alias): [string, string] => ['conversation.aliases', alias]))
  }
  if ('message' in item) ids.push(['message.external_id', item.message.external_id])
  if (isNewMessage(item)) {
    const { reply_to_external_id, sender, attachments = [] } = item.message
    ids.push(['message.reply_to_external_id', reply_to_external_id])
    ids.push(['message.sender.external_id', sender?.external_id])
    ids.push(...attachments.map((file): [string, string] => ['message.attachments', fileIdOf(file)]))
  }
  if ('reaction' in item) ids.push(['reaction.by', item.reaction.by])
  if ('file' in item) ids.push(['file.key', item.file.key])
  return ids.flatMap(([name, id]) => (id == null ? [] : [[name, id]]))
}

function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x20) return true
  return false
}

function fileIdOf(file: NonNullable<NewMessage['message']['attachments']>[number]): string {
  return 'key' in file ? file.key : file.upload_id
}

function detailsSize(item: BroadcastItem): number {
  if (!('message' in item) || !('details' in item.message) || item.message.details === undefined) return 0
  return new TextEncoder().encode(JSON.stringify(item.message.details)).byteLength
}
