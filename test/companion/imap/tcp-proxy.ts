import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net'

/** A wire that can be cut, or that goes dead while both ends believe it is there. */
export type TcpProxy = {
  port: number
  connections(): number
  /** Nothing passes any more, and nobody is told; new connections are taken and stay silent. */
  goSilent(): void
  heal(): void
  cut(): void
  close(): Promise<void>
}

export async function openProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  let isSilent = false
  let connections = 0
  const server = createServer((client) => {
    connections += 1
    const upstream = createConnection({ port: target, host: '127.0.0.1' })
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      const isDead = isSilent
      from.on('data', (data) => {
        if (!isSilent && !isDead) to.write(data)
      })
      from.on('error', () => undefined)
      from.on('close', () => {
        sockets.delete(from)
        if (!isSilent) to.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections,
    goSilent() {
      isSilent = true
    },
    heal() {
      isSilent = false
    },
    cut,
    async close() {
      cut()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
