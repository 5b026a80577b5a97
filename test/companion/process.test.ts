import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type CompanionProcess, prepareCompanion } from './companion-process.ts'
import { until } from './until.ts'
import { type EchoPlatform, startEchoPlatform } from './echo-platform.ts'
import { type FakeWorker, startFakeWorker } from './fake-worker.ts'

const root = join(import.meta.dirname, '../..')
const accounts = [{ platform: 'telegram', external_id: '1001', api_id: 1, api_hash: 'none' }]
let worker: FakeWorker
let platform: EchoPlatform
let companion: CompanionProcess

async function begin(env: Record<string, string> = {}): Promise<void> {
  worker = await startFakeWorker()
  platform = await startEchoPlatform()
  const main = 'test/companion/echo-main.ts'
  companion = prepareCompanion(worker, { main, accounts, env: { ECHO_URL: platform.url, ...env } })
}
afterEach(async () => {
  await companion.remove()
  await Promise.all([worker.close(), platform.close()])
})

const runMain = (args: string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [join(root, 'companion/main.ts'), ...args], { env, encoding: 'utf8' })

describe('the process', () => {
  it('ends with 78 and names everything that is wrong when its settings cannot be used', async () => {
    await begin()
    const { status, stderr } = runMain([], { EDGE_INBOX_URL: 'nonsense' })
    expect(status).toBe(78)
    expect(stderr).toMatch(/EDGE_INBOX_URL[^]*SERVICE_KEY[^]*COMPANION_KEY[^]*ACCOUNTS_FILE/)
  })

  it('ends with 0 soon after SIGTERM, and gives its accounts back', async () => {
    await begin()
    companion.start()
    await until(() => worker.leases.of('telegram:1001') !== undefined, 10_000)
    expect(await companion.stop()).toBe(0)
    expect(worker.leases.of('telegram:1001')).toBeUndefined()
  })

  it('lets no second one onto its folder, and gets on after it was killed', async () => {
    await begin()
    companion.start()
    await until(() => companion.output().includes('companion.started'), 10_000)
    const second = spawnSync(process.execPath, [join(root, 'test/companion/echo-main.ts')], {
      env: companion.env,
      encoding: 'utf8',
    })
    expect(second.status).toBe(75)
    expect(second.stderr).toContain('Another companion')
    await companion.kill()
    companion.start()
    await until(() => companion.output().split('companion.started').length === 3, 10_000)
  })

  it('ends with 74 and says so when its folder cannot be used', async () => {
    await begin()
    const { status, stderr } = runMain([], { ...companion.env, DATA_DIR: join(root, 'package.json') })
    expect(status).toBe(74)
    expect(stderr).toContain('package.json cannot be used')
  })

  it('crashes with 70 when the spool takes no more, and loses nothing', async () => {
    await begin()
    companion.start()
    await until(() => companion.output().includes('account.started'), 10_000)
    // Somebody took the database away from under it.
    const { DatabaseSync } = await import('node:sqlite')
    const saboteur = new DatabaseSync(join(companion.dataDir, 'spool.db'))
    saboteur.exec(`CREATE TRIGGER broken BEFORE INSERT ON spooled BEGIN SELECT raise(FAIL, 'broken'); END`)
    platform.say('1001', { chat: 'chat', id: '1', text: 'hello' })
    expect(await companion.exited()).toBe(70)
    expect(companion.output()).toContain('companion.crashed')
    expect(companion.output()).not.toContain('hello')
    saboteur.exec('DROP TRIGGER broken')
    saboteur.close()
    companion.start()
    await until(() => worker.messages('telegram:1001').length === 1, 10_000)
  })

  it('answers whether it is well, and a dead session is no reason to be restarted', async () => {
    await begin()
    worker.leases.unknown.add('telegram:1001')
    companion.start()
    await until(async () => (await companion.ask('/readyz'))?.status === 200, 10_000)
    expect(await companion.ask('/healthz')).toEqual({ status: 200, body: { ok: true } })
    const status = await companion.ask('/status')
    expect(status?.body).toMatchObject({
      worker: { authorised: true, doorbell: 'open' },
      spool: { has_room: true },
      accounts: [{ platform: 'telegram', external_id: '1001', lease: 'unknown', running: false, pending: 0 }],
    })
    expect((await companion.ask('/elsewhere'))?.status).toBe(404)
  })

  it('lists dead letters and lets them go out again while it runs', async () => {
    await begin()
    worker.faults.refuse = () => ({ code: 'item.refused', message: 'Not now.' })
    platform.say('1001', { chat: 'chat', id: '1', text: 'a confidential word' })
    companion.start()
    await until(() => companion.output().includes('row.refused'), 10_000)
    const env = { DATA_DIR: companion.dataDir }
    const list = runMain(['dead-letters'], env)
    expect(list.status).toBe(0)
    expect(list.stdout).toMatch(/^1\ttelegram:1001\titem\techo:1\titem\.refused\t/)
    expect(list.stdout).not.toContain('confidential')
    worker.faults.refuse = () => null
    expect(runMain(['dead-letters', 'retry', '7'], env).stdout).toContain('0 row(s)')
    expect(runMain(['dead-letters', 'retry', 'x'], env).status).toBe(64)
    expect(runMain(['dead-letters', 'retry'], env).stdout).toContain('1 row(s)')
    await until(() => worker.messages('telegram:1001').length === 1, 10_000)
    expect(runMain(['dead-letters', 'list'], env).stdout).toBe('')
    expect(runMain(['dead-letters', 'drop'], env)).toMatchObject({ status: 64, stdout: expect.stringContaining('all') })
    expect(runMain(['dead-letters', 'drop', 'all'], env)).toMatchObject({ status: 0, stdout: '0 row(s) dropped.\n' })
  })

  it('says what it can do when it is asked for something else, and makes no folder for a mere question', async () => {
    await begin()
    const { status, stderr } = runMain(['fly'])
    expect(status).toBe(64)
    expect(stderr).toContain('dead-letters')
    const nowhere = join(companion.dataDir, 'nowhere')
    expect(runMain(['dead-letters'], { DATA_DIR: nowhere }).status).toBe(66)
    expect(existsSync(nowhere)).toBe(false)
  })

  it('pauses its accounts while too much waits, and goes on when there is room again', async () => {
    await begin({ MAX_SPOOL_MB: '16' })
    worker.faults.answer = ({ path }) => (path.endsWith('/broadcast-message') ? { status: 503, body: null } : null)
    for (let n = 0; n < 40; n++) platform.say('1001', { chat: 'chat', id: `${n}`, text: 'x'.repeat(900_000) })
    companion.start()
    await until(() => companion.output().includes('spool.full'), 20_000)
    await until(() => worker.states.some(({ code }) => code === 'spool.full'), 5_000)
    expect((await companion.ask('/readyz'))?.status).toBe(503)
    worker.faults.answer = () => null
    await until(() => worker.messages('telegram:1001').length === 40, 60_000)
    expect(readdirSync(companion.dataDir)).toContain('spool.db')
  }, 90_000)
})
