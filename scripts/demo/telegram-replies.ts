import type { SentMessage } from '../../test/companion/fake-dc/world.ts'
import { pause } from './traffic.ts'

/** A reply from the inbox as its customer has it: one message, or the parts of an album. */
export type TelegramReply = { peer: string; text: string; media: readonly string[]; lastId: number }

const lookMs = 200

/** The parts of an album came by one request: they are one reply. */
export function repliesIn(sent: readonly SentMessage[]): TelegramReply[] {
  const parts = Map.groupBy(sent, ({ groupedId, id }) => groupedId ?? id)
  return [...parts.values()].map((messages) => ({
    peer: String(messages[0]?.peer),
    text: messages.map(({ text }) => text).join(''),
    media: messages.flatMap(({ media }) => media ?? []),
    lastId: Math.max(...messages.map(({ id }) => id)),
  }))
}

/** Tells of every reply that the data centre has taken, once, until the signal aborts. */
export async function watchReplies(
  sent: () => readonly SentMessage[],
  onReply: (reply: TelegramReply) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let known = 0; !signal.aborted; await pause(lookMs, signal)) {
    const all = sent()
    for (const reply of repliesIn(all.slice(known))) onReply(reply)
    known = all.length
  }
}
