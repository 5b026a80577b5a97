import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { accountFolder } from '../../companion/data-folder.ts'
import { createSealer } from '../../companion/sealer.ts'
import { restoreLogin } from '../../companion/telegram/restore-login.ts'
import { FakeDataCenter } from './fake-dc/fake-data-center.ts'
import { startFakeWorker } from './fake-worker.ts'
import { checkpointOf, newFolder, quietLog, removeFolder, telegramConfig, until } from './telegram/listening.ts'

// What a companion takes with 1, 10 and 50 Telegram accounts: `node test/companion/measure-memory.ts`.
const root = join(import.meta.dirname, '../..')
const messagesEach = 100

const rssMiB = (child: ChildProcess): number => {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
}

async function measure(count: number): Promise<void> {
  const dc = await new FakeDataCenter().listen()
  const worker = await startFakeWorker()
  const folder = newFolder()
  const key = crypto.getRandomValues(new Uint8Array(32))
  const sealer = createSealer(key, (bytes) => crypto.getRandomValues(new Uint8Array(bytes)))
  const ids = Array.from({ length: count }, () => dc.addAccount().user.id)
  for (const id of ids) {
    const directory = accountFolder(folder, { platform: 'telegram', external_id: String(id) })
    await restoreLogin(telegramConfig(dc, id), { restored: checkpointOf(dc, id), directory, sealer, log: quietLog })
  }
  const dcs = { id: 2, host: '127.0.0.1', port: dc.port, public_key: dc.publicKey }
  const accounts = ids.map((id) => ({
    platform: 'telegram',
    external_id: String(id),
    api_id: 1,
    api_hash: 'hash',
    dcs,
  }))
  const env = {
    EDGE_INBOX_URL: worker.url,
    SERVICE_KEY: worker.serviceKey,
    COMPANION_KEY: Buffer.from(key).toString('base64'),
    DATA_DIR: folder,
    HEALTH_PORT: '0',
    ACCOUNTS: JSON.stringify(accounts),
  }
  const begun = Date.now()
  const child = spawn(process.execPath, [join(root, 'companion/main.ts')], { env, stdio: 'ignore' })
  const connected = () => worker.states.filter(({ session_state }) => session_state === 'connected').length
  await until(
    () => connected() >= count,
    () => worker.states,
    60_000,
  )
  const seconds = ((Date.now() - begun) / 1000).toFixed(1)
  const idle = rssMiB(child)
  const customer = dc.addUser()
  for (let n = 0; n < messagesEach; n += 1)
    for (const id of ids) dc.say({ from: customer.id, to: id, text: `message ${n}` })
  await until(
    () => worker.stored.length >= count * messagesEach,
    () => worker.stored.length,
    120_000,
  )
  const line = `${count} accounts: connected in ${seconds} s, ${idle} MiB; after ${count * messagesEach} messages ${rssMiB(child)} MiB\n`
  process.stdout.write(line)
  child.kill('SIGTERM')
  await new Promise((resolve) => child.once('close', resolve))
  await worker.close()
  await dc.close()
  removeFolder(folder)
}

for (const count of [1, 10, 50]) await measure(count)
