import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, expect, it } from 'vitest'
import { accountFolder } from '../../../companion/data-folder.ts'
import { readCheckpoint } from '../../../companion/telegram/checkpoint.ts'
import { openClient } from '../../../companion/telegram/connect.ts'
import { openSessionStorage } from '../../../companion/telegram/session-storage.ts'
import type { Death } from '../fake-dc/fake-data-center.ts'
import { parseMarked } from '../fake-dc/world.ts'
import {
  checkpointOf,
  heard,
  last,
  logLines,
  numbered,
  onStage,
  quick,
  quietLog,
  sealer,
  telegramConfig,
  until,
} from './listening.ts'

const stage = onStage()

const folderOf = (folder: string, id: number) =>
  accountFolder(folder, { platform: 'telegram', external_id: String(id) })
/** A channel's id without the mark that tells it from a user's. */
const markless = (chat: number) => String(parseMarked(chat).id)

function storedKeys(folder: string, id: number): unknown[] {
  const db = new DatabaseSync(join(folderOf(folder, id), 'session.db'))
  const rows = db.prepare('SELECT dc, sealed FROM sealed_keys').all()
  db.close()
  return rows
}

describe('a session that ends', () => {
  const deaths: [Death, string, string][] = [
    ['SESSION_REVOKED', 'needs_login', 'session.revoked'],
    ['SESSION_EXPIRED', 'needs_login', 'session.expired'],
    ['AUTH_KEY_UNREGISTERED', 'needs_login', 'session.unregistered'],
    ['AUTH_KEY_DUPLICATED', 'needs_login', 'session.duplicated'],
    ['USER_DEACTIVATED', 'needs_login', 'account.deleted'],
    ['USER_DEACTIVATED_BAN', 'banned', 'account.banned'],
    ['FORGOTTEN', 'needs_login', 'session.forgotten'],
  ]
  it.each(deaths)(
    'by %s is told as %s, and the others go on',
    async (death, state, code) => {
      const me = stage.dc.addAccount()
      const other = stage.dc.addAccount()
      const anna = stage.dc.addUser()
      const [mine, theirs] = [await stage.started(me.user.id), await stage.started(other.user.id)]
      stage.dc.revoke(me.user.id, death)
      if (death === 'FORGOTTEN') stage.dc.cutConnections()
      await until(
        () => last(mine)?.code === code,
        () => [mine.reports, logLines.slice(-20)],
        15_000,
      )
      expect(last(mine)).toMatchObject({ state: 'down', session_state: state })
      expect(mine.account.isReady()).toBe(false)
      const calls = stage.dc.calls.get('users.getUsers')
      stage.dc.say({ from: anna.id, to: other.user.id, text: 'still here' })
      await heard(theirs, 'still here')
      await new Promise((resolve) => setTimeout(resolve, 600))
      // It is not tried over and over again with a login that ended.
      expect(stage.dc.calls.get('users.getUsers')).toBe(calls)
      expect(mine.reports.filter((report) => report.code === code)).toHaveLength(1)
    },
    25_000,
  )

  it('is noticed at the next start as well, and the key on the disk stays what it was', async () => {
    const me = stage.dc.addAccount()
    const first = await stage.started(me.user.id)
    await stage.stop(first)
    const before = storedKeys(first.folder, me.user.id)
    expect(before).toHaveLength(1)
    stage.dc.revoke(me.user.id, 'FORGOTTEN')
    const second = await stage.start(me.user.id, { folder: first.folder, restored: null })
    await until(
      () => last(second)?.code === 'session.forgotten',
      () => [second.reports, logLines.slice(-20)],
      12_000,
    )
    await stage.stop(second)
    expect(storedKeys(first.folder, me.user.id)).toEqual(before)
  }, 20_000)
})

describe('an account without a login', () => {
  it('says so', async () => {
    const me = stage.dc.addAccount()
    const listening = await stage.start(me.user.id, { restored: null })
    await until(() => last(listening)?.code === 'login.required')
    expect(last(listening)).toMatchObject({ state: 'down', session_state: 'needs_login' })
  })

  it('is refused when the login belongs to somebody else', async () => {
    const me = stage.dc.addAccount()
    const other = stage.dc.addAccount()
    const listening = await stage.start(me.user.id, { restored: checkpointOf(stage.dc, other.user.id) })
    await until(
      () => last(listening)?.code === 'login.other_account',
      () => listening.reports,
    )
  })
})

describe('what lies on the disk', () => {
  it('is readable by its owner only, and the key does not lie open', async () => {
    const me = stage.dc.addAccount()
    const checkpoint = checkpointOf(stage.dc, me.user.id)
    const listening = await stage.started(me.user.id, { restored: checkpoint })
    const folder = folderOf(listening.folder, me.user.id)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    const names = readdirSync(folder)
    for (const name of ['session.db', 'session.db-wal', 'memory.db', 'memory.db-wal', 'session.lock'])
      expect(names).toContain(name)
    for (const name of names) expect([name, statSync(join(folder, name)).mode & 0o777]).toEqual([name, 0o600])
    await stage.stop(listening)
    const session = Buffer.from(readCheckpoint(checkpoint)?.session ?? '', 'base64url')
    const key = session.subarray(-256, -200)
    const stored = readFileSync(join(folder, 'session.db'))
    expect(session.includes(key)).toBe(true)
    expect(stored.includes(key)).toBe(false)
    expect(stored.toString('latin1')).not.toContain(key.toString('base64url').slice(8, 40))
  })

  it('is not needed: from the checkpoint an empty disk goes on where it was', async () => {
    const me = stage.dc.addAccount()
    const anna = stage.dc.addUser()
    const chat = stage.dc.addSupergroup({ members: [me.user.id, anna.id] })
    const first = await stage.started(me.user.id)
    stage.dc.say({ from: anna.id, to: me.user.id, text: 'before' })
    stage.dc.say({ from: anna.id, to: chat, text: 'before, in the group' })
    await heard(first, 'before', 'before, in the group')
    await until(() => (first.account.checkpoint() ?? '').includes(`"pts":${me.box.pts}`))
    const checkpoint = first.account.checkpoint()
    await stage.stop(first)
    stage.dc.say({ from: anna.id, to: me.user.id, text: 'between' })
    stage.dc.say({ from: anna.id, to: chat, text: 'between, in the group' })
    const second = await stage.started(me.user.id, { restored: checkpoint })
    await heard(second, 'between', 'between, in the group')
    expect(second.texts().toSorted()).toEqual(['between', 'between, in the group'])
  })

  it('names the channels in the checkpoint that moved last first, so that these stay where not all fit', async () => {
    const me = stage.dc.addAccount()
    const anna = stage.dc.addUser()
    const chats = [0, 1, 2].map(() => stage.dc.addSupergroup({ members: [me.user.id, anna.id] }))
    const listening = await stage.started(me.user.id)
    for (const at of [2, 0, 1]) {
      stage.dc.say({ from: anna.id, to: chats[at] ?? 0, text: `in ${at}` })
      await heard(listening, `in ${at}`)
      await until(() => (listening.account.checkpoint() ?? '').includes(`"${markless(chats[at] ?? 0)}":2`))
    }
    await stage.stop(listening)
    const storage = openSessionStorage(folderOf(listening.folder, me.user.id), { sealer, keepsLogin: true })
    const options = { storage, log: quietLog, isListening: false }
    const { base, client } = openClient(telegramConfig(stage.dc, me.user.id), options)
    await base.prepare()
    expect(storage.recentChannels()).toEqual([1, 0, 2].map((at) => markless(chats[at] ?? 0)))
    await client.destroy()
  })

  it('is not overtaken by the checkpoint', async () => {
    const me = stage.dc.addAccount()
    const anna = stage.dc.addUser()
    const listening = await stage.started(me.user.id, { timing: quick })
    for (const text of numbered(200)) stage.dc.say({ from: anna.id, to: me.user.id, text })
    await until(() => {
      const { pts = 0 } = readCheckpoint(listening.account.checkpoint() ?? '')?.state ?? {}
      expect(listening.texts().length).toBeGreaterThanOrEqual(pts - 1)
      return pts === 201
    })
  })
})
