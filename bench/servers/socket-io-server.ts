// The same job with Socket.IO 4 on plain Node: connection state recovery, one SQLite row for each message.
import { createHmac, timingSafeEqual } from 'node:crypto'
import { type IncomingMessage, createServer } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Server } from 'socket.io'
import { type SampleMessage, frameOf } from '../frame.ts'
import { messagesTable } from './messages-table.ts'

const [port = '0', stateDir = '.', secret = ''] = process.argv.slice(2)

const db = new DatabaseSync(join(stateDir, 'socket-io.sqlite'))
db.exec('pragma journal_mode = wal; pragma synchronous = normal')
db.exec(messagesTable)
const insert = db.prepare(
  'insert into messages (external_id, sender, body, at) values (?, ?, ?, ?) on conflict (external_id) do nothing',
)

const server = createServer((request, response) => {
  void handle(request).then((status) => response.writeHead(status, { 'content-length': 2 }).end('{}'))
})
// Heartbeats further apart than a round, so that an idle peer does not disturb the one that is measured.
const io = new Server(server, {
  transports: ['websocket'],
  serveClient: false,
  connectionStateRecovery: {},
  pingInterval: 300_000,
})

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

async function handle(request: IncomingMessage): Promise<number> {
  const body = await readBody(request)
  if (request.url === '/publish') {
    io.emit('event', JSON.parse(body.toString()))
    return 200
  }
  if (request.url !== '/webhook') return 404
  if (!isSigned(body, request.headers['x-hub-signature-256'])) return 401
  for (const frame of store(messagesOf(body))) io.emit('event', frame)
  return 200
}

function isSigned(body: Buffer, header: string | string[] | undefined): boolean {
  const wanted = Buffer.from(`sha256=${createHmac('sha256', secret).update(body).digest('hex')}`)
  const given = Buffer.from(String(header ?? ''))
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

function messagesOf(body: Buffer): SampleMessage[] {
  const delivery = JSON.parse(body.toString()) as { entry: { changes: { value: { messages: SampleMessage[] } }[] }[] }
  return delivery.entry.flatMap((entry) => entry.changes.flatMap((change) => change.value.messages))
}

function store(messages: readonly SampleMessage[]): Record<string, unknown>[] {
  db.exec('begin')
  const frames = messages.flatMap((message) => {
    const { changes, lastInsertRowid } = insert.run(message.id, message.from, message.text.body, message.timestamp)
    return changes === 0 ? [] : [frameOf(Number(lastInsertRowid), message)]
  })
  db.exec('commit')
  return frames
}

server.listen(Number(port), '127.0.0.1', 4096)
