import { parseArgs } from 'node:util'
import { FakeDataCenter } from './fake-data-center.ts'
import { serveControl } from './http-control.ts'

// A Telegram of one's own on loopback: `node test/companion/fake-dc/main.ts --port 4430 --control 4431`.
const { values } = parseArgs({ options: { port: { type: 'string' }, control: { type: 'string' } } })
const dc = await new FakeDataCenter().listen(Number(values.port ?? 0))
const control = await serveControl(dc, Number(values.control ?? 0))
const address = control.address()
const controlPort = typeof address === 'object' && address !== null ? address.port : 0
process.stdout.write(`${JSON.stringify({ port: dc.port, control: controlPort, public_key: dc.publicKey })}\n`)
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    control.close()
    void dc.close().then(() => process.exit(0))
  })
}
