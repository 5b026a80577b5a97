import { describe, expect, it } from 'vitest'
import { closeCodes, isTerminalCloseCode } from '../../../src/protocol/close-codes.ts'
import { connectionToTell, describeConnection, noticeOf } from '../../../src/ui/rules/connection.ts'

describe('describeConnection', () => {
  it('counts down to the next attempt, then says that it is on the way', () => {
    const connection = { kind: 'connecting', attempt: 3, retryAt: 10_000 } as const
    expect(describeConnection(connection, 5_500)).toMatchObject({ text: 'connection.reconnecting', seconds: 5 })
    expect(describeConnection(connection, 10_001)).toMatchObject({ text: 'connection.connecting', seconds: null })
  })
})

describe('noticeOf', () => {
  it('is silent while the connection looks after itself', () => {
    expect(noticeOf({ kind: 'live' })).toBeNull()
    expect(noticeOf({ kind: 'catching_up' })).toBeNull()
    expect(noticeOf({ kind: 'connecting', attempt: 9, retryAt: null })).toBeNull()
  })
  it('has words of its own for every code that means stay away', () => {
    const codes = Object.values(closeCodes).filter(isTerminalCloseCode)
    expect(codes.length).toBeGreaterThan(4)
    for (const code of codes) expect(noticeOf({ kind: 'stopped', code })?.text).not.toBe('connection.stopped_other')
  })
  it('sends somebody whose session ended to sign in', () => {
    for (const code of [closeCodes.sessionExpired, closeCodes.unauthorised]) {
      expect(noticeOf({ kind: 'stopped', code })?.action).toBe('sign_in')
    }
  })
  it('offers to reload for a code it does not know', () => {
    expect(noticeOf({ kind: 'stopped', code: 4999 })).toEqual({ text: 'connection.stopped_other', action: 'reload' })
  })
})

describe('connectionToTell', () => {
  const live = { kind: 'live' } as const
  const ended = { kind: 'stopped', code: closeCodes.tooManySockets } as const
  it('is that of the notifications when it has ended for good and the inbox looks after itself', () => {
    expect(connectionToTell(live, ended)).toBe(ended)
    expect(connectionToTell({ kind: 'connecting', attempt: 1, retryAt: null }, ended)).toBe(ended)
  })
  it('is else that of the inbox', () => {
    const own = { kind: 'stopped', code: closeCodes.sessionExpired } as const
    expect(connectionToTell(own, ended)).toBe(own)
    for (const others of [live, { kind: 'stopped', code: null }, { kind: 'offline' }] as const)
      expect(connectionToTell(live, others)).toBe(live)
  })
})
