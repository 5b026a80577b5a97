import { connect, type Socket } from 'node:net'

/** One kept-alive connection that sends one request at a time and reads no more of an answer than its status. */
export type Poster = { post: (request: Buffer) => Promise<number>; end: () => void }

type Waiting = { resolve: (status: number) => void; reject: (error: Error) => void }

export async function openPoster(port: number): Promise<Poster> {
  let waiting: Waiting | null = null
  let held = ''
  const net = await connected(port, (chunk) => {
    held += chunk.toString('latin1')
    const status = completeStatus(held)
    if (status === null || waiting === null) return
    held = ''
    const { resolve } = waiting
    waiting = null
    resolve(status)
  })
  const fail = (error: Error): void => waiting?.reject(error)
  net.on('error', fail)
  net.on('close', () => fail(new Error('The server closed the connection of a request')))
  return {
    post: (request) =>
      new Promise((resolve, reject) => {
        waiting = { resolve, reject }
        net.write(request)
      }),
    end: () => {
      waiting?.resolve(0) // given up: counts as not answered
      waiting = null
      net.destroy()
    },
  }
}

function connected(port: number, onChunk: (chunk: Buffer) => void): Promise<Socket> {
  const buffer = Buffer.allocUnsafe(16 * 1024)
  return new Promise((resolve, reject) => {
    const callback = (length: number): boolean => {
      onChunk(buffer.subarray(0, length))
      return true
    }
    const net = connect({ host: '127.0.0.1', port, noDelay: true, onread: { buffer, callback } })
    net.once('connect', () => resolve(net))
    net.once('error', reject)
  })
}

/** The status of an answer that has arrived whole; null while something of it is missing. */
export function completeStatus(answer: string): number | null {
  const headEnd = answer.indexOf('\r\n\r\n')
  if (headEnd < 0) return null
  const head = answer.slice(0, headEnd)
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  const isChunked = /\r\ntransfer-encoding: *chunked/i.test(head)
  const isComplete =
    length === undefined ? !isChunked || answer.endsWith('0\r\n\r\n') : answer.length >= headEnd + 4 + Number(length)
  return isComplete ? Number(head.slice(9, 12)) : null
}
