import { describe, expect, it } from 'vitest'
import { busiestSecond, createTally } from '../../bench/companion-journal.ts'
import { textOf } from '../../bench/companion-messages.ts'
import type { EventPage } from '../../src/protocol/api.ts'

/** Of an event only its type and the message's text are looked at. */
function page(seq: number, ...contents: string[]): EventPage {
  const events = contents.map((content) => ({ type: 'new_message', message: { content } }))
  return { events, seq, epoch: 'e', more: false } as unknown as EventPage
}

describe('createTally', () => {
  const start = () => createTally({ since: 7, firstId: 100, count: 3 })

  it('counts the messages that were asked for, and nothing else', () => {
    const tally = start()
    tally.take(page(12, textOf(99), textOf(100), textOf(102), textOf(103), 'hello'))
    expect(tally.count()).toBe(2)
  })

  it('goes on where the journal was read to', () => {
    const tally = start()
    expect(tally.seq()).toBe(7)
    tally.take(page(12))
    expect(tally.seq()).toBe(12)
  })

  it('does not let a message that came twice pass', () => {
    const tally = start()
    tally.take(page(8, textOf(100)))
    expect(() => tally.take(page(9, textOf(100)))).toThrow('twice')
  })
})

describe('busiestSecond', () => {
  const at = (...counts: number[]) => counts.map((count, place) => ({ at: place * 500, count }))

  it('finds it between waits', () => {
    expect(busiestSecond(at(0, 0, 300, 900, 900, 910))).toBe(900)
  })

  it('is a rate where a look took longer than a second', () => {
    const slow = [
      { at: 0, count: 0 },
      { at: 4000, count: 1000 },
    ]
    expect(busiestSecond(slow)).toBe(250)
  })

  it('is nothing of less than a second', () => {
    expect(busiestSecond(at(0, 100))).toBe(0)
  })
})
