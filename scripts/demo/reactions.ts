import type { SentMessage } from '../../test/fake-graph/types.ts'
import { say } from '../lib/terminal.ts'
import type { DemoGraphOptions } from './graph.ts'
import { createRandom } from './random.ts'
import { createResponder } from './responder.ts'
import type { DemoScript } from './script.ts'
import { stories } from './stories.ts'
import { type Entrances, pause, send, sendAloud } from './traffic.ts'

type Scene = { entrances: Entrances; script: DemoScript; aborted: AbortSignal }
/** What the world does about a reply: the platform's marks, and the customer. Needs a scene to play in. */
export type Reactions = Pick<DemoGraphOptions, 'random' | 'deliver' | 'onReply'> & { begin: (scene: Scene) => void }

function nameOf({ platform, to }: SentMessage): string {
  const known = stories.find(({ customer }) => customer.platform === platform && customer.address === to)
  return known?.customer.name ?? to
}

function contentOf({ type, text }: SentMessage): string {
  return type === 'text' ? `«${text ?? ''}»` : `[${type}] ${text ?? ''}`.trim()
}

export function createReactions(seed: number): Reactions {
  const random = createRandom(seed + 3)
  let scene: Scene | null = null
  return {
    random,
    begin: (begun) => {
      scene = begun
    },
    deliver: async (body, platform) => {
      if (scene !== null) await send(scene.entrances, { platform, label: 'a mark on a reply', body }, scene.aborted)
    },
    onReply: (sent, readAfterMs) => {
      say(`← ${sent.platform}: to ${nameOf(sent)}: ${contentOf(sent)}`)
      if (scene === null) return
      const { entrances, script, aborted } = scene
      const respond = createResponder({
        random,
        script,
        send: (request) => sendAloud(entrances, request, aborted),
        wait: (ms) => pause(ms, aborted),
        now: Date.now,
        isOver: () => aborted.aborted,
      })
      void respond(sent, readAfterMs)
    },
  }
}
