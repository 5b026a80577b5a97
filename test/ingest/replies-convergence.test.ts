import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isOpenJob } from '../../src/ingest/jobs.ts'
import type { IngestItem } from '../../src/ingest/items.ts'
import { JournalEvent } from '../../src/protocol/frames.ts'
import type { Message } from '../../src/protocol/message.ts'
import { toWireMessage } from '../../src/store/wire.ts'
import { type Model, apply, settled } from './model.ts'
import { type Begun, aHistory, inBatches } from './reply-world.ts'

function play(begun: Begun, items: readonly IngestItem[], cuts: readonly number[] = [items.length]): Model {
  return inBatches(items, cuts).reduce((model, batch) => apply(model, batch).model, begun.model)
}

/** What somebody knows of the messages who follows the journal. */
function followed({ events }: Model): Message[] {
  const known = new Map<string, Message>()
  for (const row of events) {
    const event = JournalEvent.parse(JSON.parse(row.data))
    if (event.type === 'new_message' || event.type === 'message_updated') known.set(event.message.id, event.message)
    if (event.type !== 'message_status') continue
    const { message_id: id, status, error } = event
    const message = known.get(id)
    if (message !== undefined) known.set(id, { ...message, status, error })
  }
  return [...known.values()]
}

describe('replies', () => {
  it('end in the same rows whatever the order, the batches and the repetitions of what is said of them', () => {
    fc.assert(
      fc.property(aHistory, ({ begun, items, shuffled, cuts }) => {
        expect(settled(play(begun, shuffled, cuts))).toEqual(settled(play(begun, items)))
      }),
      { numRuns: 2000 },
    )
  })

  it('have each an external id of their own, and no work left once every answer is in', () => {
    fc.assert(
      fc.property(aHistory, ({ begun, shuffled, cuts }) => {
        const { tables } = play(begun, shuffled, cuts)
        const externalIds = tables.messages.flatMap((row) => row.externalId ?? [])
        expect(new Set(externalIds).size).toBe(externalIds.length)
        expect(tables.jobs.filter(isOpenJob)).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('make no event of anything that comes a second time', () => {
    fc.assert(
      fc.property(aHistory, ({ begun, shuffled, cuts }) => {
        const once = play(begun, shuffled, cuts)
        const twice = play({ ...begun, model: once }, [...shuffled].reverse(), cuts)
        expect(twice.events.slice(once.events.length).map((event) => event.data)).toEqual([])
      }),
      { numRuns: 500 },
    )
  })

  it('are known to whoever follows the journal as they are in the end', () => {
    fc.assert(
      fc.property(aHistory, ({ begun, shuffled, cuts }) => {
        const model = play(begun, shuffled, cuts)
        expect(followed(model)).toEqual(model.tables.messages.map((row) => toWireMessage(row, [], [])))
      }),
      { numRuns: 500 },
    )
  })
})
