import { expect, it } from 'vitest'
import { messageStatuses } from '../../../src/protocol/words.ts'
import { tickOf } from '../../../src/ui/rules/ticks.ts'

it('marks every status of an outbound message, and none of an inbound one', () => {
  const marks = messageStatuses.map((status) => tickOf({ direction: 'outbound', status })?.mark)
  expect(marks).toEqual(['clock', 'question', 'one', 'two', 'two', 'two', 'cross'])
  for (const status of messageStatuses) expect(tickOf({ direction: 'inbound', status })).toBeNull()
})

it('says of what is on its way whether it waits or is being sent', () => {
  const local = (state: 'waiting' | 'sending') => ({ state, retryAt: null, error: null, uploads: [] })
  const label = (state: 'waiting' | 'sending') =>
    tickOf({ direction: 'outbound', status: 'queued', local: local(state) })?.label
  expect([label('waiting'), label('sending')]).toEqual(['status.queued', 'status.sending'])
})

it('colours only what was seen', () => {
  const seen = messageStatuses.filter((status) => tickOf({ direction: 'outbound', status })?.isSeen)
  expect(seen).toEqual(['read', 'played'])
})
