import { expect, it } from 'vitest'
import { messageStatuses } from '../../../src/protocol/words.ts'
import { tickOf } from '../../../src/ui/rules/ticks.ts'

it('marks every status of an outbound message, and none of an inbound one', () => {
  const marks = messageStatuses.map((status) => tickOf({ direction: 'outbound', status })?.mark)
  expect(marks).toEqual(['clock', 'question', 'one', 'two', 'two', 'two', 'cross'])
  for (const status of messageStatuses) expect(tickOf({ direction: 'inbound', status })).toBeNull()
})

it('colours only what was seen', () => {
  const seen = messageStatuses.filter((status) => tickOf({ direction: 'outbound', status })?.isSeen)
  expect(seen).toEqual(['read', 'played'])
})
