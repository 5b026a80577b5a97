import type { SentMessage } from '../../test/fake-graph/types.ts'
import { say } from '../lib/terminal.ts'
import type { DemoGraphOptions } from './graph.ts'
import type { DemoRelayOptions, SentMail } from './mail-relay.ts'
import { createRandom } from './random.ts'
import { createResponder, type Reply } from './responder.ts'
import { readAct } from './telegram-act.ts'
import type { TelegramReply } from './telegram-replies.ts'
import type { DemoScript } from './script.ts'
import { stories } from './stories.ts'
import type { Customer } from './story.ts'
import { type Entrances, pause, send, sendAloud } from './traffic.ts'

type Scene = { entrances: Entrances; script: DemoScript; aborted: AbortSignal }
/** What the world does about a reply: the platform's marks, and the customer. Needs a scene to play in. */
export type Reactions = Pick<DemoGraphOptions, 'random' | 'deliver' | 'onReply'> &
  Pick<DemoRelayOptions, 'onMail'> & { onTelegram: (reply: TelegramReply) => void; begin: (scene: Scene) => void }

function customerOf({ platform, to }: Pick<Reply, 'platform' | 'to'>): Customer | undefined {
  return stories.find(({ customer }) => customer.platform === platform && customer.address === to)?.customer
}

const nameOf = (reply: Pick<Reply, 'platform' | 'to'>) => customerOf(reply)?.name ?? reply.to

function contentOf({ type, text }: SentMessage): string {
  return type === 'text' ? `«${text ?? ''}»` : `[${type}] ${text ?? ''}`.trim()
}

const mediaWords = new Map([
  ['messageMediaPhoto', 'image'],
  ['messageMediaDocument', 'file'],
])

function telegramLine({ media, text }: TelegramReply): string {
  const files = media.map((kind) => `[${mediaWords.get(kind) ?? kind}] `).join('')
  return text === '' ? files.trimEnd() : `${files}«${text}»`
}

/** With what ties it to its thread: the mail it answers, and how many came before. */
function mailLine({ text, filenames, inReplyTo, references }: SentMail): string {
  const files = filenames.map((name) => `[${name}] `).join('')
  return `${files}«${text.replaceAll(/\s+/g, ' ')}» (In-Reply-To <${inReplyTo}>, ${references.length} References)`
}

export function createReactions(seed: number): Reactions {
  const random = createRandom(seed + 3)
  let scene: Scene | null = null
  const respond = (reply: Reply, readAfterMs: number) => {
    if (scene === null) return
    const { entrances, script, aborted } = scene
    const answer = createResponder({
      random,
      script,
      send: (request) => sendAloud(entrances, request, aborted),
      wait: (ms) => pause(ms, aborted),
      now: Date.now,
      isOver: () => aborted.aborted,
    })
    void answer(reply, readAfterMs)
  }
  const markRead = async (to: string, messageId: string, afterMs: number) => {
    const customer = customerOf({ platform: 'telegram', to })
    if (scene === null || customer === undefined) return
    const { entrances, aborted } = scene
    await pause(afterMs, aborted)
    const act = readAct(customer, messageId, Date.now())
    await send(entrances, { platform: 'telegram', label: 'a mark on a reply', act }, aborted)
  }
  return {
    random,
    begin: (begun) => {
      scene = begun
    },
    deliver: async (body, platform) => {
      if (scene !== null) await send(scene.entrances, { platform, label: 'a mark on a reply', body }, scene.aborted)
    },
    onReply: (sent, readAfterMs) => {
      const { platform, to, messageId } = sent
      say(`← ${platform}: to ${nameOf(sent)}: ${contentOf(sent)}`)
      respond({ platform, to, messageId }, readAfterMs)
    },
    onTelegram: (reply) => {
      const { peer: to, lastId } = reply
      const messageId = String(lastId)
      say(`← telegram: to ${nameOf({ platform: 'telegram', to })}: ${telegramLine(reply)}`)
      const readAfterMs = random.between(1200, 5000)
      void markRead(to, messageId, readAfterMs)
      respond({ platform: 'telegram', to, messageId }, readAfterMs)
    },
    onMail: (mail, deliveredAfterMs) => {
      const { to, messageId } = mail
      say(`← email: to ${nameOf({ platform: 'email', to })}: ${mailLine(mail)}`)
      respond({ platform: 'email', to, messageId, mail: { ...mail, at: Date.now() } }, deliveredAfterMs)
    },
  }
}
