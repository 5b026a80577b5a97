import { AppError } from '../lib/app-error.ts'

/** Largest webhook or broadcast body that is read, in bytes. */
export const maxBodyBytes = 4 * 1024 * 1024

/** The runtime hands encoded bodies on as they are. Nobody who calls us encodes, and unpacking invites bombs. */
export function refuseEncodedBody(request: Request): void {
  if (request.headers.has('content-encoding')) {
    throw new AppError('body.encoded', 415, 'Send the body as it is, without Content-Encoding.')
  }
}

/**
 * The raw bytes of a body, at most `maxBytes` of them. Counts what really arrives: the Content-Length header may be
 * missing or may lie.
 * @throws AppError 413 `body.too_large`; the rest is not read.
 */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  if (request.body === null) return new Uint8Array(0)
  const reader = (request.body as ReadableStream<Uint8Array>).getReader()
  const chunks: Uint8Array[] = []
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return concatenate(chunks, size)
    size += value.byteLength
    if (size > maxBytes) {
      await reader.cancel()
      throw new AppError('body.too_large', 413, `The body is larger than ${maxBytes} bytes.`)
    }
    chunks.push(value)
  }
}

function concatenate(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size)
  let at = 0
  for (const chunk of chunks) {
    bytes.set(chunk, at)
    at += chunk.byteLength
  }
  return bytes
}
