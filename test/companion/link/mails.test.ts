import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createAccess } from '../../../companion/link/access.ts'
import { type Drain, createDrain } from '../../../companion/link/drain.ts'
import { createWorkerApi } from '../../../companion/link/worker-api.ts'
import type { Spool } from '../../../companion/spool/open-spool.ts'
import { until } from '../until.ts'
import { type FakeWorker, startFakeWorker } from '../fake-worker.ts'
import { makeFolder, openTestSpool } from '../spool/setup.ts'

const mailbox = { platform: 'email', external_id: 'office@example.com' }
let worker: FakeWorker
let ending: AbortController
let crashes: unknown[]
let logs: string[]
let drain: Drain
let folder: string
let spool: Spool

beforeEach(async () => {
  worker = await startFakeWorker()
  ending = new AbortController()
  crashes = []
  logs = []
  folder = makeFolder()
  spool = openTestSpool(folder, {
    get now() {
      return Date.now()
    },
  })
  drain = openDrain()
})
afterEach(async () => {
  ending.abort()
  await drain.idle()
  await worker.close()
})

/** Brings what lies in the spool; a crash is noted, and ends it as it would end the process. */
function openDrain(): Drain {
  const { signal } = ending
  const crash = (error: unknown): never => {
    crashes.push(error)
    ending.abort()
    return undefined as never
  }
  const access = createAccess({ now: Date.now, changed: () => undefined })
  return createDrain({
    api: createWorkerApi({ url: worker.url, serviceKey: () => worker.serviceKey, access, signal, fetch }),
    readMail: spool.mails.read,
    authservIdOf: () => null,
    companionId: 'test',
    outgoing: spool.outgoing,
    log: pino({ level: 'debug' }, { write: (line: string) => void logs.push(line) }),
    now: Date.now,
    random: () => Math.random() * 0.1,
    signal,
    crash,
  })
}

function addMail(id: string, lane = id): string {
  const before = new Set(readdirSync(join(folder, 'mail')))
  const raw = new TextEncoder().encode(`Message-ID: <${id}@customer.example>\r\n\r\nhello ${id}`)
  const row = { kind: 'mail', key: id, lane, raw, direction: 'inbound' } as const
  spool.forAccount(mailbox).transaction((write) => write.add(row))
  return join(folder, 'mail', readdirSync(join(folder, 'mail')).find((name) => !before.has(name)) ?? '')
}
const stored = () => worker.stored.map(({ mail }) => mail?.raw.toString().split('\n').at(-1))
/** The Worker has a row before the spool knows it: what is asked of rows waits for this, not for `stored`. */
const pending = () => spool.counts.of('email:office@example.com').pending
const states = () => spool.database.sql.prepare('SELECT key, state, error FROM spooled ORDER BY id').all()

describe('a mail', () => {
  it('whose file is gone is a dead letter, and the others go on', async () => {
    rmSync(addMail('1', 'INBOX'))
    addMail('2', 'INBOX')
    drain.pump()
    await until(() => pending() === 0, 10_000)
    expect(crashes).toEqual([])
    expect(stored()).toEqual(['hello 2'])
    expect(states()).toMatchObject([
      { key: '1', state: 'dead', error: expect.stringContaining('mail.file_missing') as string },
      { key: '2', state: 'delivered' },
    ])
  })

  it('whose file cannot be read now is tried again until it can, which is told, and other folders go on', async () => {
    const path = addMail('1', 'INBOX')
    const raw = 'Message-ID: <1@customer.example>\r\n\r\nhello 1'
    rmSync(path)
    mkdirSync(path)
    addMail('2', 'Sent')
    drain.pump()
    await until(() => stored().length === 1 && logs.filter((line) => line.includes('EISDIR')).length >= 2, 10_000)
    expect(crashes).toEqual([])
    expect(stored()).toEqual(['hello 2'])
    expect(drain.status().lastFailure).toContain('EISDIR')
    rmSync(path, { recursive: true })
    writeFileSync(path, raw)
    await until(() => pending() === 0, 10_000)
    expect(stored()).toHaveLength(2)
    expect(states()).toMatchObject([{ state: 'delivered' }, { state: 'delivered' }])
  }, 20_000)

  it('that the Worker keeps in quarantine has arrived, and is no dead letter', async () => {
    const error = { code: 'mail.unstorable', message: 'This mail cannot be stored; it is in quarantine.' }
    worker.faults.answer = ({ path }) =>
      path.endsWith('/inbound-email')
        ? { status: 200, body: { message_id: null, conversation_id: null, seq: null, duplicate: false, error } }
        : null
    addMail('1')
    drain.pump()
    await until(() => pending() === 0, 10_000)
    expect(states()).toMatchObject([{ state: 'delivered' }])
    expect(readdirSync(join(folder, 'mail'))).toEqual([])
    expect(logs.join('')).toContain('"event":"mail.quarantined"')
  })

  it('that the Worker does not take at all is a dead letter with its file', async () => {
    const error = { code: 'channel.not_found', message: 'There is no such mailbox.' }
    worker.faults.answer = ({ path }) => (path.endsWith('/inbound-email') ? { status: 404, body: { error } } : null)
    addMail('1')
    drain.pump()
    await until(() => spool.counts.of('email:office@example.com').dead === 1, 5_000)
    expect(readdirSync(join(folder, 'mail'))).toHaveLength(1)
  })
})
