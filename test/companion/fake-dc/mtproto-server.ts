import { createServer, type AddressInfo, type Server } from 'node:net'
import { Long, type mtp, type tl } from '@mtcute/node'
import { authKey, open, randomLong, readLong, readyCrypto, seal, type AuthKey } from './cipher.ts'
import { Handshake, makeServerKey, type ServerKey } from './handshake.ts'
import { containerId, reader, readRequest, writeObject, writeRpcResult, type Request } from './tl-codec.ts'
import { Wire } from './wire.ts'

/** A refusal as Telegram words it: a code like HTTP's, and a name such as PEER_ID_INVALID. */
export class RpcFailure extends Error {
  readonly code: number
  constructor(code: number, name: string) {
    super(name)
    this.code = code
  }
}

/** One authorization key and what became of it. `failure`: what every request under it is answered with. */
export type KeyRecord<Login> = AuthKey & { salt: Long; login: Login | null; failure: RpcFailure | null }
/** One session of a key. `hearsUpdates`: it asked for the state, so it is told of what happens. */
export type Session<Login> = {
  record: KeyRecord<Login>
  id: Long
  wire: Wire
  hearsUpdates: boolean
  seqNo: number
  /** Requests that were taken up: an answer that was lost is asked for by state, and the request made again. */
  taken: Set<string>
}
export type ServerRules<Login> = {
  answer(session: Session<Login>, request: Request): unknown
  /** Whether this answer shall be lost on its way. */
  losesAnswer(request: Request): boolean
  note(line: string): void
}

const wrappers = new Set([
  'invokeWithLayer',
  'initConnection',
  'invokeWithoutUpdates',
  'invokeAfterMsg',
  'invokeAfterMsgs',
  'invokeWithTakeout',
])

/** The protocol below the methods: keys, sessions, salts, containers, acknowledgements, over TCP on loopback. */
export class MtprotoServer<Login> {
  readonly key: ServerKey
  readonly keys = new Map<string, KeyRecord<Login>>()
  readonly sessions = new Map<string, Session<Login>>()
  readonly wires = new Set<Wire>()
  #rules: ServerRules<Login>
  #server: Server
  #lastMsgId = 0n
  isBlackHole = false
  connections = 0

  constructor(rules: ServerRules<Login>) {
    this.key = makeServerKey()
    this.#rules = rules
    this.#server = createServer((socket) => {
      const wire = new Wire(socket, (frame) => this.#receive(wire, frame))
      wire.isFrozen = this.isBlackHole
      this.connections += 1
      this.wires.add(wire)
      const handshake = new Handshake(this.key)
      this.#handshakes.set(wire, handshake)
      socket.on('close', () => this.wires.delete(wire))
    })
  }
  #handshakes = new WeakMap<Wire, Handshake>()

  async listen(port = 0): Promise<number> {
    await readyCrypto()
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, '127.0.0.1', resolve)
    })
    return (this.#server.address() as AddressInfo).port
  }

  async close(): Promise<void> {
    for (const wire of this.wires) wire.cut()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }

  /** Makes a key known that was agreed upon elsewhere. */
  addKey(key: Uint8Array, login: Login | null): KeyRecord<Login> {
    const record = { ...authKey(key), salt: randomLong(), login, failure: null }
    this.keys.set(record.id, record)
    return record
  }

  push(session: Session<Login>, updates: tl.TypeUpdates): void {
    this.#send(session, writeObject(updates), true)
  }

  #receive(wire: Wire, frame: Buffer): void {
    try {
      if (frame.readUInt32LE(0) === 0 && frame.readUInt32LE(4) === 0) this.#shakeHands(wire, frame)
      else this.#receiveSealed(wire, frame)
    } catch (error) {
      this.#rules.note(`unreadable frame: ${error instanceof Error ? error.message : String(error)}`)
      wire.cut()
    }
  }

  #shakeHands(wire: Wire, frame: Buffer): void {
    const step = this.#handshakes.get(wire)?.step(reader(frame.subarray(20)).object() as mtp.TlObject)
    if (!step) return wire.sendError(404)
    if (step.made) this.addKey(step.made.key, null).salt = step.made.salt
    const body = writeObject(step.answer)
    const head = Buffer.alloc(20)
    const msgId = this.#nextMsgId(1)
    head.writeBigInt64LE(BigInt(msgId.toString()), 8)
    head.writeUInt32LE(body.length, 16)
    wire.send(Buffer.concat([head, body]))
  }

  #receiveSealed(wire: Wire, frame: Buffer): void {
    const record = this.keys.get(frame.subarray(0, 8).toString('hex'))
    if (!record) return wire.sendError(404)
    const envelope = open(record, frame)
    if (envelope === null) return wire.sendError(404)
    const session = this.#sessionOf(record, envelope.sessionId, wire, envelope.msgId)
    if (!envelope.salt.eq(record.salt)) {
      const { msgId: badMsgId, seqNo: badMsgSeqno } = envelope
      const newServerSalt = record.salt
      const bad = { _: 'mt_bad_server_salt', badMsgId, badMsgSeqno, errorCode: 48, newServerSalt } as const
      return this.#send(session, writeObject(bad), false)
    }
    for (const { msgId, body } of this.#unpack(envelope.msgId, envelope.body)) this.#handle(session, msgId, body)
  }

  #unpack(msgId: Long, body: Buffer): { msgId: Long; body: Buffer }[] {
    if (body.readUInt32LE(0) !== containerId) return [{ msgId, body }]
    let at = 8
    return Array.from({ length: body.readUInt32LE(4) }, () => {
      const length = body.readUInt32LE(at + 12)
      const message = { msgId: readLong(body, at), body: body.subarray(at + 16, at + 16 + length) }
      at += 16 + length
      return message
    })
  }

  #sessionOf(record: KeyRecord<Login>, id: Long, wire: Wire, firstMsgId: Long): Session<Login> {
    const name = `${record.id}:${id.toString()}`
    const known = this.sessions.get(name)
    if (known) {
      known.wire = wire
      return known
    }
    const session = { record, id, wire, hearsUpdates: false, seqNo: 0, taken: new Set<string>() }
    this.sessions.set(name, session)
    const created = {
      _: 'mt_new_session_created',
      firstMsgId,
      uniqueId: randomLong(),
      serverSalt: record.salt,
    } as const
    this.#send(session, writeObject(created), true)
    return session
  }

  #handle(session: Session<Login>, msgId: Long, body: Buffer): void {
    const request = readRequest(reader(body))
    if (!request._.startsWith('mt_')) return this.#call(session, msgId, request)
    const answer = this.#serve(session, msgId, request as mtp.TlObject)
    if (answer !== null) this.#send(session, writeObject(answer), answer._ !== 'mt_msgs_state_info')
  }

  #serve(session: Session<Login>, msgId: Long, request: mtp.TlObject): mtp.TlObject | null {
    switch (request._) {
      case 'mt_ping':
      case 'mt_ping_delay_disconnect':
        return { _: 'mt_pong', msgId, pingId: request.pingId }
      case 'mt_get_future_salts':
        return { _: 'mt_future_salts', reqMsgId: msgId, now: seconds(), salts: futureSalts(session.record.salt) }
      case 'mt_msgs_state_req': {
        // 4: received; 64: its answer was made. What is unknown here never arrived (2).
        const info = Buffer.from(request.msgIds.map((id) => (session.taken.has(id.toString()) ? 4 | 64 : 2)))
        return { _: 'mt_msgs_state_info', reqMsgId: msgId, info }
      }
      case 'mt_destroy_session':
        this.sessions.delete(`${session.record.id}:${request.sessionId.toString()}`)
        return { _: 'mt_destroy_session_ok', sessionId: request.sessionId }
      case 'mt_rpc_drop_answer':
        this.#send(session, writeRpcResult(msgId, { _: 'mt_rpc_answer_unknown' }), true)
        return null
      case 'mt_destroy_auth_key':
        this.keys.delete(session.record.id)
        return { _: 'mt_destroy_auth_key_ok' }
      default:
        return null
    }
  }

  #call(session: Session<Login>, msgId: Long, wrapped: Request): void {
    let request = wrapped
    while (request.query && wrappers.has(request._)) request = request.query
    session.taken.add(msgId.toString())
    const result = this.#answer(session, request)
    if (!this.#rules.losesAnswer(request)) this.#send(session, writeRpcResult(msgId, result), true)
  }

  #answer(session: Session<Login>, request: Request): unknown {
    const { failure } = session.record
    try {
      if (failure) throw failure
      return this.#rules.answer(session, request)
    } catch (error) {
      if (!(error instanceof RpcFailure)) this.#rules.note(`${request._}: ${String(error)}`)
      const [errorCode, errorMessage] = error instanceof RpcFailure ? [error.code, error.message] : [400, 'FAKE_FAULT']
      return { _: 'mt_rpc_error', errorCode, errorMessage }
    }
  }

  #send(session: Session<Login>, body: Buffer, isContent: boolean): void {
    const seqNo = session.seqNo * 2 + (isContent ? 1 : 0)
    if (isContent) session.seqNo += 1
    const { record, id: sessionId, wire } = session
    // Odd ids only: 1 modulo 4 answers, 3 is told unasked. The library looks at the last bit.
    wire.send(seal(record, { salt: record.salt, sessionId, msgId: this.#nextMsgId(1), seqNo, body }))
  }

  #nextMsgId(rest: number): Long {
    const made = (BigInt(Date.now()) << 32n) / 1000n
    const next = made - (made % 4n) + BigInt(rest)
    this.#lastMsgId = next > this.#lastMsgId ? next : this.#lastMsgId + 4n
    return Long.fromString(this.#lastMsgId.toString())
  }
}

const seconds = () => Math.floor(Date.now() / 1000)
function futureSalts(salt: Long): mtp.RawMt_future_salt[] {
  const hour = 3600
  // All of them the present one: this server does not change its salt by itself.
  return Array.from({ length: 64 }, (_, at) => {
    const validSince = seconds() + (at + 1) * hour
    return { _: 'mt_future_salt', validSince, validUntil: validSince + 2 * hour, salt }
  })
}
