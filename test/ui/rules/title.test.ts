import { expect, it } from 'vitest'
import { titleOf } from '../../../src/ui/rules/title.ts'

it('puts the number of unread notifications before the name, while there are any', () => {
  expect(titleOf({ count: 3, more: false }, 'Edge Inbox', String)).toBe('(3) Edge Inbox')
  expect(titleOf({ count: 100, more: true }, 'Edge Inbox', String)).toBe('(100+) Edge Inbox')
  expect(titleOf({ count: 0, more: false }, 'Edge Inbox', String)).toBe('Edge Inbox')
})
