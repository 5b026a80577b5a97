import { describe, expect, it } from 'vitest'
import { type CommandStore, createCommandStore, toNonce } from '../../../companion/commands/command-store.ts'
import type { Command } from '../../../src/protocol/companion.ts'
import { makeFolder, openTestSpool } from '../spool/setup.ts'

const account = 'telegram:1001'
const created = '2026-11-23T10:00:00.000Z'
const createdAt = Date.parse(created)

function command(seq: number, content = 'hello'): Command {
  return {
    seq,
    id: `00000000-0000-4000-8000-00000000000${seq}`,
    message_id: `00000000-0000-4000-9000-00000000000${seq}`,
    conversation: { external_id: 'chat', thread: '' },
    type: 'text',
    content,
    reply_to_external_id: null,
    attachments: [],
    mail: null,
    created_at: created,
  }
}
const openStore = (folder: string, clock = { now: createdAt }): CommandStore =>
  createCommandStore({
    database: openTestSpool(folder, clock).database,
    now: () => clock.now,
    nonceOf: (id) => toNonce(Buffer.from(id.replaceAll('-', ''), 'hex')),
  })
const first = command(1)
const lease = { token: 1, since: createdAt }

describe('commands on the disk', () => {
  it('are there once, however often they are pulled', () => {
    const store = openStore(makeFolder())
    expect(store.add(account, [command(1), command(2)], lease)).toBe(2)
    expect(store.add(account, [command(1, 'changed'), command(2)], lease)).toBe(0)
    expect(store.lastSeq(account)).toBe(2)
    expect(store.lastSeq('telegram:other')).toBe(0)
    expect(store.begin(first.id).command).toEqual(first)
  })

  it('know after a crash that an attempt had begun, and have the same nonce', () => {
    const folder = makeFolder()
    const store = openStore(folder)
    store.add(account, [first], lease)
    const before = store.begin(first.id)
    expect(before.isRepeat).toBe(false)
    const after = openStore(folder).begin(first.id)
    expect(after).toEqual({ ...before, isRepeat: true })
  })

  it('may have been done by whoever had the account before us', () => {
    const store = openStore(makeFolder())
    store.add(account, [first], { token: 1, since: createdAt + 1 })
    expect(store.begin(first.id).isRepeat).toBe(true)
  })

  it('keep their result until it is settled, and nothing of what was said', () => {
    const folder = makeFolder()
    const store = openStore(folder)
    store.add(account, [first], lease)
    store.begin(first.id)
    store.end(first.id, { kind: 'sent', external_id: '77' })
    expect(store.open(account)).toEqual([])
    const told = openStore(folder).untold(account, 10)
    expect(told).toEqual([{ id: first.id, at: created, outcome: { kind: 'sent', external_id: '77' } }])
    store.told(told, new Set())
    expect(store.untold(account, 10)).toHaveLength(1)
    store.told(told, new Set([first.id]))
    expect(store.untold(account, 10)).toEqual([])
    // Pulled once more by a Worker that did not know yet, or whose database is of an earlier day.
    expect(store.add(account, [first], lease)).toBe(0)
    expect(store.open(account)).toEqual([])
    expect(store.untold(account, 10)).toEqual(told)
  })

  it('say nothing of the numbers to come once they are settled: a restored database gives them out again', () => {
    const store = openStore(makeFolder())
    store.add(account, [command(4), command(5)], lease)
    for (const { id } of [command(4), command(5)]) {
      expect(store.lastSeq(account)).toBe(5)
      store.end(id, { kind: 'sent', external_id: '1' })
    }
    expect(store.lastSeq(account)).toBe(5)
    store.told(store.untold(account, 10), new Set([command(4).id, command(5).id]))
    expect(store.lastSeq(account)).toBe(0)
  })

  it('that the Worker knows to have ended are not done, though an older disk takes them for open', () => {
    const store = openStore(makeFolder())
    store.add(account, [command(1), command(2), command(3)], lease)
    expect(store.dropEnded(account, 2)).toBe(2)
    expect(store.open(account).map(({ seq }) => seq)).toEqual([3])
    expect(store.untold(account, 10)).toEqual([])
    expect(store.dropEnded('telegram:other', 9)).toBe(0)
  })

  it('tell of a wait once, and of what came of it in any case', () => {
    const clock = { now: createdAt }
    const store = openStore(makeFolder(), clock)
    store.add(account, [first], lease)
    store.begin(first.id)
    const until = '2026-11-23T10:05:00.000Z'
    const error = { code: 'FLOOD_WAIT', title: 'Wait', details: null }
    store.end(first.id, { kind: 'waiting', until, error, holds: 'account' })
    const waiting = store.untold(account, 10)
    expect(waiting).toMatchObject([{ outcome: { kind: 'waiting', until, error } }])
    expect(waiting[0]?.outcome).not.toHaveProperty('holds')
    expect(store.open(account)).toMatchObject([{ wait: { until: Date.parse(until), longestMs: 300_000 } }])
    // The end comes in the same millisecond, while the wait is being told.
    store.end(first.id, { kind: 'failed', error })
    store.told(waiting, new Set())
    expect(store.untold(account, 10)).toMatchObject([{ outcome: { kind: 'failed' } }])
  })

  it('that were pulled before another companion had the account are not done any more', () => {
    const store = openStore(makeFolder())
    store.add(account, [command(1), command(2), command(3)], lease)
    store.begin(command(1).id)
    store.begin(command(2).id)
    const error = { code: 'SLOWMODE_WAIT', title: 'Wait', details: null }
    store.end(command(2).id, { kind: 'waiting', until: created, error })
    expect(store.dropFormer(account, 1)).toBe(0)
    expect(store.dropFormer(account, 3)).toBe(3)
    expect(store.open(account)).toEqual([])
    expect(store.untold(account, 10)).toEqual([])
    // What the attempt under way comes to is told.
    store.end(command(1).id, { kind: 'sent', external_id: '7' })
    expect(store.untold(account, 10)).toMatchObject([{ id: command(1).id, outcome: { kind: 'sent' } }])
  })

  it('are done after all when the Worker hands them to us again: nobody else was given them', () => {
    const store = openStore(makeFolder())
    store.add(account, [command(1), command(2)], lease)
    store.begin(command(2).id)
    const error = { code: 'SLOWMODE_WAIT', title: 'Wait', details: null }
    store.end(command(2).id, { kind: 'waiting', until: created, error })
    store.dropFormer(account, 3)
    expect(store.add(account, [command(1), command(2)], { token: 3, since: createdAt })).toBe(2)
    expect(store.open(account).map(({ seq }) => seq)).toEqual([1, 2])
    for (const one of [command(1), command(2)]) {
      expect(store.begin(one.id)).toMatchObject({ command: one, isRepeat: true })
    }
    expect(store.dropFormer(account, 3)).toBe(0)
  })

  it('have nonces that any reading of 64 bits takes for the same positive number', () => {
    expect(toNonce(Buffer.alloc(32, 0xff))).toBe(0x7fff_ffff_ffff_ffffn)
    expect(toNonce(Buffer.alloc(32))).toBe(1n)
  })
})
