import { beforeEach, describe, expect, test } from 'vitest'
import type { AccountSpool, SpoolWriter } from '../../../companion/account.ts'
import { createTroubles } from '../../../companion/imap/troubles.ts'

const minute = 60_000
const where = { what: 'trouble', path: 'INBOX', uidValidity: '77' } as const
const values = new Map<string, string>()
const write: SpoolWriter = {
  add: () => undefined,
  set: (name, value) => void (value === null ? values.delete(name) : values.set(name, value)),
}
const spool: AccountSpool = {
  transaction: (work) => work(write),
  read: (name) => values.get(name) ?? null,
  list: () => new Map(),
  knows: () => false,
}
let now = 0
const open = () => createTroubles({ spool, now: () => now, patienceMs: 15 * minute }, where)

beforeEach(() => {
  values.clear()
  now = 1_000_000
})
const fail = (times: number, kind: 'mail' | 'lost' = 'mail') => {
  for (let time = 0; time < times; time++) open().failed([5], kind)
}

describe('a mail that cannot be fetched', () => {
  test('is given up only once it has failed for long, however often it did; so is its header', () => {
    fail(100)
    expect(open().verdict(5)).toBe('whole')
    now += 15 * minute
    // Nobody has asked for it since.
    expect(open().verdict(5)).toBe('whole')
    fail(1)
    expect(open().verdict(5)).toBe('head')
    fail(100)
    expect(open().verdict(5)).toBe('head')
    now += 15 * minute
    fail(1)
    expect(open().verdict(5)).toBe('nothing')
  })

  test('is given up only once it has failed often, however long ago it did', () => {
    fail(1)
    now += 24 * 60 * minute
    fail(1)
    expect(open().verdict(5)).toBe('whole')
    expect(open().isPutOff(5)).toBe(false)
    fail(1)
    expect(open().verdict(5)).toBe('head')
  })

  test('is put off after three refusals or eleven lost lines', () => {
    fail(2)
    expect(open().isPutOff(5)).toBe(false)
    fail(1)
    expect(open().isPutOff(5)).toBe(true)
    open().passed(write, 5)
    fail(10, 'lost')
    expect(open().isPutOff(5)).toBe(false)
    fail(1, 'lost')
    expect(open().isPutOff(5)).toBe(true)
  })

  test('is a suspect, and no more, when others failed with it', () => {
    open().failed([5, 6], 'mail')
    expect([open().isSuspect(5), open().isSuspect(7)]).toEqual([true, false])
    // What counts is when it failed alone.
    now += 60 * minute
    fail(3)
    expect(open().verdict(5)).toBe('whole')
  })

  test('is known by what an earlier version wrote down', () => {
    values.set('trouble:INBOX:77', '{"5":12,"6":4}')
    expect([5, 6, 7].map((uid) => open().verdict(uid))).toEqual(['head', 'whole', 'whole'])
  })
})
