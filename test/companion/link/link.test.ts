import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { runDeadLetters } from '../../../companion/dead-letters-command.ts'
import { runForgetCheckpoint } from '../../../companion/forget-checkpoint-command.ts'
import { until } from '../until.ts'
import { type Rig, makeRig } from '../in-process.ts'

let rig: Rig
afterEach(() => rig.end())

const account = 'telegram:1001'
const say = (id: string, chat = 'chat', more: { file?: string; album?: string } = {}) =>
  rig.platform.say('1001', { chat, id, text: `text of ${id}`, ...more })
const stored = () => rig.worker.messages(account)
const isRunning = async () => JSON.stringify((await rig.ask('/status')).body).includes('"running":true')
/** The Worker has a row before the companion knows it: what is asked of the companion waits for this, not for `stored`. */
const hasSettled = async () => JSON.stringify((await rig.ask('/status')).body).includes('"pending":0')
const posts = () => rig.worker.calls.filter(({ path }) => path.endsWith('/broadcast-message'))

describe('the link', () => {
  it('brings a burst in few posts of at most fifty rows, each under a key of its own', async () => {
    rig = await makeRig()
    let isDown = true
    rig.worker.faults.answer = ({ path }) =>
      isDown && path.endsWith('/broadcast-message') ? { status: 503, body: null } : null
    for (let n = 0; n < 300; n++) say(`${n}`, `chat-${n % 7}`)
    await rig.start()
    await until(async () => JSON.stringify((await rig.ask('/status')).body).includes('"pending":300'), 10_000)
    const failed = posts().length
    isDown = false
    await until(() => stored().length === 300, 30_000)
    expect(posts().length - failed).toBeLessThan(30)
    const keys = posts()
      .slice(failed)
      .map(({ key }) => key)
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys.every((key) => key !== undefined && /^[0-9a-f]{64}$/.test(key))).toBe(true)
  }, 45_000)

  it('repeats a post whose answer was lost under the same key, and nothing is there twice', async () => {
    rig = await makeRig()
    let lost = 0
    rig.worker.faults.after = 1
    rig.worker.faults.answer = ({ path }) => {
      // Only broadcasts get lost.
      rig.worker.faults.after = path.endsWith('/broadcast-message') && lost < 3 ? 1 : 0
      if (rig.worker.faults.after === 1) lost += 1
      return null
    }
    say('1')
    await rig.start()
    await until(() => posts().length >= 4 && rig.worker.copies === 3, 10_000)
    expect(stored()).toHaveLength(1)
    expect(new Set(posts().map(({ key }) => key)).size).toBe(1)
  })

  it('holds no lane up for a row that the Worker fails at again and again, and keeps the order of its own', async () => {
    rig = await makeRig()
    rig.worker.faults.answer = ({ path, body }) =>
      path.endsWith('/broadcast-message') && body.includes('text of bad')
        ? { status: 500, body: { error: { code: 'internal', message: 'Failed.' } } }
        : null
    say('bad', 'poisoned')
    say('after', 'poisoned')
    for (let n = 0; n < 60; n++) say(`${n}`, `chat-${n % 10}`)
    await rig.start()
    for (let n = 60; n < 90; n++) setTimeout(() => say(`${n}`, `chat-${n % 10}`), n * 20)
    await until(() => stored().length === 90, 30_000)
    expect(stored()).not.toContain('after')
    rig.worker.faults.answer = () => null
    await until(() => stored().length === 92, 30_000)
    expect(stored().slice(-2)).toEqual(['bad', 'after'])
  }, 70_000)

  it('makes a dead letter of one item that is refused, which costs the others nothing', async () => {
    rig = await makeRig()
    rig.worker.faults.refuse = (item) =>
      'message' in item && item.message.external_id === '2' ? { code: 'item.refused', message: 'No.' } : null
    for (const id of ['1', '2', '3']) say(id)
    await rig.start()
    await until(async () => stored().length === 2 && (await hasSettled()), 5_000)
    expect(stored()).toEqual(['1', '3'])
    const { body } = await rig.ask('/status')
    expect(body).toMatchObject({ accounts: [{ dead_letters: 1, pending: 0 }] })
  })

  it('shows on the channel that there are dead letters, until somebody has seen to them', async () => {
    rig = await makeRig()
    rig.worker.faults.refuse = () => ({ code: 'item.refused', message: 'No.' })
    await rig.start()
    const shown = () => rig.worker.states.map(({ state, session_state, code }) => `${state} ${session_state} ${code}`)
    await until(() => shown().length === 1, 5_000)
    say('1')
    await until(() => shown().length === 2, 5_000)
    expect(shown().at(-1)).toBe('warning connected spool.dead_letters')
    rig.worker.faults.refuse = () => null
    const env = { DATA_DIR: rig.dataDir }
    expect(runDeadLetters(['drop', 'all'], { env, now: Date.now, write: () => undefined })).toBe(0)
    await until(() => shown().length === 3, 5_000)
    expect(shown().at(-1)).toBe('ok connected ok')
    say('2')
    await until(() => stored().length === 1, 5_000)
    expect(stored()).toEqual(['2'])
  })

  it('shows on the channel that its messages have not been taken for long, and takes that back', async () => {
    rig = await makeRig()
    const clock = { ahead: 0 }
    await rig.start({ now: () => Date.now() + clock.ahead })
    await until(isRunning, 5_000)
    rig.worker.faults.answer = ({ path }) => (path.endsWith('/broadcast-message') ? { status: 503, body: null } : null)
    say('1')
    await until(() => posts().length > 0, 5_000)
    const codes = () => rig.worker.states.map(({ code }) => code)
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(codes()).not.toContain('spool.stuck')
    clock.ahead = 16 * 60_000
    await until(() => codes().at(-1) === 'spool.stuck', 10_000)
    expect(rig.worker.states.at(-1)).toMatchObject({ state: 'warning', session_state: 'connected' })
    rig.worker.faults.answer = () => null
    await until(() => stored().length === 1 && codes().at(-1) === 'ok', 20_000)
  }, 40_000)

  it('pauses only the account whose dead letters take too much room, until some of them are dropped', async () => {
    rig = await makeRig(['1001', '1002'])
    rig.worker.faults.refuse = (item) =>
      item.channel.external_id === '1001' ? { code: 'item.refused', message: 'No.' } : null
    const text = 'x'.repeat(900_000)
    for (let n = 0; n < 20; n++) rig.platform.say('1001', { chat: `${n}`, id: `${n}`, text })
    await rig.start({ env: { MAX_SPOOL_MB: '16' } })
    await until(() => rig.worker.states.some(({ code }) => code === 'spool.dead_letters_full'), 20_000)
    rig.platform.say('1002', { chat: 'chat', id: 'other', text: 'hello' })
    await until(() => rig.worker.messages('telegram:1002').length === 1, 5_000)
    expect((await rig.ask('/status')).body).toMatchObject({
      spool: { has_room: true },
      accounts: [
        { running: false, code: 'spool.dead_letters_full' },
        { running: true, code: 'ok' },
      ],
    })
    expect((await rig.ask('/readyz')).status).toBe(503)
    rig.worker.faults.refuse = () => null
    const env = { DATA_DIR: rig.dataDir }
    runDeadLetters(['drop', 'all'], { env, now: Date.now, write: () => undefined })
    say('new')
    await until(() => stored().at(-1) === 'new', 15_000)
  }, 60_000)

  it('sends rows one by one when their batch is refused as a whole, and only the guilty one dies', async () => {
    rig = await makeRig()
    rig.worker.faults.answer = ({ path, body }) =>
      path.endsWith('/broadcast-message') && body.includes('text of big')
        ? { status: 413, body: { error: { code: 'body.too_large', message: 'Too large.' } } }
        : null
    for (const id of ['1', '2', 'big', '4']) say(id, id === '4' ? 'other' : 'chat')
    say('5')
    await rig.start()
    await until(async () => stored().length === 4 && (await hasSettled()), 5_000)
    expect(stored().filter((id) => id !== '4')).toEqual(['1', '2', '5'])
    expect((await rig.ask('/status')).body).toMatchObject({ accounts: [{ dead_letters: 1 }] })
  })

  it('takes words that are not the Worker`s for no answer: nothing dies of a proxy`s error page', async () => {
    rig = await makeRig()
    let wrong = 3
    rig.worker.faults.answer = ({ path }) =>
      path.endsWith('/broadcast-message') && wrong-- > 0
        ? { status: [404, 403, 200][wrong] ?? 400, body: '<html>not here</html>' }
        : null
    say('1')
    await rig.start()
    await until(() => stored().length === 1, 20_000)
    expect((await rig.ask('/status')).body).toMatchObject({ accounts: [{ dead_letters: 0 }] })
  }, 30_000)

  it('stops when its key is refused, says so, and goes on by itself once it is taken again', async () => {
    rig = await makeRig()
    await rig.start()
    await until(() => rig.worker.leases.of(account) !== undefined, 5_000)
    const key = rig.worker.serviceKey
    rig.worker.serviceKey = 'eik_another_key'
    say('1')
    await until(() => rig.logs.some((line) => line.includes('link.unauthorised')), 5_000)
    const before = rig.worker.calls.length
    say('2', 'other')
    await new Promise((resolve) => setTimeout(resolve, 700))
    // A probe, and nothing else.
    expect(rig.worker.calls.slice(before).every(({ path }) => path.endsWith('/leases'))).toBe(true)
    const ready = await rig.ask('/readyz')
    expect(ready).toMatchObject({ status: 503, body: { ready: false } })
    expect((await rig.ask('/healthz')).status).toBe(200)
    rig.worker.serviceKey = key
    await until(() => stored().length === 2, 8_000)
  })

  it('fetches files after their messages, and text never waits for them', async () => {
    rig = await makeRig()
    const photo = Buffer.alloc(300_000, 3)
    rig.platform.files.set('photo', photo)
    say('1', 'chat', { file: 'photo' })
    say('2', 'chat', { file: 'lost' })
    say('3')
    rig.platform.files.set('lost', 'gone')
    await rig.start()
    await until(() => rig.worker.stored.length === 5, 10_000)
    expect(stored()).toEqual(['1', '2', '3'])
    const files = rig.worker.stored.flatMap(({ item }) => (item?.kind === 'file' ? [item] : []))
    const brought = files.find(({ message }) => message.external_id === '1')?.file
    if (brought === undefined || !('upload_id' in brought)) throw new Error('the photo was not brought')
    expect(rig.worker.uploads.get(brought.upload_id)?.equals(photo)).toBe(true)
    expect(files.find(({ message }) => message.external_id === '2')?.file).toMatchObject({
      error: { code: 'file.gone' },
    })
  })

  it('tries a file again that cannot be had now', async () => {
    rig = await makeRig()
    say('1', 'chat', { file: 'later' })
    await rig.start()
    await until(() => rig.logs.some((line) => line.includes('file.attempted')), 5_000)
    rig.platform.files.set('later', Buffer.from('here it is'))
    await until(() => rig.worker.stored.some(({ item }) => item?.kind === 'file'), 15_000)
    expect([...rig.worker.uploads.values()].map(String)).toEqual(['here it is'])
  }, 20_000)

  it('makes one message of an album, over the wire', async () => {
    rig = await makeRig()
    for (const id of ['a', 'b', 'c']) {
      rig.platform.files.set(id, Buffer.from(id))
      say(id, 'chat', { file: id, album: 'holiday' })
    }
    await rig.start()
    await until(() => rig.worker.uploads.size === 3 && rig.worker.stored.length === 4, 10_000)
    expect(stored()).toEqual(['a'])
    expect([...rig.worker.uploads.values()].map(String).toSorted()).toEqual(['a', 'b', 'c'])
  })

  it('logs nothing of what people wrote or who they are', async () => {
    rig = await makeRig()
    rig.worker.faults.refuse = (item) =>
      'message' in item && item.message.external_id === 'x2' ? { code: 'item.refused', message: 'No.' } : null
    say('x1')
    say('x2')
    await rig.start()
    rig.worker.commands.add(account, { to: 'chat', content: 'a confidential answer' })
    await until(() => rig.worker.commands.ended.size === 1 && stored().length === 1, 5_000)
    await until(() => rig.logs.some((line) => line.includes('row.refused')), 2_000)
    const logs = rig.logs.join('\n')
    expect(logs).toContain('row.refused')
    for (const secret of ['text of', 'confidential', 'Somebody', rig.worker.serviceKey, '1001']) {
      expect(logs).not.toContain(secret)
    }
  })
})

describe('leases', () => {
  it('decide whether an account runs: not while another has it, not where there is no such channel', async () => {
    rig = await makeRig(['1001', '1002', '1003'])
    rig.worker.leases.steal('telegram:1002')
    rig.worker.leases.unknown.add('telegram:1003')
    await rig.start()
    await until(() => rig.worker.leases.of(account) !== undefined, 5_000)
    await until(isRunning, 5_000)
    const { body } = await rig.ask('/status')
    expect(body['accounts']).toMatchObject([
      { external_id: '1001', lease: 'held', running: true, state: 'connected' },
      { external_id: '1002', lease: 'taken', running: false },
      { external_id: '1003', lease: 'unknown', running: false },
    ])
  })

  it('stop the account at once when they are lost, and what it did is told when they are back', async () => {
    rig = await makeRig()
    await rig.start()
    await until(isRunning, 5_000)
    rig.worker.faults.answer = ({ path }) =>
      path.endsWith('/results') ? { status: 503, body: { error: { code: 'hub.unavailable', message: '' } } } : null
    rig.worker.commands.add(account, { to: 'chat', content: 'one' })
    await until(() => rig.platform.sent.length === 1, 5_000)
    rig.worker.leases.steal(account)
    rig.worker.faults.answer = () => null
    await until(async () => !(await isRunning()), 5_000)
    say('1')
    rig.worker.commands.add(account, { to: 'chat', content: 'two' })
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(stored()).toEqual([])
    expect(rig.platform.sent).toHaveLength(1)
    const outcomes = () => [...rig.worker.commands.ended.values()].map(({ kind }) => kind)
    expect(outcomes()).toEqual(['unknown'])
    rig.worker.leases.free(account)
    await until(() => rig.worker.commands.ended.size === 2 && stored().length === 1, 8_000)
    expect(outcomes()).toEqual(['sent', 'sent'])
    expect(rig.platform.sent.map(({ text, attempts }) => [text, attempts])).toEqual([
      ['one', 1],
      ['two', 1],
    ])
  })

  it('lost and had again, let the account say anew how it is, and nothing in between', async () => {
    rig = await makeRig()
    await rig.start()
    await until(() => rig.worker.states.length === 1, 5_000)
    rig.worker.leases.steal(account)
    await until(async () => !(await isRunning()), 5_000)
    expect(rig.worker.states).toHaveLength(1)
    rig.worker.leases.free(account)
    await until(() => rig.worker.states.length === 2, 5_000)
    expect(rig.worker.states.map(({ session_state }) => session_state)).toEqual(['connected', 'connected'])
  })

  it('end by themselves when the Worker cannot be asked for long, before another one could get them', async () => {
    rig = await makeRig()
    const clock = { ahead: 0 }
    await rig.start({ now: () => Date.now() + clock.ahead })
    await until(isRunning, 5_000)
    rig.worker.faults.answer = ({ path }) => (path.endsWith('/leases') ? { status: 503, body: null } : null)
    clock.ahead = 75_000
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await isRunning()).toBe(true)
    clock.ahead = 82_000
    await until(async () => !(await isRunning()), 3_000)
    rig.worker.faults.answer = () => null
    await until(isRunning, 15_000)
  })

  it('are given back on a graceful stop, which says so', async () => {
    rig = await makeRig()
    const companion = await rig.start()
    await until(() => rig.worker.states.some(({ session_state }) => session_state === 'connected'), 5_000)
    const startedAt = Date.now()
    await companion.stop()
    expect(Date.now() - startedAt).toBeLessThan(5_000)
    expect(rig.worker.leases.of(account)).toBeUndefined()
    expect(rig.worker.states.at(-1)).toMatchObject({ session_state: 'stopped', state: 'warning' })
  })
})

describe('a full spool', () => {
  it('is said of the accounts that the companion runs, and of no other', async () => {
    rig = await makeRig(['1001', '1002'])
    rig.worker.leases.steal('telegram:1002')
    rig.worker.faults.answer = ({ path }) => (path.endsWith('/broadcast-message') ? { status: 503, body: null } : null)
    for (let n = 0; n < 20; n++) rig.platform.say('1001', { chat: 'chat', id: `${n}`, text: 'x'.repeat(900_000) })
    await rig.start({ env: { MAX_SPOOL_MB: '16' } })
    const told = () => rig.worker.states.filter(({ code }) => code === 'spool.full')
    await until(() => told().length > 0, 20_000)
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(told().map(({ external_id }) => external_id)).toEqual(['1001'])
    // Given to us now, it would run and does not.
    rig.worker.leases.free('telegram:1002')
    await until(() => told().some(({ external_id }) => external_id === '1002'), 5_000)
  }, 40_000)
})

describe('checkpoints', () => {
  it('are never ahead of what the Worker has, and restore an account on an empty disk', async () => {
    rig = await makeRig()
    rig.worker.faults.answer = ({ path }) =>
      path.endsWith('/broadcast-message')
        ? { status: 503, body: { error: { code: 'hub.unavailable', message: '' } } }
        : null
    for (const id of ['1', '2', '3']) say(id)
    const first = await rig.start()
    await new Promise((resolve) => setTimeout(resolve, 800))
    expect(rig.worker.checkpoints.size).toBe(0)
    rig.worker.faults.answer = () => null
    await until(() => stored().length === 3, 20_000)
    await until(() => rig.worker.checkpoints.size === 1, 8_000)
    const sealed = rig.worker.checkpoints.get(account)?.sealed ?? ''
    expect(sealed).toMatch(/^v1\.k[0-9a-f]{8}\./)
    await first.stop()
    say('4')
    const dataDir = mkdtempSync(join(tmpdir(), 'edge-inbox-rig-'))
    await rig.start({ dataDir })
    await until(() => stored().length === 4, 5_000)
    // It began behind the three, and did not see them again.
    expect(rig.worker.copies).toBe(0)
    await until(() => (rig.worker.checkpoints.get(account)?.version ?? 0) >= 2, 12_000)
    rmSync(dataDir, { recursive: true, force: true })
  })

  it('that this key does not open is never written over: its account says so, until it is given up by hand', async () => {
    rig = await makeRig()
    say('1')
    const first = await rig.start()
    await until(() => rig.worker.checkpoints.size === 1, 8_000)
    await first.stop()
    const before = rig.worker.checkpoints.get(account)
    const DATA_DIR = mkdtempSync(join(tmpdir(), 'edge-inbox-rig-'))
    const COMPANION_KEY = Buffer.alloc(32, 9).toString('base64')
    const copies = rig.worker.copies
    const second = await rig.start({ dataDir: DATA_DIR, env: { COMPANION_KEY } })
    const isTold = () =>
      rig.worker.states.some(({ code, state }) => code === 'checkpoint.unreadable' && state === 'down')
    await until(isTold, 5_000)
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    expect(await isRunning()).toBe(false)
    expect([rig.worker.checkpoints.get(account), rig.worker.copies]).toEqual([before, copies])
    await second.stop()
    const words: string[] = []
    const forget = (name: string) =>
      runForgetCheckpoint([name], { env: { DATA_DIR }, write: (text) => words.push(text) })
    expect([forget('1001'), forget(account)]).toEqual([64, 0])
    await rig.start({ dataDir: DATA_DIR, env: { COMPANION_KEY } })
    await until(isRunning, 5_000)
    await until(() => (rig.worker.checkpoints.get(account)?.version ?? 0) > (before?.version ?? 0), 8_000)
    rmSync(DATA_DIR, { recursive: true, force: true })
  }, 30_000)
})

describe('the doorbell', () => {
  it('brings a command at once, and the pull brings what nobody rang for', async () => {
    rig = await makeRig()
    await rig.start()
    await until(() => rig.worker.doorbell.count() === 1, 5_000)
    await until(isRunning, 5_000)
    const startedAt = Date.now()
    rig.worker.commands.add(account, { to: 'chat', content: 'one' })
    await until(() => rig.platform.sent.length === 1, 3_000)
    expect(Date.now() - startedAt).toBeLessThan(1_500)
    rig.worker.commands.add(account, { to: 'chat', content: 'two' }, true)
    // A socket that comes back asks, too.
    rig.worker.doorbell.cut()
    await until(() => rig.platform.sent.length === 2, 10_000)
    expect(rig.worker.commands.ended.size).toBeGreaterThan(0)
  }, 20_000)
})

describe('commands', () => {
  it('that another companion may have been asked about are not done any more', async () => {
    rig = await makeRig()
    await rig.start()
    await until(isRunning, 5_000)
    rig.platform.floods.set('chat', 60_000)
    for (const content of ['1', '2']) rig.worker.commands.add(account, { to: 'chat', content })
    await until(() => rig.worker.commands.told.length === 1, 5_000)
    rig.worker.leases.steal(account)
    await until(async () => !(await isRunning()), 5_000)
    rig.worker.leases.free(account)
    await until(isRunning, 5_000)
    rig.worker.commands.add(account, { to: 'elsewhere', content: '3' })
    await until(() => rig.platform.sent.length === 1, 5_000)
    expect(rig.platform.sent).toMatchObject([{ text: '3' }])
    await until(() => rig.worker.commands.ended.size === 3, 5_000)
    expect([...rig.worker.commands.ended.values()].map(({ kind }) => kind)).toEqual(['unknown', 'unknown', 'sent'])
    expect(rig.logs.some((line) => line.includes('"command.dropped","count":2'))).toBe(true)
  }, 20_000)

  it('that nobody else was given while somebody else had the account are done after all', async () => {
    rig = await makeRig()
    await rig.start()
    await until(isRunning, 5_000)
    rig.platform.floods.set('chat', 1_500)
    for (const content of ['1', '2']) rig.worker.commands.add(account, { to: 'chat', content })
    await until(() => rig.worker.commands.told.length === 1, 5_000)
    // It comes, and is gone before its first pull.
    rig.worker.leases.pass(account)
    await until(() => rig.worker.commands.ended.size === 2, 15_000)
    expect(rig.platform.sent.map(({ text }) => text)).toEqual(['1', '2'])
    expect([...rig.worker.commands.ended.values()].map(({ kind }) => kind)).toEqual(['sent', 'sent'])
    expect(rig.logs.some((line) => line.includes('"command.dropped","count":2'))).toBe(true)
  }, 25_000)

  it('that have ended meanwhile are not done once more by a disk of an earlier day', async () => {
    rig = await makeRig()
    const first = await rig.start()
    await until(isRunning, 5_000)
    rig.platform.floods.set('chat', 600_000)
    const { id } = rig.worker.commands.add(account, { to: 'chat', content: 'old' })
    await until(() => rig.worker.commands.told.length === 1, 5_000)
    await first.stop()
    // By the disk that was lost.
    rig.worker.commands.ended.set(id, { kind: 'sent', external_id: '1' })
    const second = await rig.start()
    await until(async () => JSON.stringify((await rig.ask('/status')).body).includes('"commands":0'), 5_000)
    await second.stop()
    expect(rig.platform.sent).toEqual([])
  }, 20_000)

  it('are pulled at once after the Worker`s numbers went back', async () => {
    rig = await makeRig()
    await rig.start()
    await until(isRunning, 5_000)
    for (const content of ['1', '2', '3']) rig.worker.commands.add(account, { to: 'chat', content, seq: 900 })
    await until(() => rig.worker.commands.ended.size === 3, 5_000)
    rig.worker.commands.restore()
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    rig.worker.commands.add(account, { to: 'chat', content: '4', seq: 5 })
    await until(() => rig.platform.sent.length === 4, 1_500)
  }, 20_000)

  it('wait in their conversation while the platform wants it, and hold no other one up', async () => {
    rig = await makeRig()
    await rig.start()
    rig.platform.floods.set('slow', 1_500)
    for (const content of ['1', '2']) rig.worker.commands.add(account, { to: 'slow', content })
    rig.worker.commands.add(account, { to: 'quick', content: '3' })
    await until(() => rig.worker.commands.ended.size === 3, 15_000)
    expect(rig.platform.sent.map(({ text }) => text)).toEqual(['3', '1', '2'])
    expect(rig.worker.commands.told.map(({ outcome }) => outcome.kind)).toContain('waiting')
  }, 20_000)

  it('hold the whole account while the platform wants all of it to be still', async () => {
    rig = await makeRig()
    await rig.start()
    rig.platform.floods.set('1001', 1_500)
    for (const [at, to] of ['a', 'b', 'c'].entries()) rig.worker.commands.add(account, { to, content: `flood ${at}` })
    await until(() => rig.worker.commands.told.length >= 1, 5_000)
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(rig.platform.sent).toEqual([])
    await until(() => rig.worker.commands.ended.size === 3, 10_000)
    expect(rig.platform.sent.map(({ text }) => text)).toEqual(['flood 0', 'flood 1', 'flood 2'])
  }, 20_000)

  it('are told until the Worker has settled them', async () => {
    rig = await makeRig()
    rig.worker.commands.settlesNothing = true
    await rig.start()
    rig.worker.commands.add(account, { to: 'chat', content: 'one' })
    await until(() => rig.worker.commands.told.length >= 2, 10_000)
    rig.worker.commands.settlesNothing = false
    await until(() => rig.worker.commands.ended.size === 1, 10_000)
    expect(rig.platform.sent).toHaveLength(1)
    await until(async () => JSON.stringify((await rig.ask('/status')).body).includes('"untold_results":0'), 3_000)
  }, 25_000)

  it('keep the files of a message within reach, by a path on the Worker only', async () => {
    rig = await makeRig()
    const { createWorkerApi } = await import('../../../companion/link/worker-api.ts')
    const { createAccess } = await import('../../../companion/link/access.ts')
    const access = createAccess({ now: Date.now, changed: () => undefined })
    const { url, serviceKey } = rig.worker
    const { signal } = new AbortController()
    const api = createWorkerApi({ url, serviceKey: () => serviceKey, access, signal, fetch })
    rig.worker.files.set('f1', Buffer.alloc(100_000, 5))
    const { body, size } = await api.openFile('/api/v1/companion/files/f1')
    expect(size).toBe(100_000)
    const bytes = new Uint8Array(await new Response(body).arrayBuffer())
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(
      createHash('sha256').update(Buffer.alloc(100_000, 5)).digest('hex'),
    )
    await expect(api.openFile('/api/v1/companion/files/none')).rejects.toThrow('status 404')
    await expect(api.openFile('https://elsewhere.example/x')).rejects.toThrow('no path on the Worker')
    await expect(api.openFile('//elsewhere.example/x')).rejects.toThrow('no path on the Worker')
  })

  it('says which accounts it can only read', async () => {
    rig = await makeRig()
    const asked: string[] = []
    rig.worker.faults.answer = ({ path, body }) => {
      if (path.endsWith('/leases')) asked.push(String(body))
      return null
    }
    const server = { host: '127.0.0.1', port: 1, tls: 'none', user: 'a', auth: { password: 'b' } }
    const mailbox = { platform: 'email', imap: server }
    await rig.start({
      env: {
        ACCOUNTS: JSON.stringify([
          { ...mailbox, external_id: 'reads@example.com' },
          { ...mailbox, external_id: 'sends@example.com', smtp: server },
          { platform: 'telegram', external_id: '1001', api_id: 1, api_hash: 'none' },
        ]),
      },
    })
    await until(() => asked.length > 0, 5_000)
    expect(JSON.parse(asked[0] ?? '')).toMatchObject({
      accounts: [
        { external_id: 'reads@example.com', sends: false },
        { external_id: 'sends@example.com', sends: true },
        { external_id: '1001', sends: true },
      ],
    })
  })
})
