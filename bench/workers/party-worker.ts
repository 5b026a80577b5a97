// The same job with PartyServer, as its documentation shows it: a hibernating server that broadcasts.
import { Server, getServerByName, routePartykitRequest } from 'partyserver'
import { type PeerEnv, readSigned, storeFrames } from './webhook.ts'

type PartyEnv = Env & PeerEnv & { Room: DurableObjectNamespace<Room> }

export class Room extends Server<PartyEnv> {
  static override options = { hibernate: true }

  publish(frames: string[]): void {
    for (const frame of frames) this.broadcast(frame)
  }
}

// oxlint-disable-next-line import/no-default-export -- workerd takes a Worker's entrance from there
export default {
  async fetch(request: Request, env: PartyEnv): Promise<Response> {
    switch (new URL(request.url).pathname) {
      case '/publish': {
        const room = await getServerByName(env.Room, 'room')
        await room.publish([await request.text()])
        return Response.json({ ok: true })
      }
      case '/webhook': {
        const messages = await readSigned(request, env.APP_SECRET)
        if (messages === null) return new Response('bad signature', { status: 401 })
        const frames = await storeFrames(env.DB, messages)
        const room = await getServerByName(env.Room, 'room')
        await room.publish(frames)
        return Response.json({ received: messages.length })
      }
      default:
        return (await routePartykitRequest(request, env)) ?? new Response('not found', { status: 404 })
    }
  },
} satisfies ExportedHandler<PartyEnv>
