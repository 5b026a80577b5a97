import { expect, it } from 'vitest'
import { titleOf } from '../../../src/ui/rules/title.ts'
import { conversation } from '../build.ts'

it('puts the number of unread messages before the name, while there are any', () => {
  const unread = [conversation({ unread_count: 2 }), conversation(), conversation({ unread_count: 1 })]
  expect(titleOf(unread, 'Edge Inbox', String)).toBe('(3) Edge Inbox')
  expect(titleOf([conversation()], 'Edge Inbox', String)).toBe('Edge Inbox')
})
