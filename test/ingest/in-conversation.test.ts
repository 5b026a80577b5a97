import { describe, expect, it } from 'vitest'
import type { IngestItem } from '../../src/ingest/items.ts'
import { message, onChannel, phone } from './builders.ts'
import { apply, channel, emptyModel } from './model.ts'

// An item may name its conversation: whoever hands it in has found it by what contact and thread do not say.

const aliasesOf = (value: string) => ({ aliases: [phone(value)] as [ReturnType<typeof phone>] })

function run(...batches: IngestItem[][]) {
  let model = emptyModel()
  const results = batches.flatMap((items) => {
    const after = apply(model, items)
    model = after.model
    return after.results
  })
  return { model, results }
}

const first = onChannel(message({ externalId: 'a', thread: 't1' }))
const conversationId = run(first).results[0]?.conversationId ?? ''
const named = onChannel(message({ externalId: 'b', thread: 't2', inConversation: conversationId }))
const own = onChannel(message({ externalId: 'c', thread: 't2' }))

const placesOf = ({ model }: ReturnType<typeof run>): Partial<Record<string, string>> =>
  Object.fromEntries(model.tables.messages.map((row) => [row.externalId ?? '', row.conversationId]))

describe('an item that names a conversation', () => {
  it('joins it, whatever its thread, and counts in it', () => {
    const { model, results } = run(first, named)
    expect(results[1]).toMatchObject({ outcome: 'stored', conversationId })
    expect(model.tables.conversations).toHaveLength(1)
    expect(model.tables.conversations[0]).toMatchObject({ unreadCount: 2 })
  })

  it('is in the same place whatever comes before or with it, and however often', () => {
    const places = placesOf(run(first, named, own))
    for (const batches of [
      [first, own, named],
      [first, [...own, ...named]],
      [[...first, ...named], own],
      [first, named, own, named, own],
    ]) {
      expect(placesOf(run(...batches))).toEqual(places)
    }
    expect(places['c']).not.toBe(conversationId)
  })

  it('goes by contact and thread where the channel has no such conversation', () => {
    const other = {
      channel: { ...channel, id: '44444444-4444-4444-8444-444444444444' },
      item: named[0]?.item,
    } as IngestItem
    const { results } = run(first, [other])
    expect(results[1]?.outcome).toBe('stored')
    expect(results[1]?.conversationId).not.toBe(conversationId)
    expect(run(named).results[0]?.conversationId).toBe(run(own).results[0]?.conversationId)
  })

  it('follows it into the conversation that it became part of', () => {
    const stranger = onChannel(message({ externalId: 'x', thread: 't1', contact: aliasesOf('380999999999') }))
    const both = onChannel(
      message({
        externalId: 'y',
        thread: 't1',
        contact: { aliases: [phone('380999999999'), phone('380501234567')] },
      }),
    )
    const { model, results } = run(first, stranger, both, named)
    const merged = model.tables.conversations.filter((row) => row.status === 'merged')
    expect(merged).toHaveLength(1)
    const target = merged[0]?.mergedInto
    const namedLast = results[3]
    expect(namedLast?.conversationId).toBe(merged[0]?.id === conversationId ? target : conversationId)
  })
})
