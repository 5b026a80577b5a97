import type { CommittedEvent } from '../ingest/items.ts'
import type { FilterFrame, ReadyFrame } from '../protocol/frames.ts'
import type { HubSession } from './session.ts'

/** What a socket may and wants to see. Sockets with the same view share the same frames. */
export type View = {
  feed: HubSession['feed']
  isV1: boolean
  filter: Omit<FilterFrame, 'type'> | null
}

/** Longest batch frame, in UTF-16 units; a longer run of events goes out in several. */
const maxBatchLength = 64 * 1024

export function viewKey({ feed, isV1, filter }: View): string {
  return `${feed} ${isV1} ${filter === null ? '' : JSON.stringify(filter)}`
}

/** On the messages' feed. Lines that are only notifications may be for certain users, and have a feed of their own. */
function isVisible(event: CommittedEvent, { filter }: View): boolean {
  if (event.type === 'notification') return false
  if (filter === null) return true
  const { platforms, conversation_ids: conversationIds } = filter
  if (platforms !== undefined && event.platform !== null && !platforms.includes(event.platform)) return false
  return (
    conversationIds === undefined || event.conversationId === null || conversationIds.includes(event.conversationId)
  )
}

/** Consecutive events as the frames of one view of the messages' feed. */
export function framesOf(events: readonly CommittedEvent[], view: View): string[] {
  return framesBy(events, view.isV1, (event) => (isVisible(event, view) ? event.data : null))
}

/**
 * Consecutive events as frames, each by its text. What has none becomes `skip`, so that the cursor of every client moves
 * over every number and a hole always means loss (G5).
 */
export function framesBy(
  events: readonly CommittedEvent[],
  isV1: boolean,
  textOf: (event: CommittedEvent, at: number) => string | null,
): string[] {
  const frames: string[] = []
  let hiddenFrom: number | null = null
  const endSkip = (seq: number): void => {
    if (hiddenFrom !== null) frames.push(`{"type":"skip","from":${hiddenFrom},"seq":${seq}}`)
    hiddenFrom = null
  }
  for (const [at, event] of events.entries()) {
    const text = textOf(event, at)
    if (text === null) {
      hiddenFrom ??= event.seq
    } else {
      endSkip(event.seq - 1)
      frames.push(text)
    }
  }
  endSkip(events.at(-1)?.seq ?? 0)
  return isV1 ? inBatches(frames) : frames
}

function inBatches(frames: readonly string[]): string[] {
  const batches: string[][] = []
  let length = Number.POSITIVE_INFINITY
  for (const frame of frames) {
    if (length + frame.length > maxBatchLength) {
      batches.push([])
      length = 0
    }
    batches.at(-1)?.push(frame)
    length += frame.length
  }
  return batches.map((batch) =>
    batch.length === 1 ? (batch[0] ?? '') : `{"type":"batch","events":[${batch.join(',')}]}`,
  )
}

export function readyFrame(ready: Omit<ReadyFrame, 'type'>): string {
  return JSON.stringify({ type: 'ready', ...ready } satisfies ReadyFrame)
}

export function pongFrame(head: { seq: number; epoch: string }): string {
  return JSON.stringify({ type: 'pong', seq: head.seq, epoch: head.epoch })
}

export function errorFrame(code: string, message: string): string {
  return JSON.stringify({ type: 'error', code, message })
}
