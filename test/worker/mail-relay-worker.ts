// A Worker that stands in for the mail relay where the inbox runs by itself, as in the demo: bound in its place, it hands
// each mail to a program on this machine, and tells the queue of events what that program says became of it.
import { WorkerEntrypoint } from 'cloudflare:workers'
import type { RelayMail } from '../../src/channels/outbound.ts'

/** `TAKES_MAIL`: where mail is handed to. */
type RelayEnv = { TAKES_MAIL: string; MAIL_EVENTS: Queue }
/** `news`: events of the Email Service for the queue, each when it comes about. */
type Taken = { messageId: string; news: { afterS: number; event: unknown }[] }

export class MailRelay extends WorkerEntrypoint<RelayEnv> {
  async send({ attachments, ...mail }: RelayMail): Promise<{ messageId: string }> {
    const files = attachments.map(({ filename, type, content }) => ({ filename, type, size: content.byteLength }))
    const body = JSON.stringify({ ...mail, files })
    const answer = await fetch(this.env.TAKES_MAIL, { method: 'POST', body })
    if (!answer.ok) throw new Error(`the mail was answered ${answer.status}`)
    const { messageId, news } = await answer.json<Taken>()
    for (const { afterS, event } of news) await this.env.MAIL_EVENTS.send(event, { delaySeconds: afterS })
    return { messageId }
  }
}

// eslint-disable-next-line import/no-default-export -- a Worker has one
export default { fetch: () => new Response(null, { status: 404 }) } satisfies ExportedHandler
