import { z } from 'zod'
import { serveFakeGraph } from '../../test/fake-graph/serve.ts'
import { accountIds } from './accounts.ts'
import { drawPicture, type PictureName } from './pictures.ts'
import type { Random } from './random.ts'

/** A mail as the stand-in of the relay hands it on (`test/worker/mail-relay-worker.ts`). */
const HandedMail = z.object({
  from: z.union([z.string(), z.object({ email: z.string() })]),
  to: z.string(),
  replyTo: z.string().optional(),
  subject: z.string(),
  text: z.string(),
  headers: z.record(z.string(), z.string()),
  files: z.array(z.object({ filename: z.string() })),
})

/** An answer that was typed in the inbox, as its recipient has it. */
export type SentMail = {
  messageId: string
  from: string
  to: string
  /** Where answers go. */
  replyTo: string
  subject: string
  text: string
  inReplyTo: string
  /** Oldest first, without brackets. */
  references: string[]
  filenames: string[]
}

export type DemoRelay = {
  /** Where mail is handed to. */
  takesMail: string
  /** Where the pictures of customers' own servers are. */
  pictureAt: (name: PictureName) => string
  close: () => Promise<void>
}

export type DemoRelayOptions = {
  random: Random
  /** In the ids of mails: two runs over one kept database must not share any. */
  runId: number
  now: () => number
  /** It was taken, and will be with its recipient after this time. */
  onMail: (mail: SentMail, deliveredAfterMs: number) => void
}

const pictureNames: readonly PictureName[] = ['certificate', 'passport', 'receipt', 'diploma', 'street', 'story']
const idsIn = (header = '') => [...header.matchAll(/<([^<>]+)>/g)].map(([, id = '']) => id)

/** What the Email Service tells by the queue of a mail that has arrived. */
function deliveredEvent({ messageId, from, to }: SentMail, at: number): unknown {
  return {
    type: 'cf.email.sending.message.delivered',
    source: { type: 'email.sending', domain: from.slice(from.indexOf('@') + 1) },
    payload: { messageId: `<${messageId}>`, sender: from, recipient: to, delivery: { smtpStatusCode: '250' } },
    metadata: { eventTimestamp: new Date(at).toISOString() },
  }
}

function sentMail(handed: z.infer<typeof HandedMail>, messageId: string): SentMail {
  const { from, to, subject, text, headers, files } = handed
  const sender = typeof from === 'string' ? from : from.email
  return {
    ...{ messageId, from: sender, to, subject, text, replyTo: handed.replyTo ?? sender },
    inReplyTo: idsIn(headers['In-Reply-To'])[0] ?? '',
    references: idsIn(headers['References']),
    filenames: files.map(({ filename }) => filename),
  }
}

/** What the demo answers to the stand-in of the relay, and to browsers that ask for a picture in a mail. */
export function createRelayHandler({ random, runId, now, onMail }: DemoRelayOptions) {
  let count = 0
  const take = async (request: Request): Promise<Response> => {
    const handed = HandedMail.parse(await request.json())
    count += 1
    const mail = sentMail(handed, `sent.${runId}.${count}@${accountIds.email.replace(/^.*@/, '')}`)
    const afterS = random.between(1, 2)
    onMail(mail, afterS * 1000)
    const news = [{ afterS, event: deliveredEvent(mail, now() + afterS * 1000) }]
    return Response.json({ messageId: `<${mail.messageId}>`, news })
  }
  return async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url)
    if (request.method === 'POST' && pathname === '/mail') return take(request)
    const name = pictureNames.find((one) => pathname === `/pictures/${one}.png`)
    if (name === undefined) return new Response(null, { status: 404 })
    return new Response(drawPicture(name, 7), { headers: { 'content-type': 'image/png' } })
  }
}

/** Starts it on a port of this machine. */
export async function startDemoRelay(options: DemoRelayOptions): Promise<DemoRelay> {
  const { url, close } = await serveFakeGraph(createRelayHandler(options))
  return { takesMail: `${url}/mail`, pictureAt: (name) => `${url}/pictures/${name}.png`, close }
}
