import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { FakeGraph } from './fake-graph.ts'

export type GraphServer = { url: string; close: () => Promise<void> }

async function requestOf(incoming: IncomingMessage, origin: string): Promise<Request> {
  const headers = new Headers()
  for (const [name, value] of Object.entries(incoming.headers)) {
    for (const one of [value ?? []].flat()) headers.append(name, one)
  }
  const method = incoming.method ?? 'GET'
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const body = hasBody ? { body: new Uint8Array(await buffer(incoming)) } : {}
  return new Request(new URL(incoming.url ?? '/', origin), { method, headers, ...body })
}

async function respond(response: Response, outgoing: ServerResponse): Promise<void> {
  const bytes = new Uint8Array(await response.arrayBuffer())
  outgoing.writeHead(response.status, Object.fromEntries(response.headers)).end(bytes)
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => resolve())
  })
}

/** Puts a fake Graph on a port of this machine; where its connection fails, so does the real one. */
export async function serveFakeGraph(handle: FakeGraph['handle'], port = 0): Promise<GraphServer> {
  const server = createServer((incoming, outgoing) => {
    const { port: own } = server.address() as AddressInfo
    requestOf(incoming, `http://127.0.0.1:${own}`)
      .then((request) => handle(request))
      .then((response) => respond(response, outgoing))
      .catch(() => incoming.socket.destroy())
  })
  await listen(server, port)
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close }
}
