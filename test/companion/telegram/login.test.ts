import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accountFolder } from '../../../companion/data-folder.ts'
import { createSealer } from '../../../companion/sealer.ts'
import { usableLogin } from '../../../companion/telegram/session-storage.ts'
import { FakeDataCenter } from '../fake-dc/fake-data-center.ts'
import { listen, newFolder, removeFolder, until, type Listening } from './listening.ts'

const root = join(import.meta.dirname, '../../..')
const companionKey = randomBytes(32)
let dc: FakeDataCenter
let dataDir: string
let listening: Listening | null = null

beforeEach(async () => {
  dc = await new FakeDataCenter().listen()
  dataDir = newFolder()
})
afterEach(async () => {
  await listening?.stop()
  listening = null
  await dc.close()
  removeFolder(dataDir)
})

type Account = { external_id?: string }
const accountOf = (account: Account) => ({
  platform: 'telegram',
  ...account,
  api_id: 1,
  api_hash: 'hash',
  dcs: { id: 2, host: '127.0.0.1', port: dc.port, public_key: dc.publicKey },
})

type Run = { output: () => string; answer(line: string): void; ended: Promise<number | null>; end(): void }

/** The command as an operator types it; answers are typed when the question is there. */
function login(accounts: Account[], ...args: string[]): Run {
  const env = {
    PATH: process.env['PATH'] ?? '',
    DATA_DIR: dataDir,
    COMPANION_KEY: companionKey.toString('base64'),
    ACCOUNTS: JSON.stringify(accounts.map(accountOf)),
  }
  const child = spawn(process.execPath, [join(root, 'companion/main.ts'), 'login', ...args], { env })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => void (output += chunk.toString()))
  return {
    output: () => output,
    answer: (line) => void child.stdin.write(`${line}\n`),
    end: () => void child.stdin.end(),
    ended: new Promise((resolve) => child.on('close', resolve)),
  }
}

async function dialogue(run: Run, ...lines: [question: string, answer: string][]): Promise<number | null> {
  let from = 0
  for (const [question, answer] of lines) {
    await until(
      () => run.output().includes(question, from),
      () => [question, run.output()],
      20_000,
    )
    from = run.output().indexOf(question, from) + question.length
    run.answer(answer)
  }
  return run.ended
}

const folderOf = (id: number) => accountFolder(dataDir, { platform: 'telegram', external_id: String(id) })

describe('logging in', () => {
  it(
    'by phone and code asks again for what was wrong, and leaves a login that misses nothing',
    { timeout: 40_000 },
    async () => {
      const me = dc.addAccount({ name: 'Olena', phone: '380501112233', code: '54321', password: 'a long secret' })
      const anna = dc.addUser()
      dc.world.tellsChannelNews = false
      const chat = dc.addSupergroup({ members: [me.user.id, anna.id] })
      dc.say({ from: anna.id, to: chat, text: 'long ago' })
      const run = login([{ external_id: String(me.user.id) }], '--account', String(me.user.id))
      const code = await dialogue(
        run,
        ['Phone number', '+1 000'],
        ['Phone number', '+38 (050) 111-22-33'],
        ['Code', '11111'],
        ['not the code', ''],
        ['Code', '54321'],
        ['Password (hint: the usual one)', 'not it'],
        ['not the password', ''],
        ['Password', 'a long secret'],
      )
      expect(run.output()).toContain('does not know this number')
      expect(run.output()).toContain(`Logged in as Olena (${me.user.id}).`)
      expect(run.output()).toContain('Start the companion now')
      expect(run.output()).not.toContain('a long secret')
      expect(code).toBe(0)
      const folder = folderOf(me.user.id)
      expect(usableLogin(folder)).not.toBeNull()
      expect(statSync(folder).mode & 0o777).toBe(0o700)
      expect(statSync(join(folder, 'session.db')).mode & 0o777).toBe(0o600)
      expect(readdirSync(dataDir)).toEqual(['accounts'])
      // Said after the login, and before anybody listens.
      dc.say({ from: anna.id, to: me.user.id, text: 'between' })
      dc.say({ from: anna.id, to: chat, text: 'between, in the group' })
      const sealer = createSealer(companionKey, (count) => randomBytes(count))
      listening = await listen(dc, me.user.id, { folder: dataDir, restored: null, change: () => ({ sealer }) })
      await until(
        () => listening?.texts().length === 2,
        () => listening?.reports,
      )
      expect(listening.texts().toSorted()).toEqual(['between', 'between, in the group'])
    },
  )

  it('by QR code needs no number', { timeout: 40_000 }, async () => {
    const me = dc.addAccount({ password: 'secret' })
    const run = login([{ external_id: String(me.user.id) }], '--qr')
    await until(() => run.output().includes('Scan this'), run.output, 20_000)
    dc.scanQr(dc.shownQr()[0] ?? '', me.user.id)
    expect(await dialogue(run, ['Password', 'secret'])).toBe(0)
    expect(usableLogin(folderOf(me.user.id))).not.toBeNull()
  })

  it('tells the id of an account whose id is not known yet', { timeout: 40_000 }, async () => {
    const me = dc.addAccount({ phone: '380501112233' })
    const run = login([{}])
    expect(await dialogue(run, ['Phone number', '380501112233'], ['Code', '12345'])).toBe(0)
    expect(run.output()).toContain(`"external_id": "${me.user.id}"`)
    expect(usableLogin(folderOf(me.user.id))).not.toBeNull()
  })

  it('as somebody else than configured stores nothing', { timeout: 40_000 }, async () => {
    dc.addAccount({ id: 5001, phone: '380501112233' })
    const run = login([{ external_id: '7007' }])
    expect(await dialogue(run, ['Phone number', '380501112233'], ['Code', '12345'])).toBe(1)
    expect(run.output()).toContain('That is Telegram user 5001, and the account is configured as 7007')
    expect(usableLogin(folderOf(5001))).toBeNull()
    expect(usableLogin(folderOf(7007))).toBeNull()
    expect(readdirSync(dataDir)).toEqual(['accounts'])
    expect(dc.calls.get('auth.logOut')).toBe(1)
  })

  it('that is broken off stores nothing', { timeout: 40_000 }, async () => {
    const me = dc.addAccount({ phone: '380501112233' })
    const run = login([{ external_id: String(me.user.id) }])
    await until(() => run.output().includes('Phone number'), run.output, 20_000)
    run.answer('380501112233')
    await until(() => run.output().includes('Code:'), run.output, 20_000)
    run.end()
    expect(await run.ended).toBe(1)
    expect(readdirSync(dataDir)).toEqual(['accounts'])
    expect(usableLogin(folderOf(me.user.id))).toBeNull()
  })

  it('is taken up by a companion that runs, and refused while its login works', { timeout: 60_000 }, async () => {
    const me = dc.addAccount({ phone: '380501112233' })
    const sealer = createSealer(companionKey, (count) => randomBytes(count))
    listening = await listen(dc, me.user.id, { folder: dataDir, restored: null, change: () => ({ sealer }) })
    await until(() => listening?.reports.at(-1)?.code === 'login.required')
    const answers: [string, string][] = [
      ['Phone number', '380501112233'],
      ['Code', '12345'],
    ]
    expect(await dialogue(login([{ external_id: String(me.user.id) }]), ...answers)).toBe(0)
    await until(
      () => listening?.account.isReady() === true,
      () => listening?.reports,
    )
    const second = login([{ external_id: String(me.user.id) }])
    expect(await second.ended).toBe(1)
    expect(second.output()).toContain('Stop it first')
    dc.revoke(me.user.id)
    await until(
      () => listening?.reports.at(-1)?.session_state === 'needs_login',
      () => listening?.reports,
    )
    dc.say({ from: dc.addUser().id, to: me.user.id, text: 'while logged out' })
    expect(await dialogue(login([{ external_id: String(me.user.id) }]), ...answers)).toBe(0)
    await until(
      () => listening?.reports.at(-1)?.session_state === 'connected',
      () => listening?.reports,
    )
    await until(
      () => listening?.texts().includes('while logged out') === true,
      () => listening?.texts(),
    )
  })

  it('names every fault of the configuration and of the command', { timeout: 20_000 }, async () => {
    const me = dc.addAccount()
    const run = login([{ external_id: String(me.user.id) }], '--account', '42')
    expect(await run.ended).toBe(78)
    expect(run.output()).toContain('There is no Telegram account 42.')
  })
})
