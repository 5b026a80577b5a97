import type { z } from 'zod'
import { BroadcastItem } from '../protocol/api.ts'
import { maxDetailsBytes } from './broadcast-item.ts'
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

/** The first thing wrong, in words. Of the item's four forms the one that it came closest to speaks. */
function explain(issues: readonly z.core.$ZodIssue[]): string {
  const [first] = issues
  if (first === undefined) return 'The item is invalid.'
  if (first.code === 'invalid_union' && first.errors.length > 0) {
    return explain(first.errors.reduce((best, other) => (other.length <= best.length ? other : best)))
  }
  return `${first.path.map(String).join('.') || 'item'}: ${first.message}`
}

function idsOf(item: BroadcastItem): [string, string][] {
  const ids: [string, string | null | undefined][] = [
    ['channel.external_id', item.channel.external_id],
    ['message.external_id', item.message.external_id],
  ]
  if ('conversation' in item) {
    ids.push(['conversation.external_id', item.conversation.external_id])
    ids.push(['message.reply_to_external_id', item.message.reply_to_external_id])
    ids.push(['message.sender.external_id', item.message.sender?.external_id])
  }
  if ('reaction' in item) ids.push(['reaction.by', item.reaction.by])
  return ids.flatMap(([name, id]) => (id == null ? [] : [[name, id]]))
}

function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x20) return true
  return false
}

function detailsSize(item: BroadcastItem): number {
  if (!('conversation' in item) || item.message.details === undefined) return 0
  return new TextEncoder().encode(JSON.stringify(item.message.details)).byteLength
}
