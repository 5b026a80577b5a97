import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export type HealthDeps = {
  host: string
  port: number
  /** Throws when the process should be started anew: a broken session is no reason for that. */
  check: () => void
  /** Why messages may not flow now; empty when they do. */
  hindrances: () => string[]
  status: () => unknown
}
export type HealthServer = { port: number; close(): Promise<void> }

/** `/healthz` drives restarts; `/readyz` and `/status` are for people and their tools. */
export async function startHealthServer({ host, port, ...deps }: HealthDeps): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const { status, body } = answer(request.url ?? '/', deps)
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    response.end(`${JSON.stringify(body)}\n`)
  })
  await listen(server, host, port)
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

type Rules = Pick<HealthDeps, 'check' | 'hindrances' | 'status'>

function answer(url: string, { check, hindrances, status }: Rules): { status: number; body: unknown } {
  switch (url.split('?')[0]) {
    case '/healthz':
      try {
        check()
        return { status: 200, body: { ok: true } }
      } catch {
        return { status: 503, body: { ok: false, reason: 'the spool cannot be written' } }
      }
    case '/readyz': {
      const reasons = hindrances()
      return { status: reasons.length === 0 ? 200 : 503, body: { ready: reasons.length === 0, reasons } }
    }
    case '/status':
      return { status: 200, body: status() }
    default:
      return { status: 404, body: { error: { code: 'not_found', message: 'There is no such page.' } } }
  }
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
