import type { GraphUpload } from './graph.ts'

/** A file on its way into a form. `size` in bytes. */
export type FormFile = {
  field: string
  filename: string
  mimeType: string
  size: number
  bytes: ReadableStream<Uint8Array>
}

type Pipe = { readable: ReadableStream<Uint8Array>; writable: WritableStream<Uint8Array> }

/**
 * A form (`multipart/form-data`, RFC 7578) of texts and one file, streamed: a file may be larger than an isolate's
 * memory. `boundary` must be one that nobody who wrote the file could know.
 */
export function multipart(texts: Readonly<Record<string, string>>, file: FormFile, boundary: string): GraphUpload {
  const encode = (text: string) => new TextEncoder().encode(text)
  const fields = Object.entries(texts).map(([name, value]) => `${partHead(boundary, name)}\r\n\r\n${value}\r\n`)
  const head = encode(`${fields.join('')}${fileHead(boundary, file)}\r\n\r\n`)
  const tail = encode(`\r\n--${boundary}--\r\n`)
  const pipe = pipeOf(head.byteLength + file.size + tail.byteLength)
  // Whoever reads the stream sees a fault in it as the stream's own; here it would only be unhandled.
  pump([head, file.bytes, tail], pipe.writable).catch(() => {})
  return { contentType: `multipart/form-data; boundary=${boundary}`, stream: pipe.readable }
}

function partHead(boundary: string, name: string): string {
  return `--${boundary}\r\nContent-Disposition: form-data; name="${name}"`
}

function fileHead(boundary: string, file: FormFile): string {
  const type = /^[\w.+-]+\/[\w.+-]+$/.test(file.mimeType) ? file.mimeType : 'application/octet-stream'
  return `${partHead(boundary, file.field)}; filename="${quoted(file.filename)}"\r\nContent-Type: ${type}`
}

/** As browsers write a name into a form: nothing in it can end the quotation or the line. */
function quoted(name: string): string {
  return name.toWellFormed().replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('\0', '')
}

/** Workerd sends a body of unknown length in chunks, which upload servers like to refuse; Node has nothing better. */
function pipeOf(length: number): Pipe {
  const { FixedLengthStream: FixedLength } = globalThis as { FixedLengthStream?: new (length: number) => Pipe }
  return FixedLength === undefined ? new TransformStream<Uint8Array, Uint8Array>() : new FixedLength(length)
}

async function pump(
  pieces: (Uint8Array | ReadableStream<Uint8Array>)[],
  to: WritableStream<Uint8Array>,
): Promise<void> {
  for (const piece of pieces) {
    if (piece instanceof Uint8Array) {
      const writer = to.getWriter()
      await writer.write(piece)
      writer.releaseLock()
    } else {
      await piece.pipeTo(to, { preventClose: true })
    }
  }
  await to.close()
}
