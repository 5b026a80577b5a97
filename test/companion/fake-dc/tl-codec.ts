import { createRequire } from 'node:module'
import { gzipSync, unzipSync } from 'node:zlib'
import type { Long, mtp, tl } from '@mtcute/node'
import { __tlReaderMap, __tlWriterMap, TlBinaryReader, TlBinaryWriter } from '@mtcute/node/utils.js'

type Modifiers = { predicate?: string; isVector?: boolean; isBareVector?: boolean }
type Argument = { name: string; type: string; typeModifiers?: Modifiers }
type Method = { kind: string; name: string; id: number; arguments: Argument[] }
const schema = createRequire(import.meta.url)('@mtcute/core/tl/api-schema.json') as { e: Method[] }
// The library can read every type, but no method: it never receives one.
const methods = new Map(schema.e.filter(({ kind }) => kind === 'method').map((method) => [method.id, method]))

export const gzipId = 0x3072cfa1
export const containerId = 0x73f1f8dc
const resultId = 0xf35c6d01
const vectorId = 0x1cb5c415
const boolIds = { true: 0x997275b5, false: 0xbc799737 } as const

const camel = (name: string) => name.replaceAll(/_([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase())
export const reader = (body: Uint8Array) => new TlBinaryReader(__tlReaderMap, body)

/** A request as the client wrote it, its wrappers (layer, connection, order) still around it. */
export type Request = { _: string; query?: Request } & Record<string, unknown>
export type ServiceMessage = mtp.TlObject | tl.TlObject

/** Reads whatever a client may send: a method, packed or not, or one of the protocol's own messages. */
export function readRequest(from: TlBinaryReader): Request {
  const id = from.uint()
  if (id === gzipId) return readRequest(reader(unzipSync(from.bytes())))
  const method = methods.get(id)
  return method ? readMethod(from, method) : (from.object(id) as Request)
}

function readMethod(from: TlBinaryReader, method: Method): Request {
  const request: Request = { _: method.name }
  const flags: Record<string, number> = {}
  for (const argument of method.arguments) {
    if (argument.type === '#') {
      flags[argument.name] = from.uint()
      continue
    }
    const [field = '', bit = ''] = argument.typeModifiers?.predicate?.split('.') ?? []
    if (field !== '' && ((flags[field] ?? 0) & (1 << Number(bit))) === 0) continue
    request[camel(argument.name)] = readArgument(from, argument)
  }
  return request
}

function readArgument(from: TlBinaryReader, { type, typeModifiers }: Argument): unknown {
  if (type === 'true') return true
  if (type === '!X') return readRequest(from)
  const read = () => readValue(from, type)
  return typeModifiers?.isVector === true ? from.vector(read) : read()
}

function readValue(from: TlBinaryReader, type: string): unknown {
  switch (type) {
    case 'int':
      return from.int()
    case 'long':
      return from.long()
    case 'int53':
      return from.int53()
    case 'double':
      return from.double()
    case 'string':
      return from.string()
    case 'bytes':
      return from.bytes()
    case 'int256':
      return from.int256()
    default:
      return from.object()
  }
}

export function writeObject(object: ServiceMessage): Buffer {
  // The library never has to write these, and cannot.
  if (object._ === 'mt_future_salts') return writeFutureSalts(object)
  return Buffer.from(TlBinaryWriter.serializeObject(__tlWriterMap, object as { _: string }))
}

function writeFutureSalts({ reqMsgId, now, salts }: mtp.RawMt_future_salts): Buffer {
  const writer = TlBinaryWriter.manual(20 + salts.length * 16)
  writer.uint(0xae500895)
  writer.long(reqMsgId)
  writer.int(now)
  writer.uint(salts.length)
  for (const { validSince, validUntil, salt } of salts) {
    writer.int(validSince)
    writer.int(validUntil)
    writer.long(salt)
  }
  return Buffer.from(writer.result())
}

function uint(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** The result of a method: an object, a list of objects or a yes or no. */
export function writeResult(result: unknown): Buffer {
  if (typeof result === 'boolean') return uint(boolIds[`${result}`])
  if (Array.isArray(result)) return Buffer.concat([uint(vectorId), uint(result.length), ...result.map(writeResult)])
  return writeObject(result as ServiceMessage)
}

/** An answer to the request `to`; larger ones are packed, as the real server does. */
export function writeRpcResult(to: Long, result: unknown): Buffer {
  const head = Buffer.alloc(12)
  head.writeUInt32LE(resultId)
  head.writeInt32LE(to.low, 4)
  head.writeInt32LE(to.high, 8)
  const body = writeResult(result)
  return Buffer.concat([head, body.length > 512 ? packed(body) : body])
}

function packed(body: Buffer): Buffer {
  const data = gzipSync(body)
  const writer = TlBinaryWriter.manual(data.length + 16)
  writer.uint(gzipId)
  writer.bytes(data)
  return Buffer.from(writer.result())
}
