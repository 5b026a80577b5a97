import { bytesToHex } from '@noble/hashes/utils.js'
import { decodeBase64 } from '../lib/base64.ts'
import { errorFields, log } from '../lib/log.ts'
import { type MediaFailure, mediaFailures } from './media-rules.ts'
import { headBytes } from './media-type.ts'

/** R2 takes a stream only when its length is known; parts of this size do without. All but the last must be equal. */
const partBytes = 5 * 1024 * 1024

/** What a file has to be like. `length` in bytes and `sha256` where somebody said so. */
export type Expected = { maxBytes: number; length: number | null; sha256: readonly string[] }

export type FileFacts = { size: number; sha256: string; mimeType: string }
export type StoreOutcome = { ok: true; facts: FileFacts } | { ok: false; failure: MediaFailure }

type Target = {
  bucket: R2Bucket
  key: string
  expected: Expected
  /** From the first bytes; null refuses the file. */
  typeOf: (head: Uint8Array) => string | null
  signal: AbortSignal
  /** Called between parts; false: somebody else does this work now. */
  isStillMine: () => Promise<boolean>
}

/** A failure on the way through the loops below; never leaves this file. */
class Interrupted extends Error {
  readonly failure: MediaFailure

  constructor(failure: MediaFailure) {
    super(failure.error.code)
    this.failure = failure
  }
}

/**
 * Copies a stream of any length to R2, counting and hashing what passes. The object appears only as a whole and only when
 * everything about it is right. Parts of an upload that was neither ended nor broken off (a crash) R2 removes by itself
 * after seven days.
 */
export async function storeFile(stream: ReadableStream<Uint8Array>, target: Target): Promise<StoreOutcome> {
  const upload: Upload = { parts: [], multipart: null }
  const reader = stream.getReader()
  try {
    return { ok: true, facts: await copy(reader, target, upload) }
  } catch (error) {
    // Not waited for: a source that hangs would hang here as well.
    reader.cancel().catch(() => undefined)
    await upload.multipart?.abort().catch(() => undefined) // see above: R2 does it later
    if (error instanceof Interrupted) return { ok: false, failure: error.failure }
    throw error
  }
}

type Upload = { parts: R2UploadedPart[]; multipart: R2MultipartUpload | null }
type Reader = ReadableStreamDefaultReader<Uint8Array>

async function copy(reader: Reader, target: Target, upload: Upload): Promise<FileFacts> {
  const { expected } = target
  if ((expected.length ?? 0) > expected.maxBytes) throw new Interrupted(mediaFailures.tooLarge(expected.maxBytes))
  const hash = startHash()
  const buffer = new Uint8Array(Math.min(partBytes, expected.length ?? partBytes))
  const progress = { size: 0, filled: 0, mimeType: '' }
  for (;;) {
    const chunk = await read(reader, target.signal)
    if (chunk === null) break
    progress.size += chunk.byteLength
    if (progress.size > expected.maxBytes) throw new Interrupted(mediaFailures.tooLarge(expected.maxBytes))
    if (progress.size > (expected.length ?? expected.maxBytes)) throw new Interrupted(mediaFailures.brokenOff())
    await hash.add(chunk)
    for (let at = 0; at < chunk.byteLength;) {
      const piece = chunk.subarray(at, at + partBytes - progress.filled)
      buffer.set(piece, progress.filled)
      progress.filled += piece.byteLength
      at += piece.byteLength
      if (progress.filled < partBytes) continue
      progress.mimeType ||= typeOrRefuse(target, buffer)
      await addPart(target, upload, buffer, progress.mimeType)
      progress.filled = 0
    }
  }
  const rest = buffer.subarray(0, progress.filled)
  const facts = {
    size: progress.size,
    sha256: await hash.end(),
    mimeType: progress.mimeType || typeOrRefuse(target, rest),
  }
  refuseUnexpected(facts, expected)
  await finish(target, upload, { rest, mimeType: facts.mimeType })
  return facts
}

/** The next bytes; null at the end. A source that neither goes on nor ends is given up when the time is over. */
async function read(reader: Reader, signal: AbortSignal): Promise<Uint8Array | null> {
  if (signal.aborted) throw new Interrupted(mediaFailures.tooSlow())
  const stopped = Promise.withResolvers<never>()
  const stop = () => stopped.reject(new Interrupted(mediaFailures.tooSlow()))
  signal.addEventListener('abort', stop, { once: true })
  try {
    const { done, value } = await Promise.race([reader.read(), stopped.promise])
    return done ? null : value
  } catch (error) {
    throw error instanceof Interrupted || signal.aborted
      ? new Interrupted(mediaFailures.tooSlow())
      : new Interrupted(mediaFailures.brokenOff())
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function typeOrRefuse({ typeOf }: Target, start: Uint8Array): string {
  const type = typeOf(start.subarray(0, headBytes))
  if (type === null) throw new Interrupted(mediaFailures.wrongType())
  return type
}

async function addPart(target: Target, upload: Upload, part: Uint8Array, mimeType: string): Promise<void> {
  if (!(await target.isStillMine())) throw new Interrupted(mediaFailures.notStored())
  const { bucket, key } = target
  await storing(async () => {
    upload.multipart ??= await bucket.createMultipartUpload(key, { httpMetadata: { contentType: mimeType } })
    upload.parts.push(await upload.multipart.uploadPart(upload.parts.length + 1, part))
  })
}

async function finish(target: Target, upload: Upload, end: { rest: Uint8Array; mimeType: string }): Promise<void> {
  const { bucket, key } = target
  const { multipart, parts } = upload
  if (!(await target.isStillMine())) throw new Interrupted(mediaFailures.notStored())
  await storing(async () => {
    if (multipart === null) {
      await bucket.put(key, end.rest, { httpMetadata: { contentType: end.mimeType } })
      return
    }
    if (end.rest.byteLength > 0) parts.push(await multipart.uploadPart(parts.length + 1, end.rest))
    await multipart.complete(parts)
  })
}

async function storing(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    log('warn', 'media.not_stored', errorFields(error))
    throw new Interrupted(mediaFailures.notStored())
  }
}

/** What is known of an object that was stored before. */
export async function factsOf(object: R2ObjectBody): Promise<FileFacts> {
  const digest = new crypto.DigestStream('SHA-256')
  await object.body.pipeTo(digest)
  const sha256 = bytesToHex(new Uint8Array(await digest.digest))
  return { size: object.size, sha256, mimeType: object.httpMetadata?.contentType ?? 'application/octet-stream' }
}

/** The runtime's own: hashing a hundred megabytes in JavaScript would take all the time that a run has. */
function startHash(): { add: (chunk: Uint8Array) => Promise<void>; end: () => Promise<string> } {
  const digest = new crypto.DigestStream('SHA-256')
  const writer = digest.getWriter()
  return {
    add: (chunk) => writer.write(chunk),
    async end() {
      await writer.close()
      return bytesToHex(new Uint8Array(await digest.digest))
    },
  }
}

function refuseUnexpected(facts: FileFacts, expected: Expected): void {
  const isWhole = expected.length === null || expected.length === facts.size
  if (!isWhole || facts.size === 0) throw new Interrupted(mediaFailures.brokenOff())
  const hashes = expected.sha256.flatMap((said) => hexOf(said) ?? [])
  if (hashes.some((said) => said !== facts.sha256)) throw new Interrupted(mediaFailures.hashMismatch())
}

/** Webhooks give a hash in base64, the API of the same platform in hex; null for what is neither. */
function hexOf(said: string): string | null {
  if (/^[0-9a-f]{64}$/i.test(said)) return said.toLowerCase()
  const bytes = decodeBase64(said)
  return bytes?.length === 32 ? bytesToHex(bytes) : null
}
