import { describe, expect, it } from 'vitest'
import { createRoom } from '../../companion/room.ts'

const mb = 1024 * 1024
const accounts = ['email:a@example.com', 'telegram:1', 'telegram:2', 'telegram:3']

function roomOf({ waiting = 0, dead = {} }: { waiting?: number; dead?: Record<string, number> }) {
  const spool = { waiting, dead: new Map(Object.entries(dead)) }
  const counts = {
    waitingBytes: () => spool.waiting,
    deadLetters: () => new Map([...spool.dead].map(([account, bytes]) => [account, { rows: 1, bytes }])),
  }
  return { spool, room: createRoom(counts, { maxBytes: 16 * mb, accounts: accounts.length }) }
}

describe('room in the spool', () => {
  it('is there while only dead letters of others fill it', () => {
    const { room } = roomOf({ dead: { 'email:a@example.com': 17 * mb } })
    expect(room.has()).toBe(true)
    for (const other of accounts.slice(1)) expect(room.lacks(other)).toBeNull()
  })

  it('is missing for the account whose dead letters are too many, until enough of them are gone', () => {
    const { room, spool } = roomOf({ dead: { 'email:a@example.com': 17 * mb, 'telegram:1': mb } })
    expect(room.lacks('email:a@example.com')).toBe('spool.dead_letters_full')
    spool.dead.set('email:a@example.com', 14 * mb)
    expect(room.measure()).toBe(false)
    spool.dead.set('email:a@example.com', 3 * mb)
    expect(room.measure()).toBe(true)
    expect(room.lacks('email:a@example.com')).toBeNull()
  })

  it('bounds what the dead letters of all accounts take together', () => {
    const share = 4 * mb
    const { room } = roomOf({ dead: Object.fromEntries(accounts.map((one) => [one, share + 1])) })
    for (const one of accounts) expect(room.lacks(one)).toBe('spool.dead_letters_full')
  })

  it('is missing for all of them while too much waits, until a fifth of it is free', () => {
    const { room, spool } = roomOf({ waiting: 16 * mb })
    for (const one of accounts) expect(room.lacks(one)).toBe('spool.full')
    spool.waiting = 13 * mb
    expect(room.measure()).toBe(false)
    spool.waiting = 12 * mb
    expect(room.measure()).toBe(true)
    expect(room.lacks('telegram:1')).toBeNull()
  })
})
