import { createServer } from 'node:net'

export type HttpAnswer = { status: number; body: unknown }

/** Sends one request and reads the answer as JSON (or as text, where it is none). */
export async function request(url: string, init: RequestInit = {}): Promise<HttpAnswer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(20_000), ...init })
  const text = await response.text()
  try {
    return { status: response.status, body: JSON.parse(text) as unknown }
  } catch {
    // Not JSON: an error page of the local runtime, worth showing as it is.
    return { status: response.status, body: text }
  }
}

/** Whether something answers `url` with 200 at this moment. */
export async function isUp(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok
  } catch {
    // Nobody listens yet.
    return false
  }
}

/** Waits until `url` answers 200. False when `timeoutMs` passed, or as soon as it is `hopeless`. */
export async function waitForHttp(url: string, timeoutMs: number, hopeless: AbortSignal): Promise<boolean> {
  const deadline = Date.now() + timeoutMs
  while (Date.now() < deadline && !hopeless.aborted) {
    if (await isUp(url)) return true
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
  return false
}

/** Whether a server could listen on this local port right now. */
export async function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)))
  })
}

/** A port that was free a moment ago. */
export async function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ port: 0, host: '127.0.0.1' }, () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      server.close(() => resolve(port))
    })
  })
}
