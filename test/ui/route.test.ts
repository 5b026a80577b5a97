import { expect, it } from 'vitest'
import { conversationOf, pathOf } from '../../src/ui/route.ts'
import { uuid } from './build.ts'

it('finds the conversation that an address names', () => {
  const id = uuid()
  expect(conversationOf(pathOf(id))).toBe(id)
  expect(conversationOf(pathOf(null))).toBeNull()
})

it('takes nothing but an id from an address', () => {
  for (const path of [
    '/conversations/',
    '/conversations/../x',
    '/conversations/1',
    '/x',
    `/conversations/${uuid()}/x`,
  ]) {
    expect(conversationOf(path)).toBeNull()
  }
})
