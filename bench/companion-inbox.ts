import { z } from 'zod'
import { findFreePort } from '../scripts/lib/http.ts'
import { EventPage } from '../src/protocol/api.ts'
import { ask } from './companion-ask.ts'
import { startMiniflare } from './peers/child.ts'
import { adminToken, inboxSpec, mintToken, post } from './peers/edge-inbox.ts'

/** The Worker with a tenant of its own, as a companion and one of the staff see it. */
export type CompanionInbox = {
  url: string
  /** With what a companion may do. */
  serviceKey: string
  addTelegramChannel: (externalId: string) => Promise<void>
  /** The newest number of the journal. */
  head: () => Promise<number>
  events: (since: number) => Promise<EventPage>
  /** Calls back with the text of each new message as its frame comes in: it was committed before. */
  listen: (heard: (content: string) => void) => Promise<{ close: () => void }>
  /** Ends the Worker; what it has stored stays. */
  takeAway: () => Promise<void>
  bringBack: () => Promise<void>
  stop: () => Promise<void>
}

const Created = z.object({ tenant: z.object({ id: z.string() }), service_key: z.string() })
const Frame = z.object({ type: z.string(), message: z.object({ content: z.string() }).optional() })
const events = '/api/v1/communications/events'

export async function startCompanionInbox(workDir: string): Promise<CompanionInbox> {
  const port = await findFreePort()
  const url = `http://127.0.0.1:${port}`
  const spec = await inboxSpec(port, workDir)
  let server = await startMiniflare(spec)
  const admin = `${url}/api/v1/admin/tenants`
  const created = Created.parse(await post(admin, adminToken(), { name: 'Bench' }))
  const tenant = `${admin}/${created.tenant.id}`
  const wishes = { name: 'Companion', scopes: ['ingest', 'companion'] }
  const made = Created.pick({ service_key: true }).parse(await post(`${tenant}/service-keys`, adminToken(), wishes))
  const userId = crypto.randomUUID()
  const authorization = `Bearer ${await mintToken(url, created.service_key, userId)}`

  async function page(since: number, limit: number): Promise<EventPage> {
    const query = `since=${since}&limit=${limit}`
    const { status, body } = await ask('The Worker', `${url}${events}?${query}`, { headers: { authorization } })
    if (status !== 200) throw new Error(`The journal was answered ${status}: ${JSON.stringify(body)}`)
    return EventPage.parse(body)
  }
  return {
    url,
    serviceKey: made.service_key,
    async addTelegramChannel(externalId) {
      const channel = { platform: 'telegram', external_id: externalId, name: 'Bench' }
      await post(`${tenant}/channels`, adminToken(), channel)
    },
    // Past the head there is nothing to send, and the head is told.
    head: async () => (await page(Number.MAX_SAFE_INTEGER, 1)).seq,
    events: (since) => page(since, 1000),
    listen: (heard) => listen(`${url.replace('http', 'ws')}/api/v1/communications/ws/${userId}`, authorization, heard),
    takeAway: () => server.stop(),
    async bringBack() {
      server = await startMiniflare({ ...spec, schema: [] })
    },
    stop: () => server.stop(),
  }
}

async function listen(url: string, authorization: string, heard: (content: string) => void) {
  // Node's own WebSocket takes headers, which a browser's does not: its type knows nothing of them.
  const socket = new WebSocket(url, { headers: { authorization } } as unknown as string[])
  const isReady = new Promise<void>((resolve, reject) => {
    socket.addEventListener('error', () => reject(new Error(`No socket to ${url}`)))
    socket.addEventListener('message', ({ data }) => {
      const frame = Frame.parse(JSON.parse(String(data)))
      if (frame.type === 'ready') resolve()
      if (frame.type === 'new_message') heard(frame.message?.content ?? '')
    })
  })
  await isReady
  return { close: () => socket.close() }
}
