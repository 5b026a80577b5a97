import type { tl } from '@mtcute/core'
import type { KnownReaction, MapContext } from './map-context.ts'
import { isUserPeer, markedId } from './map-ids.ts'

/** One change of one person's reaction; without an emoji it is taken back. `at`: epoch ms. */
export type ReactionChange = { by: string; emoji: string | null; at: number }

/** Emoji that only Telegram can draw are numbers here; nothing says what they show. */
const customEmoji = '🧩'
const paidEmoji = '⭐'

type Given = { emoji: string; at: number }
type Of = { peerId: number; known: Readonly<Record<string, KnownReaction>> }

/** Under this, and the emoji, stands how often it was given by people without a name here. */
const others = 'others:'

/**
 * What has changed since it was told last. Telegram always sends the whole picture, never a change: who has reacted
 * lately by name, and how often each emoji was given by anybody.
 * - By name, the newest reaction of a person counts. Who is missing has taken theirs back, but only where the names are
 *   everybody's; in a large group being missing only means that others came later, as long as the numbers bear it out.
 * - What the names do not cover is told as a number by emoji, under a name that no person has.
 */
export function reactionChanges(reactions: tl.TypeMessageReactions, of: Of, context: MapContext): ReactionChange[] {
  const named = namedReactions(reactions, of.peerId, context)
  const counts = countsOf(reactions)
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const listed = reactions.recentReactions?.length ?? 0
  const isEverybody = total <= listed || (isUserPeer(of.peerId) && listed > 0)
  const kept = isEverybody ? new Set<string>() : stillCounted(named, counts, of.known)
  const now = new Map([...named, ...(isEverybody ? [] : numbers({ named, counts, kept, of }, context))])
  const gone = Object.entries(of.known).filter(([by, { emoji }]) => emoji !== null && !now.has(by) && !kept.has(by))
  return [
    ...[...now].flatMap(([by, given]) => changeOf(by, given, of.known[by])),
    ...gone.map(([by, { at }]) => ({ by, emoji: null, at: Math.max(context.now(), at + 1) })),
  ]
}

function namedReactions(reactions: tl.TypeMessageReactions, peerId: number, context: MapContext): Map<string, Given> {
  const newest = new Map<string, Given>()
  for (const { peerId: who, date, my, reaction } of reactions.recentReactions ?? []) {
    const emoji = emojiOf(reaction)
    const by = my === true ? 'business' : byOf(markedId(who), peerId, context)
    const at = date * 1000
    if (emoji !== null && at >= (newest.get(by)?.at ?? 0)) newest.set(by, { emoji, at })
  }
  return newest
}

function byOf(who: number, peerId: number, { accountId }: MapContext): string {
  if (who === accountId) return 'business'
  return who === peerId && isUserPeer(peerId) ? 'customer' : String(who)
}

function countsOf(reactions: tl.TypeMessageReactions): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { reaction, count } of reactions.results) {
    const emoji = emojiOf(reaction)
    if (emoji !== null) counts.set(emoji, (counts.get(emoji) ?? 0) + count)
  }
  return counts
}

/** Of the people who were named before and are not now, those for whom there is still room in the numbers: the newest. */
function stillCounted(
  named: ReadonlyMap<string, Given>,
  counts: ReadonlyMap<string, number>,
  known: Of['known'],
): Set<string> {
  const room = new Map(counts)
  for (const { emoji } of named.values()) room.set(emoji, (room.get(emoji) ?? 0) - 1)
  const unnamed = Object.entries(known).filter(([by]) => !named.has(by) && !by.startsWith(others))
  const kept = new Set<string>()
  for (const [by, { emoji }] of unnamed.sort(([, one], [, other]) => other.at - one.at)) {
    const left = room.get(emoji ?? '') ?? 0
    if (emoji === null || left <= 0) continue
    room.set(emoji, left - 1)
    kept.add(by)
  }
  return kept
}

type Telling = {
  named: ReadonlyMap<string, Given>
  counts: ReadonlyMap<string, number>
  kept: ReadonlySet<string>
  of: Of
}

function numbers({ named, counts, kept, of }: Telling, context: MapContext): [string, Given][] {
  const givers = [...named.values(), ...[...kept].map((by) => of.known[by])]
  return [...counts].flatMap(([emoji, count]): [string, Given][] => {
    const left = count - givers.filter((given) => given?.emoji === emoji).length
    return left > 0 ? [[`${others}${emoji}`, { emoji: `${emoji} ${left}`, at: context.now() }]] : []
  })
}

/** The Worker keeps the later of two: a change may not carry the time of what it replaces. */
function changeOf(by: string, given: Given, known: KnownReaction | undefined): ReactionChange[] {
  if (known?.emoji === given.emoji) return []
  return [{ by, emoji: given.emoji, at: Math.max(given.at, (known?.at ?? 0) + 1) }]
}

function emojiOf(reaction: tl.TypeReaction): string | null {
  switch (reaction._) {
    case 'reactionEmoji':
      return reaction.emoticon.slice(0, 32).toWellFormed()
    case 'reactionCustomEmoji':
      return customEmoji
    case 'reactionPaid':
      return paidEmoji
    case 'reactionEmpty':
      return null
  }
}
