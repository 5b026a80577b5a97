import { describe, expect, test } from 'vitest'
import { parse } from '../../../src/channels/facebook/parse.ts'
import { changeDelivery, facebook, readEcho } from '../meta/messaging/events.ts'
import { wordsOf } from '../updates.ts'

describe('an echo on Messenger', () => {
  const own = '0b6f2f0e-3f0a-4c1e-9d58-6d8a4b0c1d2e'

  test('hands back the id that a message of ours was sent with', () => {
    expect(readEcho(facebook, { text: 'a', metadata: own }).echo).toEqual({ reference: own })
  })

  test.each(['order-17', own.toUpperCase(), '', 7, undefined])(
    'takes nothing that another app sent along for one: %s',
    (metadata) => {
      expect(readEcho(facebook, { text: 'a', metadata }).echo).toEqual({})
    },
  )
})

test.each(['feed', 'mention', 'ratings', 'leadgen', 'conversations', 'inbox_labels', 'live_videos'])(
  'the field %s of a page is nothing for an inbox',
  (field) => {
    expect(wordsOf(parse(changeDelivery(facebook, field, {})))).toEqual([`ignored: ${field}`])
  },
)
