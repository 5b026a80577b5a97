import type { Random } from './random.ts'
import type { DemoRequest } from './request.ts'
import type { DemoScript, Received } from './script.ts'

type Responder = {
  random: Random
  script: Pick<DemoScript, 'answerTo'>
  send: (request: DemoRequest) => Promise<void>
  wait: (ms: number) => Promise<void>
  now: () => number
  isOver: () => boolean
}

/** A reply as its customer has it. */
export type Reply = Omit<Received, 'address'> & { to: string }

/** Lets a customer answer what was typed to them: not every time, but for mail, and not before they have read it. */
export function createResponder({ random, script, send, wait, now, isOver }: Responder) {
  return async ({ to: address, ...sent }: Reply, readAfterMs: number): Promise<void> => {
    if (sent.platform !== 'email' && !random.chance(0.7)) return
    await wait(readAfterMs + random.between(2500, 7000))
    if (isOver()) return
    const request = script.answerTo({ ...sent, address }, now())
    if (request !== null) await send(request)
  }
}
