import { describe, expect, it } from 'vitest'
import { countNewer, firstUnreadId, newestStoredId, notesInView, toTimeline } from '../../../src/ui/rules/timeline.ts'
import { createFormat } from '../../../src/ui/text/format.ts'
import { message } from '../build.ts'

const { day } = createFormat('en-GB', 'Europe/Kyiv')
const at = (created_at: string, given = {}) => message({ created_at, ...given })

describe('toTimeline', () => {
  it('starts a day where the reader’s midnight is', () => {
    const days = toTimeline([at('2026-11-22T21:59:00Z'), at('2026-11-22T22:01:00Z')], day, null)
    expect(days.map(({ entries }) => entries.length)).toEqual([1, 1])
  })
  it('runs bubbles of one person together while they are close in time', () => {
    const [only] = toTimeline(
      [
        at('2026-11-22T10:00:00Z'),
        at('2026-11-22T10:02:00Z'),
        at('2026-11-22T10:20:00Z'),
        at('2026-11-22T10:21:00Z', { direction: 'outbound' }),
        at('2026-11-22T10:21:30Z', { sender: { external_id: 'x', name: null } }),
      ],
      day,
      null,
    )
    const runs = only?.entries.map((entry) => entry.kind === 'message' && entry.isRun)
    expect(runs).toEqual([false, true, false, false, false])
  })
  it('puts the unread line before its message and breaks the run there', () => {
    const second = at('2026-11-22T10:01:00Z')
    const [only] = toTimeline([at('2026-11-22T10:00:00Z'), second], day, second.id)
    expect(only?.entries.map(({ kind }) => kind)).toEqual(['message', 'unread', 'message'])
    expect(only?.entries[2]).toMatchObject({ isRun: false })
  })
  it('gives every day its own key, also when a late message brings a day back', () => {
    const days = toTimeline(
      [at('2026-11-22T10:00:00Z'), at('2026-11-21T10:00:00Z'), at('2026-11-22T10:00:00Z')],
      day,
      null,
    )
    expect(new Set(days.map(({ key }) => key)).size).toBe(3)
  })
})

describe('a message of this page', () => {
  const local = { state: 'sending' as const, retryAt: null, error: null, uploads: [] }
  const ours = { ...message({ id: 'c1', client_message_id: 'c1', seq: Number.MAX_SAFE_INTEGER }), local }
  const stored = message({ id: 's1', client_message_id: 'c1', seq: 7 })

  it('keeps its key when the server’s row takes its place, so that it is not drawn anew', () => {
    const keys = [ours, stored].map((one) => toTimeline([one], day, null)[0]?.entries[0]?.key)
    expect(keys).toEqual(['c1', 'c1'])
    expect(toTimeline([message({ id: 'other' })], day, null)[0]?.entries[0]?.key).toBe('other')
  })
  it('is no news to be marked as read; what arrived last is, wherever it stands', () => {
    const late = message({ id: 'late', seq: 9 })
    expect(newestStoredId([late, stored, ours])).toBe('late')
    expect(newestStoredId([ours])).toBeNull()
  })
})

describe('firstUnreadId', () => {
  const inbound = [message(), message(), message()]
  it('counts inbound messages from the newest', () => {
    const messages = [...inbound, message({ direction: 'outbound' })]
    expect(firstUnreadId(messages, 2)).toBe(inbound[1]?.id)
  })
  it('is nothing when nothing is unread, or when it is not loaded', () => {
    expect(firstUnreadId(inbound, 0)).toBeNull()
    expect(firstUnreadId(inbound, 4)).toBeNull()
  })
})

describe('countNewer', () => {
  it('counts what came in after the last one that was seen', () => {
    const seen = message()
    expect(countNewer([seen, message(), message({ direction: 'outbound' }), message()], seen.id)).toBe(2)
    expect(countNewer([message()], 'unknown')).toBe(0)
  })
})

describe('notes', () => {
  const note = (created_at: string) => {
    const author = { author_id: 'a', author_name: 'Taras', mentions: [] }
    return { id: created_at, ...author, text: 'Between us', created_at }
  }
  const messages = [at('2026-11-22T10:00:00Z'), at('2026-11-22T10:01:00Z'), at('2026-11-22T10:02:00Z')]
  const kinds = (notes: ReturnType<typeof note>[]) =>
    toTimeline(messages, day, null, notes).map(({ entries }) => entries.map(({ kind }) => kind))

  it('stand at their place in time and break the run of a person’s bubbles', () => {
    const [only] = toTimeline(messages, day, null, [note('2026-11-22T10:01:30Z')])
    expect(only?.entries.map((entry) => (entry.kind === 'message' ? entry.isRun : entry.kind))).toEqual([
      false,
      true,
      'note',
      false,
    ])
  })
  it('may be the last ones, on a day of their own, or all that there is', () => {
    expect(kinds([note('2026-11-22T11:00:00Z'), note('2026-11-24T10:00:00Z')])).toEqual([
      ['message', 'message', 'message', 'note'],
      ['note'],
    ])
    expect(toTimeline([], day, null, [note('2026-11-22T11:00:00Z')])).toHaveLength(1)
  })
  it('from before the oldest message on show wait until that part is loaded', () => {
    const notes = [note('2026-11-22T09:00:00Z'), note('2026-11-22T10:00:30Z')]
    expect(notesInView(notes, messages, false)).toEqual(notes.slice(1))
    expect(notesInView(notes, messages, true)).toEqual(notes)
    expect(notesInView(notes, [], false)).toEqual([])
  })
})
