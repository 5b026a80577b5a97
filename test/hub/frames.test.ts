import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type View, framesOf, viewKey } from '../../src/hub/frames.ts'
import type { CommittedEvent } from '../../src/ingest/items.ts'

const event = (seq: number, fields: Partial<CommittedEvent> = {}): CommittedEvent => ({
  seq,
  type: 'new_message',
  platform: 'whatsapp',
  conversationId: 'c1',
  data: JSON.stringify({ type: 'new_message', seq }),
  at: 0,
  ...fields,
})
const view = (fields: Partial<View> = {}): View => ({ feed: 'communications', isV1: true, filter: null, ...fields })
type Sequenced = { type: string; seq: number; from?: number; events?: Sequenced[] }
const parse = (frames: string[]): Sequenced[] => frames.map((frame) => JSON.parse(frame) as Sequenced)

describe('the frames of a view', () => {
  it('are the journal lines themselves where everything is visible', () => {
    expect(framesOf([event(5)], view())).toEqual([event(5).data])
    expect(framesOf([event(5), event(6)], view({ isV1: false }))).toEqual([event(5).data, event(6).data])
  })

  it('put consecutive events into one batch for clients that know it', () => {
    const [batch] = parse(framesOf([event(1), event(2), event(3)], view()))
    expect(batch?.events?.map(({ seq }) => seq)).toEqual([1, 2, 3])
  })

  it('split a long run, so that no frame grows without bound', () => {
    const big = Array.from({ length: 40 }, (_, n) =>
      event(n + 1, { data: JSON.stringify({ seq: n + 1, pad: 'x'.repeat(8_000) }) }),
    )
    const frames = framesOf(big, view())
    expect(frames.length).toBeGreaterThan(4)
    expect(Math.max(...frames.map((frame) => frame.length))).toBeLessThan(80_000)
  })

  it('let health through every filter, and a conversation only where it is asked for', () => {
    const events = [
      event(1),
      event(2, { conversationId: 'c2' }),
      event(3, { type: 'channel_health', conversationId: null }),
      event(4, { platform: 'telegram', conversationId: 'c2' }),
    ]
    const frames = parse(
      framesOf(events, view({ isV1: false, filter: { conversation_ids: ['c2'], platforms: ['whatsapp'] } })),
    )
    expect(frames.map(({ type, from, seq }) => [type, from, seq])).toEqual([
      ['skip', 1, 1],
      ['new_message', undefined, 2],
      ['new_message', undefined, 3],
      ['skip', 4, 4],
    ])
  })

  it('cover every number exactly once, whatever is hidden', () => {
    const someEvents = fc.array(
      fc.record({
        platform: fc.constantFrom('whatsapp' as const, 'telegram' as const),
        conversationId: fc.constantFrom('c1', 'c2', null),
        type: fc.constantFrom('new_message', 'notification'),
      }),
      { minLength: 1, maxLength: 40 },
    )
    const someView = fc.record({
      feed: fc.constantFrom('communications' as const, 'notifications' as const),
      isV1: fc.boolean(),
      filter: fc.constantFrom<View['filter'][]>(null, { platforms: ['telegram'] }, { conversation_ids: ['c2'] }),
    })
    fc.assert(
      fc.property(someEvents, someView, fc.integer({ min: 1, max: 1000 }), (fields, of, first) => {
        const events = fields.map((field, n) => event(first + n, field))
        let cursor = first - 1
        for (const frame of parse(framesOf(events, of)).flatMap((frame) => frame.events ?? [frame])) {
          expect(frame.from ?? frame.seq).toBe(cursor + 1)
          cursor = frame.seq
        }
        expect(cursor).toBe(first + events.length - 1)
      }),
    )
  })

  it('are shared by views that see the same', () => {
    expect(viewKey(view())).toBe(viewKey(view({ filter: null })))
    expect(viewKey(view())).not.toBe(viewKey(view({ isV1: false })))
    expect(viewKey(view())).not.toBe(viewKey(view({ filter: { platforms: ['email'] } })))
  })
})
