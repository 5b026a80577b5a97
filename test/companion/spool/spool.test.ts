import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openDatabase } from '../../../companion/spool/database.ts'
import { dropDeadLetters, listDeadLetters, reviveDeadLetters } from '../../../companion/spool/dead-letters.ts'
import { prune, rememberedMs } from '../../../companion/spool/prune.ts'
import { account, add, deliverAll, idsOf, itemsOf, makeFolder, openTestSpool, row } from './setup.ts'

const other = { platform: 'telegram', external_id: '1002' }

describe('the spool', () => {
  it('takes a row of a known key once, also after it was delivered and after a restart', () => {
    const folder = makeFolder()
    const spool = openTestSpool(folder)
    add(spool, row({ id: '1' }), row({ id: '1', text: 'again' }))
    expect(idsOf(deliverAll(spool))).toEqual(['1'])
    spool.close()
    const reopened = openTestSpool(folder)
    add(reopened, row({ id: '1' }))
    expect(deliverAll(reopened)).toEqual([])
    expect(reopened.forAccount(account).knows('m:1')).toBe(true)
    expect(reopened.forAccount(other).knows('m:1')).toBe(false)
  })

  it('keeps what was not delivered over a restart, in its order', () => {
    const folder = makeFolder()
    const spool = openTestSpool(folder)
    add(spool, row({ id: '1' }), row({ id: '2', lane: 'other' }), row({ id: '3' }))
    spool.outgoing.take()
    spool.close()
    expect(idsOf(deliverAll(openTestSpool(folder))).toSorted()).toEqual(['1', '2', '3'])
  })

  it('writes rows and values of one transaction together or not at all', () => {
    const spool = openTestSpool()
    const mine = spool.forAccount(account)
    mine.transaction((write) => {
      write.add(row({ id: '1' }))
      write.set('cursor', '5')
    })
    expect(() =>
      mine.transaction((write) => {
        write.set('cursor', '6')
        write.add(row({ id: '2' }))
        throw new Error('the mapper failed')
      }),
    ).toThrow('the mapper failed')
    expect(mine.read('cursor')).toBe('5')
    expect(idsOf(deliverAll(spool))).toEqual(['1'])
    expect(spool.forAccount(other).read('cursor')).toBeNull()
    mine.transaction((write) => write.set('cursor', null))
    expect(mine.read('cursor')).toBeNull()
  })

  it('ends the process when the disk takes no more', () => {
    const spool = openTestSpool()
    add(spool, row({ id: '1' }))
    const pages = Number(spool.database.sql.prepare('PRAGMA page_count').get()?.['page_count'])
    spool.database.sql.exec(`PRAGMA max_page_count = ${pages + 2}`)
    const tooMuch = () => {
      for (let n = 0; n < 50; n++) add(spool, row({ id: `big-${n}`, text: 'x'.repeat(5_000) }))
    }
    expect(tooMuch).toThrow('database or disk is full')
  })

  it('lets nobody else look into its files', () => {
    const folder = makeFolder()
    openTestSpool(folder)
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    expect(statSync(join(folder, 'spool.db')).mode & 0o777).toBe(0o600)
  })

  it('keeps nothing of what was said once it has arrived', () => {
    const spool = openTestSpool()
    add(spool, row({ id: '1', text: 'a secret' }))
    deliverAll(spool)
    const kept = spool.database.sql.prepare('SELECT payload FROM spooled').all()
    expect(JSON.stringify(kept)).not.toContain('a secret')
  })

  it('forgets a delivered row after a week, and nothing that is open', () => {
    const clock = { now: 1_000_000 }
    const spool = openTestSpool(makeFolder(), clock)
    add(spool, row({ id: '1' }))
    deliverAll(spool)
    add(spool, row({ id: '2' }))
    clock.now += rememberedMs
    expect(prune(spool.database, clock.now)).toBe(0)
    clock.now += 1
    expect(prune(spool.database, clock.now)).toBe(1)
    expect(spool.forAccount(account).knows('m:1')).toBe(false)
    expect(idsOf(deliverAll(spool))).toEqual(['2'])
  })

  it('counts what waits, and says whether all up to a row has arrived', () => {
    const clock = { now: 5_000 }
    const spool = openTestSpool(makeFolder(), clock)
    add(spool, row({ id: '1' }))
    const upTo = spool.counts.lastId()
    clock.now = 6_000
    add(spool, row({ id: '2', lane: 'other' }))
    expect(spool.counts.of('telegram:1001')).toMatchObject({ pending: 2, oldestPendingAt: 5_000, lastAddedAt: 6_000 })
    expect(spool.counts.isOpenUpTo('telegram:1001', upTo)).toBe(true)
    expect(spool.counts.isOpenUpTo('telegram:1002', upTo)).toBe(false)
    const [first] = spool.outgoing.take()
    if (first !== undefined) spool.outgoing.settle([{ unit: first, outcome: 'delivered' }])
    expect(spool.counts.isOpenUpTo('telegram:1001', upTo)).toBe(false)
  })
})

describe('dead letters', () => {
  it('stay, are listed without their text, and go out again when somebody says so in another process', () => {
    const folder = makeFolder()
    const spool = openTestSpool(folder)
    add(spool, row({ id: '1', text: 'hello' }), row({ id: '2' }))
    const units = spool.outgoing.take()
    spool.outgoing.settle(
      units.map((unit, at) => ({ unit, outcome: at === 0 ? { code: 'item.refused', message: 'No.' } : 'delivered' })),
    )
    const crash = (error: unknown): never => {
      throw error
    }
    const elsewhere = openDatabase(join(folder, 'spool.db'), { crash })
    const [letter, ...none] = listDeadLetters(elsewhere, 10)
    expect(none).toEqual([])
    expect(letter).toMatchObject({ account: 'telegram:1001', key: 'm:1', code: 'item.refused' })
    expect(JSON.stringify(letter)).not.toContain('hello')
    expect(reviveDeadLetters(elsewhere, 999)).toBe(0)
    expect(reviveDeadLetters(elsewhere, letter?.id ?? null)).toBe(1)
    elsewhere.close()
    let told = 0
    spool.onAdded(() => {
      told += 1
    })
    expect(spool.outgoing.take()).toEqual([])
    spool.refresh()
    expect(told).toBe(1)
    expect(idsOf(deliverAll(spool))).toEqual(['1'])
    spool.refresh()
    expect(told).toBe(1)
  })
})

describe('dead letters that are dropped', () => {
  const raw = new TextEncoder().encode('Message-ID: <a@b>\r\n\r\nhello')
  const mail = { kind: 'mail', key: 'imap:INBOX:1:7', lane: 'INBOX', raw, direction: 'inbound' } as const

  it('are gone with their mails, texts and files, and known again when their source tells of them', () => {
    const folder = makeFolder()
    const spool = openTestSpool(folder)
    add(spool, row({ id: '1', text: 'a secret', files: ['photo'] }), mail, row({ id: '2', lane: 'other' }))
    const outcome = { code: 'item.refused', message: 'No.' }
    for (let units = spool.outgoing.take(); units.length > 0; units = spool.outgoing.take()) {
      spool.outgoing.settle(units.map((unit) => ({ unit, outcome })))
    }
    const [first, ...others] = listDeadLetters(spool.database, 10)
    expect(others).toHaveLength(2)
    const deps = { mails: spool.mails, now: () => 1_000_000 }
    expect(dropDeadLetters(spool.database, 999, deps)).toBe(0)
    expect(dropDeadLetters(spool.database, first?.id ?? null, deps)).toBe(1)
    expect(readdirSync(join(folder, 'mail'))).toHaveLength(1)
    expect(spool.counts.of('telegram:1001')).toMatchObject({ dead: 2, files: 0, pending: 0 })
    expect(dropDeadLetters(spool.database, null, deps)).toBe(2)
    expect(readdirSync(join(folder, 'mail'))).toEqual([])
    expect(spool.counts.deadLetters().size).toBe(0)
    expect(JSON.stringify(spool.database.sql.prepare('SELECT payload FROM spooled').all())).not.toContain('a secret')
    expect(reviveDeadLetters(spool.database, null)).toBe(0)
    add(spool, row({ id: '1', text: 'a secret' }), mail)
    expect(deliverAll(spool)).toEqual([])
    expect(prune(spool.database, 1_000_001 + rememberedMs)).toBe(3)
  })

  it('never are what waits or has arrived', () => {
    const spool = openTestSpool()
    add(spool, row({ id: '1' }))
    deliverAll(spool)
    add(spool, row({ id: '2' }))
    const deps = { mails: spool.mails, now: () => 1_000_000 }
    for (const id of [null, 1, 2]) expect(dropDeadLetters(spool.database, id, deps)).toBe(0)
    expect(idsOf(deliverAll(spool))).toEqual(['2'])
  })

  it('count for themselves, and not as what waits', () => {
    const spool = openTestSpool()
    add(spool, row({ id: '1', text: 'x'.repeat(1_000) }), row({ id: '2', lane: 'other' }))
    const outcome = { code: 'item.refused', message: 'No.' }
    const [long, short] = spool.outgoing.take()
    if (long === undefined || short === undefined) throw new Error('nothing to take')
    const before = spool.counts.waitingBytes()
    spool.outgoing.settle([{ unit: long, outcome }])
    const dead = spool.counts.deadLetters().get('telegram:1001')
    expect(dead?.rows).toBe(1)
    expect(dead?.bytes).toBeGreaterThan(1_000)
    expect(spool.counts.waitingBytes()).toBe(before - (dead?.bytes ?? 0))
  })
})

describe('mails', () => {
  const raw = new TextEncoder().encode('Message-ID: <a@b>\r\n\r\nhello')
  const mail = { kind: 'mail', key: 'imap:INBOX:1:7', lane: 'INBOX', raw, direction: 'inbound' } as const

  it('lie in files of their own until they have arrived', async () => {
    const folder = makeFolder()
    const spool = openTestSpool(folder)
    add(spool, mail, mail)
    const files = readdirSync(join(folder, 'mail'))
    expect(files).toHaveLength(1)
    expect(statSync(join(folder, 'mail', files[0] ?? '')).mode & 0o777).toBe(0o600)
    const [unit] = spool.outgoing.take()
    if (unit?.what.kind !== 'mail') throw new Error('no mail')
    expect(unit.what.direction).toBe('inbound')
    expect(await spool.mails.read(unit.what.file)).toEqual(raw)
    spool.outgoing.settle([{ unit, outcome: 'delivered' }])
    expect(readdirSync(join(folder, 'mail'))).toEqual([])
  })

  it('survive a restart, and what a crash left over does not', () => {
    const folder = makeFolder()
    const spool = openTestSpool(folder)
    add(spool, mail)
    writeFileSync(join(folder, 'mail', 'half-written.eml'), 'Message')
    spool.close()
    const reopened = openTestSpool(folder)
    expect(existsSync(join(folder, 'mail', 'half-written.eml'))).toBe(false)
    expect(reopened.outgoing.take()).toHaveLength(1)
  })

  it('stay when they are dead letters', () => {
    const folder = makeFolder()
    const spool = openTestSpool(folder)
    add(spool, mail)
    const outcome = { code: 'channel.not_found', message: 'There is no such mailbox.' }
    spool.outgoing.settle(spool.outgoing.take().map((unit) => ({ unit, outcome })))
    spool.close()
    openTestSpool(folder)
    expect(readdirSync(join(folder, 'mail'))).toHaveLength(1)
  })
})

describe('files', () => {
  it('are due once their message has arrived, and their outcome follows in the same lane', () => {
    const spool = openTestSpool()
    add(spool, row({ id: '1', files: ['photo'] }), row({ id: '2' }))
    expect(spool.files.next(['telegram:1001'], new Set())).toBeNull()
    deliverAll(spool)
    expect(spool.files.next(['telegram:1002'], new Set())).toBeNull()
    const file = spool.files.next(['telegram:1001'], new Set())
    expect(file).toMatchObject({ key: 'photo', messageId: '1', locator: { of: '1/photo' }, lane: 'chat', attempts: 0 })
    if (file === null) return
    expect(spool.files.next(['telegram:1001'], new Set([file.id]))).toBeNull()
    spool.files.finish(file, { key: 'photo', upload_id: '5f0c1c9c-0000-4000-8000-000000000001' })
    const [item] = deliverAll(spool)
    expect(item).toMatchObject({
      kind: 'file',
      channel: account,
      message: { external_id: '1' },
      file: { key: 'photo' },
    })
    expect(spool.files.next(['telegram:1001'], new Set())).toBeNull()
  })

  it('hold a checkpoint up until the Worker knows what became of them', () => {
    const spool = openTestSpool()
    add(spool, row({ id: '1', files: ['photo'] }))
    const before = spool.counts.lastId() - 1
    const upTo = spool.counts.lastId()
    deliverAll(spool)
    expect(spool.counts.isOpenUpTo('telegram:1001', upTo)).toBe(true)
    const file = spool.files.next(['telegram:1001'], new Set())
    if (file === null) throw new Error('no file')
    spool.files.finish(file, { key: 'photo', error: { code: 'file.gone', title: 'Gone' } })
    expect(spool.counts.isOpenUpTo('telegram:1001', upTo)).toBe(true)
    expect(spool.counts.isOpenUpTo('telegram:1001', before)).toBe(false)
    expect(spool.counts.isOpenUpTo('telegram:1002', upTo)).toBe(false)
    deliverAll(spool)
    expect(spool.counts.isOpenUpTo('telegram:1001', upTo)).toBe(false)
  })

  it('wait for their next attempt, also over a restart', () => {
    const folder = makeFolder()
    const clock = { now: 1_000 }
    const spool = openTestSpool(folder, clock)
    add(spool, row({ id: '1', files: ['photo'] }))
    deliverAll(spool)
    const file = spool.files.next(['telegram:1001'], new Set())
    if (file !== null) spool.files.postpone(file, 3_000)
    spool.close()
    const reopened = openTestSpool(folder, clock)
    expect(reopened.files.next(['telegram:1001'], new Set())).toBeNull()
    expect(reopened.files.nextAt()).toBe(3_000)
    clock.now = 3_000
    expect(reopened.files.next(['telegram:1001'], new Set())).toMatchObject({ attempts: 1, firstTriedAt: 1_000 })
  })

  it('are uploaded again when the Worker no longer has the upload', () => {
    const spool = openTestSpool()
    add(spool, row({ id: '1', files: ['photo'] }))
    deliverAll(spool)
    const bring = () => {
      const file = spool.files.next(['telegram:1001'], new Set())
      if (file === null) throw new Error('no file')
      spool.files.finish(file, { key: 'photo', upload_id: '5f0c1c9c-0000-4000-8000-000000000001' })
    }
    bring()
    const outcome = { code: 'upload.not_found', message: 'There is no such upload.' }
    spool.outgoing.settle(spool.outgoing.take().map((unit) => ({ unit, outcome })))
    expect(spool.counts.of('telegram:1001').dead).toBe(0)
    bring()
    expect(itemsOf(spool.outgoing.take())).toHaveLength(1)
  })
})
