import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  isRead,
  notificationId,
  nothingRead,
  parseNotificationId,
  type ReadState,
  withAllRead,
  withRead,
} from '../../src/notifications/read-state.ts'

const epoch = 'k3f_9-x'
const seen = (state: ReadState, seq: number, kind: 'mention' | 'new_message' = 'mention', conversationReadSeq = 0) =>
  isRead({ kind, seq }, state, { epoch, conversationReadSeq })

describe('an id', () => {
  it('names an event of one life of the journal', () => {
    expect(parseNotificationId(notificationId(epoch, 121))).toEqual({ epoch, seq: 121 })
  })

  it.each([
    '',
    '121',
    '.121',
    'k3f.',
    'k3f.0',
    'k3f.01',
    'k3f.-1',
    'k3f.1.2',
    'k3f.1e3',
    'k 3f.1',
    `k3f.${'9'.repeat(17)}`,
  ])('is none: %j', (id) => {
    expect(parseNotificationId(id)).toBeNull()
  })
})

describe('a notification', () => {
  it('is unread until it or everything up to it was read', () => {
    expect(seen(nothingRead(epoch), 5)).toBe(false)
    expect(seen(withRead(nothingRead(epoch), 5, epoch), 5)).toBe(true)
    expect(seen(withRead(nothingRead(epoch), 5, epoch), 4)).toBe(false)
    expect(seen(withAllRead(nothingRead(epoch), 5, epoch), 5)).toBe(true)
    expect(seen(withAllRead(nothingRead(epoch), 5, epoch), 6)).toBe(false)
  })

  it('of a message is read with its conversation, and no other kind is', () => {
    expect(seen(nothingRead(epoch), 5, 'new_message', 5)).toBe(true)
    expect(seen(nothingRead(epoch), 6, 'new_message', 5)).toBe(false)
    expect(seen(nothingRead(epoch), 5, 'mention', 5)).toBe(false)
  })

  it('is unread again once the database was restored: its number is another event’s', () => {
    const before = withRead(withAllRead(nothingRead('old'), 100, 'old'), 120, 'old')
    expect(seen(before, 50)).toBe(false)
    expect(seen(before, 120)).toBe(false)
    expect(withRead(before, 7, epoch)).toEqual({ epoch, readSeq: 0, singles: new Set([7]) })
    expect(withAllRead(before, 7, epoch)).toEqual({ epoch, readSeq: 7, singles: new Set() })
  })
})

describe('marks', () => {
  type Mark = { all: boolean; seq: number }
  const someMarks = fc.array(fc.record({ all: fc.boolean(), seq: fc.integer({ min: 1, max: 30 }) }), { maxLength: 30 })
  const apply = (marks: readonly Mark[]) =>
    marks.reduce(
      (state, { all, seq }) => (all ? withAllRead(state, seq, epoch) : withRead(state, seq, epoch)),
      nothingRead(epoch),
    )

  it('leave the same read in whatever order tabs send them, and keep no more than is needed', () => {
    fc.assert(
      fc.property(someMarks, (marks) => {
        const state = apply(marks)
        for (let seq = 1; seq <= 30; seq++) {
          const expected = marks.some((mark) => (mark.all ? seq <= mark.seq : seq === mark.seq))
          expect(seen(state, seq)).toBe(expected)
        }
        expect(apply(marks.toReversed())).toEqual(state)
        expect([...state.singles].every((seq) => seq > state.readSeq)).toBe(true)
      }),
    )
  })
})
