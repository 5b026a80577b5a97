import type { EventPage } from '../../src/protocol/api.ts'
import { epoch, eventPage, newMessage, pong, ready, skip } from './builders.ts'
import type { FakeSocket } from './fake-environment.ts'

/** A hub with a journal and a short memory, whose frames the test may lose, repeat or hold back. */
export type FakeServer = {
  head(): number
  fetchEvents(since: number): Promise<EventPage>
  /** Answers the upgrade: `ready`, and the replay where the memory reaches back far enough. */
  accept(socket: FakeSocket): void
  /** Commits one event; `hidden`: this socket may not see it. Sends nothing by itself. */
  commit(isHidden: boolean): number
  frameOf(seq: number): unknown
  pong(): unknown
  visible(): number[]
}

export function createFakeServer(memory: number): FakeServer {
  const hidden = new Set<number>()
  let head = 0
  const frameOf = (seq: number): unknown => (hidden.has(seq) ? skip(seq, seq) : newMessage(seq))
  const after = (seq: number): number[] =>
    Array.from({ length: Math.max(0, head - seq) }, (_, index) => seq + index + 1)
  return {
    head: () => head,
    async fetchEvents(since) {
      const numbers = after(since).slice(0, 4)
      const events = numbers.filter((seq) => !hidden.has(seq)).map((seq) => newMessage(seq))
      const seq = numbers.at(-1) ?? since
      return eventPage(events, since, { seq, more: seq < head })
    },
    accept(socket) {
      const since = Number(new URL(socket.request.url).searchParams.get('since') ?? head)
      const isResumed = head - since <= memory
      socket.accept()
      socket.receive(ready(head, isResumed ? {} : { resumed: false, reason: 'too_far' }))
      const replay = isResumed ? after(since).map(frameOf) : []
      if (replay.length > 0) socket.receive({ type: 'batch', events: replay })
    },
    commit(isHidden) {
      head += 1
      if (isHidden) hidden.add(head)
      return head
    },
    frameOf,
    pong: () => pong(head, epoch),
    visible: () => after(0).filter((seq) => !hidden.has(seq)),
  }
}
