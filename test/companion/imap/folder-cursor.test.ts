import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ImapFlow } from 'imapflow'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFolderCursors, type FolderCursors } from '../../../companion/imap/folder-cursor.ts'
import { syncFolder } from '../../../companion/imap/sync-folder.ts'
import { type Spool, openSpool } from '../../../companion/spool/open-spool.ts'
import { type FakeImap, openFakeImap } from './fake-imap.ts'
import { mailOf, quickTiming } from './mailbox-rig.ts'

const mailbox = { platform: 'email', external_id: 'office@example.com' } as const
const most = 20
let directory: string
let spool: Spool

function crash(error: unknown): never {
  throw error
}
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'edge-inbox-cursors-'))
  spool = openSpool(directory, { now: Date.now, crash })
})
afterEach(() => {
  spool.close()
  rmSync(directory, { recursive: true, force: true })
})

const open = (paths: readonly string[] = ['INBOX']) => createFolderCursors(spool.forAccount(mailbox), paths, {}, most)
const identity = (n: number) => n.toString(16).padStart(32, '0')
const done = { uidValidity: '7', next: 1000, until: 1, since: 5 }

function remember(cursors: FolderCursors, path: string, mails: readonly [n: number, receivedAt: number | null][]) {
  spool.forAccount(mailbox).transaction((write) => {
    for (const [n, receivedAt] of mails) cursors.remember(write, path, { identity: identity(n), receivedAt })
  })
}
const settle = (cursors: FolderCursors, path: string, changes = {}) =>
  spool.forAccount(mailbox).transaction((write) => cursors.write(write, path, { ...done, ...changes }))
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => from + at)

describe('the mails that are known of a folder', () => {
  test('are its newest ones, and nothing of the time of older ones is looked for again', () => {
    const cursors = open()
    settle(cursors, 'INBOX')
    // In whatever order they were found.
    remember(
      cursors,
      'INBOX',
      numbers(1, 50).map((n) => [51 - n, (51 - n) * 1000]),
    )
    expect(cursors.forgetOldest('INBOX', 1_000_000)).toBe(30)
    expect(numbers(1, 50).filter((n) => cursors.isKnown('INBOX', identity(n)))).toEqual(numbers(31, 50))
    expect(cursors.read('INBOX')).toEqual({ ...done, since: 30_001 })
    expect(cursors.forgetOldest('INBOX', 1_000_000)).toBe(0)
  })

  test('never grow far past their number, however many come', () => {
    const cursors = open()
    settle(cursors, 'INBOX')
    for (let n = 1; n < 150; n++) {
      remember(cursors, 'INBOX', [[n, n * 1000]])
      cursors.forgetOldest('INBOX', 1_000_000)
      expect(spool.forAccount(mailbox).list('known:INBOX:').size).toBeLessThanOrEqual(most + 2)
    }
    expect(cursors.isKnown('INBOX', identity(149))).toBe(true)
  })

  test('are all kept while a folder is looked through anew, and where there are not too many', () => {
    const cursors = open()
    settle(cursors, 'INBOX', { next: 5, until: 90 })
    remember(
      cursors,
      'INBOX',
      numbers(1, 50).map((n) => [n, n * 1000]),
    )
    expect(cursors.forgetOldest('INBOX', 1_000_000)).toBe(0)
    settle(cursors, 'Sent')
    remember(cursors, 'Sent', [[1, 1000]])
    expect(cursors.forgetOldest('Sent', 1_000_000)).toBe(0)
    expect(cursors.read('Sent')).toEqual(done)
  })

  test('are forgotten in their own folder only, whatever others are called', () => {
    const cursors = open(['INBOX', 'INBOX:old'])
    settle(cursors, 'INBOX')
    remember(
      cursors,
      'INBOX:old',
      numbers(1, 50).map((n) => [n, n * 1000]),
    )
    remember(cursors, 'INBOX', [[1, 1000]])
    expect(cursors.forgetOldest('INBOX', 1_000_000)).toBe(0)
    expect(numbers(1, 50).every((n) => cursors.isKnown('INBOX:old', identity(n)))).toBe(true)
  })

  test('may claim to be of the future, which hides nothing that is yet to come', () => {
    const cursors = open()
    settle(cursors, 'INBOX')
    remember(
      cursors,
      'INBOX',
      numbers(1, 50).map((n) => [n, 9_000_000 + n]),
    )
    cursors.forgetOldest('INBOX', 1_000_000)
    expect(cursors.read('INBOX')?.since).toBe(1_000_001)
  })
})

describe('a folder that is numbered anew after more mails than are remembered', () => {
  let server: FakeImap
  let client: ImapFlow
  beforeEach(async () => {
    server = await openFakeImap()
  })
  afterEach(async () => {
    client.close()
    await server.close()
  })

  const mailAt = (uid: number, day: number) => ({
    uid,
    raw: mailOf(`of day ${day}`),
    receivedAt: `${String(day).padStart(2, '0')}-Oct-2026 08:00:00 +0000`,
  })

  async function sync(cursors: FolderCursors): Promise<number> {
    client = new ImapFlow({
      host: '127.0.0.1',
      port: server.port,
      secure: false,
      auth: { user: 'office', pass: 'secret' },
      logger: false,
    })
    await client.connect()
    return syncFolder(
      client,
      { path: 'INBOX', role: 'inbox' },
      {
        ...{ cursors, spool: spool.forAccount(mailbox), log: pino({ level: 'silent' }), now: Date.now, since: 0 },
        ...{ timing: quickTiming, isOwn: () => false, signal: new AbortController().signal },
        ...{ onPending: () => undefined, onTaken: () => undefined },
      },
    ).finally(() => client.close())
  }

  test('gives none of them again, and all that are new', async () => {
    server.mails = numbers(1, 28).map((day) => mailAt(day, day))
    expect(await sync(open())).toBe(28)
    expect(spool.forAccount(mailbox).list('known:INBOX:').size).toBe(most)
    server.uidValidity = 78
    // As new as the oldest one that is remembered: moved here from another folder meanwhile.
    server.mails = [...server.mails.map((mail) => ({ ...mail, uid: mail.uid + 100 })), mailAt(130, 9), mailAt(131, 29)]
    expect(await sync(open())).toBe(2)
  })
})
