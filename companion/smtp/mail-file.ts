import { randomUUID } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import MailComposer from 'nodemailer/lib/mail-composer'
import type { AccountDeps } from '../account.ts'
import { type Letter, loopHeader, ownIdHeader } from './letter.ts'

/** A mail as it goes over the wire, in a file that has no name any more: nothing of it is left whatever happens. */
export type MailFile = {
  bytes: number
  chunks(): Iterable<Uint8Array>
  /** Whole, with the field Bcc, which only our own copy has. */
  read(): Uint8Array
  close(): void
}

type FileDeps = Pick<AccountDeps, 'openFile' | 'directory'> & { at: Date }

/** A file of a mail could not be had. */
export class FileUnreadable extends Error {
  constructor(cause: unknown) {
    super('a file of the mail could not be had', { cause })
    this.name = 'FileUnreadable'
  }
}

/**
 * Writes the mail out before anybody is connected to: its files come from elsewhere, and a server should not wait for
 * them. They pass through, one after the other.
 * @throws FileUnreadable, or what the disk does
 */
export async function writeMail(letter: Letter, { openFile, directory, at }: FileDeps): Promise<MailFile> {
  const path = join(directory, `outgoing-${randomUUID()}`)
  // Streams of `node:fs` close what they read from when they are left in the middle, so none is made of this descriptor.
  const fd = openSync(path, 'wx+', 0o600)
  try {
    unlinkSync(path)
    for await (const chunk of compose(letter, { openFile, at }) as AsyncIterable<Uint8Array>) writeAll(fd, chunk)
    const { size } = fstatSync(fd)
    return {
      bytes: size,
      chunks: () => chunksOf(fd),
      read: () => copyOf(fd, letter.bcc),
      close: () => closeSync(fd),
    }
  } catch (error) {
    closeSync(fd)
    throw error
  }
}

const chunkBytes = 64 * 1024

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at)
}

function* chunksOf(fd: number): Generator<Uint8Array> {
  for (let at = 0; ;) {
    const chunk = Buffer.alloc(chunkBytes)
    const count = readSync(fd, chunk, 0, chunkBytes, at)
    if (count === 0) return
    at += count
    yield chunk.subarray(0, count)
  }
}

function copyOf(fd: number, bcc: readonly string[]): Uint8Array {
  const field = bcc.length === 0 ? '' : `Bcc: ${bcc.join(',\r\n ')}\r\n`
  return Buffer.concat([Buffer.from(field), ...chunksOf(fd)])
}

function compose(letter: Letter, { openFile, at }: { openFile: AccountDeps['openFile']; at: Date }): Readable {
  const { from, to, cc, replyTo, subject, messageId, inReplyTo, references, text, html, files } = letter
  const composer = new MailComposer({
    from: from.name === '' ? from.address : from,
    to: { address: to, name: '' },
    cc: cc.map((address) => ({ address, name: '' })),
    ...(replyTo !== null && { replyTo }),
    ...{ subject, messageId, text, html },
    date: at,
    ...(inReplyTo !== null && { inReplyTo }),
    ...(references !== null && { references }),
    headers: { [loopHeader]: '1', [ownIdHeader]: messageId },
    attachments: files.map(({ filename, mimeType, url }) => ({
      filename,
      contentType: mimeType,
      content: Readable.from(bytesOf(url, openFile)),
    })),
    newline: 'windows',
    // What a mail may contain is what was given; no text of it names a file or an address to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return composer.compile().createReadStream()
}

/** Opened when its turn comes: a download that waits for another one breaks off. */
async function* bytesOf(url: string, openFile: AccountDeps['openFile']): AsyncGenerator<Uint8Array> {
  try {
    const { body } = await openFile(url)
    for await (const chunk of body) yield chunk
  } catch (error) {
    throw new FileUnreadable(error)
  }
}
