// What the platform allows: a Durable Object that does nothing but loop over its sockets, and a Worker that writes one
// row to D1 for each webhook before it tells that object. No accounts, no order, no replay.
import { DurableObject } from 'cloudflare:workers'
import { type PeerEnv, readSigned, storeFrames } from './webhook.ts'

type BareEnv = PeerEnv & { ROOM: DurableObjectNamespace<BareRoom> }

export class BareRoom extends DurableObject<BareEnv> {
  override fetch(): Response {
    const { 0: client, 1: server } = new WebSocketPair()
    this.ctx.acceptWebSocket(server)
    return new Response(null, { status: 101, webSocket: client })
  }

  publish(frames: string[]): void {
    for (const ws of this.ctx.getWebSockets()) {
      for (const frame of frames) ws.send(frame)
    }
  }
}

// oxlint-disable-next-line import/no-default-export -- workerd takes a Worker's entrance from there
export default {
  async fetch(request: Request, env: BareEnv): Promise<Response> {
    const room = env.ROOM.get(env.ROOM.idFromName('room'))
    switch (new URL(request.url).pathname) {
      case '/socket':
        return room.fetch(request)
      case '/publish':
        await room.publish([await request.text()])
        return Response.json({ ok: true })
      case '/webhook': {
        const messages = await readSigned(request, env.APP_SECRET)
        if (messages === null) return new Response('bad signature', { status: 401 })
        await room.publish(await storeFrames(env.DB, messages))
        return Response.json({ received: messages.length })
      }
      default:
        return new Response('not found', { status: 404 })
    }
  },
} satisfies ExportedHandler<BareEnv>
