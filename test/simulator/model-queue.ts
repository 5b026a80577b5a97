import type { Faults } from './faults.ts'

type Waiting = { body: unknown; dueAt: number; attempts: number }

/** A queue that loses messages, hands them out twice and in any order, and takes its time. */
export type ModelQueue = {
  waiting: Waiting[]
  /** What the Worker puts messages in by. */
  binding: Queue
  /** Messages to hand out now; they are gone from the queue, but for those it will hand out once more. */
  take(now: number, limit: number): Message[]
  restart(): void
}

export function createModelQueue(faults: Faults, now: () => number): ModelQueue {
  function put(bodies: readonly unknown[]): void {
    for (const body of bodies) {
      const fate = faults.queued()
      const copies = { kept: 1, lost: 0, doubled: 2 }[fate]
      for (let copy = 0; copy < copies; copy++) queue.waiting.push({ body, dueAt: now(), attempts: 0 })
    }
  }

  async function send(bodies: readonly unknown[]): Promise<void> {
    const moment = faults.queueCall()
    if (moment === 'before') throw new Error('Queue sendBatch failed: Service Unavailable')
    put(bodies)
    if (moment === 'after') throw new Error('Network connection lost.')
    return Promise.resolve()
  }

  function messageOf({ body, attempts }: Waiting): Message {
    return {
      id: crypto.randomUUID(),
      timestamp: new Date(now()),
      body,
      attempts: attempts + 1,
      ack: () => undefined,
      retry: ({ delaySeconds = 0 } = {}) =>
        void queue.waiting.push({ body, attempts: attempts + 1, dueAt: now() + delaySeconds * 1000 }),
    }
  }

  const queue: ModelQueue = {
    waiting: [],
    binding: {
      send: (body: unknown) => send([body]),
      sendBatch: (messages: Iterable<MessageSendRequest>) => send([...messages].map(({ body }) => body)),
    } as unknown as Queue,
    take(at, limit) {
      const due = faults.inAnyOrder(queue.waiting.filter(({ dueAt }) => dueAt <= at)).slice(0, limit)
      const again = due.filter(() => faults.isHandedOutAgain())
      queue.waiting = [...queue.waiting.filter((one) => !due.includes(one)), ...again]
      return due.map(messageOf)
    },
    restart() {
      queue.waiting = []
    },
  }
  return queue
}
