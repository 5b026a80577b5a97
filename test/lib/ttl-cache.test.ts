import { expect, it } from 'vitest'
import { createTtlCache } from '../../src/lib/ttl-cache.ts'

it('forgets when the time is over, and not before', () => {
  let now = 0
  const cache = createTtlCache<string>(() => now, 5_000)
  cache.set('a', 'A')
  now = 4_999
  expect(cache.get('a')).toBe('A')
  now = 5_000
  expect(cache.get('a')).toBeUndefined()
})

it('forgets the oldest when it is full, and what it is told to', () => {
  const cache = createTtlCache<number>(() => 0, 1, 2)
  cache.set('a', 1)
  cache.set('b', 2)
  cache.set('a', 3)
  cache.set('c', 4)
  expect([cache.get('a'), cache.get('b'), cache.get('c')]).toEqual([3, undefined, 4])
  cache.delete('a')
  expect(cache.get('a')).toBeUndefined()
})
