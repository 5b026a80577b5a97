import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { FakeDataCenter } from './fake-data-center.ts'

/** What can be called from outside, with its arguments as a JSON list: `POST /say [{"from":1001,"to":1002,"text":"hello"}]`. */
const callable = [
  'addUser',
  'addAccount',
  'addGroup',
  'addSupergroup',
  'addChannel',
  'say',
  'sayAll',
  'sayPhoto',
  'sayDocument',
  'edit',
  'delete',
  'react',
  'read',
  'migrate',
  'dropPushes',
  'loseAnswers',
  'cutConnections',
  'freeze',
  'revoke',
  'floodWait',
  'expireFileReferences',
  'changeSalts',
  'sessionOf',
  'stateOf',
  'scanQr',
  'sent',
] as const
type Name = (typeof callable)[number]

/** Runs the data centre from another process, over HTTP on loopback. `GET /`: where it listens, and its public key. */
export function serveControl(dc: FakeDataCenter, port: number): Promise<Server> {
  const server = createServer((request, response) => {
    answer(dc, request).then(
      (body) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      (error: unknown) => response.writeHead(400).end(JSON.stringify({ error: String(error) })),
    )
  })
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(server)))
}

async function answer(dc: FakeDataCenter, request: IncomingMessage): Promise<unknown> {
  const name = (request.url ?? '/').slice(1)
  if (name === '') return { port: dc.port, public_key: dc.publicKey, connections: dc.connections, notes: dc.notes }
  if (!callable.includes(name as Name)) throw new Error(`no such thing: ${name}`)
  const args = JSON.parse((await textOf(request)) || '[]') as unknown[]
  const result = (dc[name as Name] as (...args: unknown[]) => unknown).apply(dc, args)
  return plain(result)
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString()
}

/** Maps become objects; of an account only its user is anybody's business. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value)
  if (typeof value === 'object' && value !== null && 'box' in value && 'user' in value) return value.user
  return value ?? null
}
