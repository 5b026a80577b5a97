import { expect, it } from 'vitest'
import { isEverything, withPlatform, withSearch, withUnread } from '../../../src/ui/rules/query.ts'

it('leaves out a filter that is off', () => {
  const all = withUnread(withPlatform(withSearch({}, 'olena'), 'email'), true)
  expect(all).toEqual({ q: 'olena', platform: 'email', unread: true })
  const none = withUnread(withPlatform(withSearch(all, ''), null), false)
  expect(none).toEqual({})
  expect(isEverything(none)).toBe(true)
  expect(isEverything(all)).toBe(false)
})

it('leaves the query it was given alone', () => {
  const query = { q: 'olena' }
  withSearch(query, 'other')
  expect(query).toEqual({ q: 'olena' })
})
