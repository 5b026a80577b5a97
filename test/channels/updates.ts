import type { InboundItem, ParsedUpdate } from '../../src/channels/channel.ts'

export function itemsOf(updates: readonly ParsedUpdate[]): InboundItem[] {
  return updates.flatMap((update) => (update.kind === 'item' ? [update.item] : []))
}

export function itemsOfKind<K extends InboundItem['kind']>(
  updates: readonly ParsedUpdate[],
  kind: K,
): Extract<InboundItem, { kind: K }>[] {
  return itemsOf(updates).filter((item): item is Extract<InboundItem, { kind: K }> => item.kind === kind)
}

/** What became of each update in one word: an item's kind, or why it is none. */
export function wordsOf(updates: readonly ParsedUpdate[]): string[] {
  return updates.map((update) => (update.kind === 'item' ? update.item.kind : `${update.kind}: ${update.reason}`))
}
