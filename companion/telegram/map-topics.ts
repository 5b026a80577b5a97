import type { ITelegramClient, tl } from '@mtcute/core'
import { resolvePeer } from '@mtcute/core/methods.js'
import type { SpoolRow } from '../account.ts'
import type { Memory } from './map-memory.ts'

/** Asks a forum for the names of its topics when a message lies in one whose name is not known. */
export type TopicReader = { look(rows: readonly SpoolRow[]): Promise<void> }

type ReaderDeps = {
  memory: Pick<Memory, 'learnTopics'>
  now: () => number
  ask: (peerId: number) => Promise<tl.messages.TypeForumTopics>
}

/** A topic without a name may stay one: a forum is asked again at most so often. */
const againMs = 10 * 60_000
const maxTopics = 100

/** The message that made us ask is told without the name; those after it have it. */
export function createTopicReader({ memory, now, ask }: ReaderDeps): TopicReader {
  const askedAt = new Map<number, number>()
  return {
    async look(rows) {
      const forums = new Set(rows.flatMap((row) => forumWithout(row) ?? []))
      for (const peerId of forums) {
        if (now() - (askedAt.get(peerId) ?? 0) < againMs) continue
        askedAt.set(peerId, now())
        try {
          memory.learnTopics(peerId, titlesOf(await ask(peerId)))
        } catch {
          // Names are an ornament: whatever was in the way, they are asked for again later.
        }
      }
    },
  }
}

/** How a client asks. */
export function askForTopics(client: ITelegramClient): ReaderDeps['ask'] {
  return async (peerId) =>
    client.call({
      _: 'messages.getForumTopics',
      peer: await resolvePeer(client, peerId),
      offsetDate: 0,
      offsetId: 0,
      offsetTopic: 0,
      limit: maxTopics,
    })
}

/** The forum of a message whose topic has no name yet. */
function forumWithout(row: SpoolRow): number | null {
  if (row.kind !== 'item' || !('conversation' in row.item) || !('message' in row.item)) return null
  const topic = row.item.message.details?.['topic']
  const isNameless = typeof topic === 'object' && topic !== null && !('title' in topic)
  return isNameless ? Number(row.lane) : null
}

function titlesOf({ topics }: tl.messages.TypeForumTopics): { id: number; title: string }[] {
  return topics.flatMap((topic) => (topic._ === 'forumTopic' ? [{ id: topic.id, title: topic.title }] : []))
}
