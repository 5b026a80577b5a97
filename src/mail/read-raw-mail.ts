import { mailLimits } from '../channels/email/mail.ts'

/** The whole of a mail; null when it is longer than the platform lets a mail be. What comes is counted, whatever was said. */
export async function readRawMail(stream: ReadableStream<Uint8Array>, said: number): Promise<Uint8Array | null> {
  let bytes = new Uint8Array(Math.min(Math.max(said, 1024), mailLimits.bytes))
  let size = 0
  const reader = stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return bytes.subarray(0, size)
    const end = size + value.byteLength
    if (end > mailLimits.bytes) {
      await reader.cancel()
      return null
    }
    if (end > bytes.length) {
      const larger = new Uint8Array(Math.min(Math.max(end, bytes.length * 2), mailLimits.bytes))
      larger.set(bytes.subarray(0, size))
      bytes = larger
    }
    bytes.set(value, size)
    size = end
  }
}
