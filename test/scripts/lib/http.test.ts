import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { findFreePort, isPortFree } from '../../../scripts/lib/http.ts'

describe('findFreePort', () => {
  it('gives a port that no outgoing connection can be given', async () => {
    const ports = await Promise.all([0, 0.5, 0.999].map(async (value) => findFreePort(alternating(value))))
    for (const port of ports) expect(port).toBeGreaterThanOrEqual(10_000)
    for (const port of ports) expect(port).toBeLessThan(32_768)
  })

  it('passes over a port that somebody listens on', async () => {
    const taken = await findFreePort()
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(taken, '127.0.0.1', resolve))
    const drawn = (taken - 10_000) / 22_000 + 1e-9
    const port = await findFreePort(alternating(drawn))
    expect(port).not.toBe(taken)
    expect(await isPortFree(port)).toBe(true)
    await new Promise((resolve) => server.close(resolve))
  })
})

/** Draws `first`, then anything: a port in use by another test must not stop this one. */
function alternating(first: number): () => number {
  let draws = 0
  return () => (draws++ === 0 ? first : Math.random())
}
