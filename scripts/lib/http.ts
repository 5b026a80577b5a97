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

/**
 * A port that was free a moment ago and that no outgoing connection is given: those come from 32768 up (Linux), so a
 * port of that range may be taken by any client before the server that it was chosen for has started.
 */
export async function findFreePort(random: () => number = Math.random): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = 10_000 + Math.floor(random() * 22_000)
    if (await isPortFree(port)) return port
  }
  throw new Error('No free local port between 10000 and 32000: end some of the servers that listen there')
}
