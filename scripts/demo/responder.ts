import type { SentMessage } from '../../test/fake-graph/types.ts'
import type { Random } from './random.ts'
import type { DemoRequest } from './request.ts'
import type { DemoScript } from './script.ts'

type Responder = {
  random: Random
  script: Pick<DemoScript, 'answerTo'>
  send: (request: DemoRequest) => Promise<void>
  wait: (ms: number) => Promise<void>
  now: () => number
  isOver: () => boolean
}

/** Lets a customer answer what was typed to them: not every time, and not before they have read it. */
export function createResponder({ random, script, send, wait, now, isOver }: Responder) {
  return async (sent: SentMessage, readAfterMs: number): Promise<void> => {
    if (!random.chance(0.7)) return
    await wait(readAfterMs + random.between(2500, 7000))
    if (isOver()) return
    const { platform, to: address, messageId } = sent
    const request = script.answerTo({ platform, address, messageId }, now())
    if (request !== null) await send(request)
  }
}
