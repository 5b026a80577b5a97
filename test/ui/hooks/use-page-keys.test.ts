import { expect, it } from 'vitest'
import { commandOf } from '../../../src/ui/hooks/use-page-keys.ts'

const press = (key: string, code = key, more = {}) => ({
  ...{ key, code, altKey: false, ctrlKey: false, metaKey: false, isComposing: false },
  ...more,
})
const page = { isTyping: false, isScrolling: false }

it('moves with j, k and the arrows, also under a Cyrillic layout', () => {
  expect(commandOf(press('j', 'KeyJ'), page)).toBe('next')
  expect(commandOf(press('о', 'KeyJ'), page)).toBe('next')
  expect(commandOf(press('л', 'KeyK'), page)).toBe('previous')
  expect(commandOf(press('ArrowUp'), page)).toBe('previous')
})

it('leaves letters to a text field and arrows to a thread', () => {
  expect(commandOf(press('j', 'KeyJ'), { ...page, isTyping: true })).toBeNull()
  expect(commandOf(press('ArrowDown'), { ...page, isScrolling: true })).toBeNull()
  expect(commandOf(press('j', 'KeyJ'), { ...page, isScrolling: true })).toBe('next')
})

it('leaves shortcuts of the browser and unfinished letters alone', () => {
  expect(commandOf(press('j', 'KeyJ', { ctrlKey: true }), page)).toBeNull()
  expect(commandOf(press('Escape', 'Escape', { isComposing: true }), page)).toBeNull()
})

it('goes to the reply with r, but does not take it from a text or from the browser', () => {
  expect(commandOf(press('к', 'KeyR'), page)).toBe('reply')
  expect(commandOf(press('r', 'KeyR'), { ...page, isTyping: true })).toBeNull()
  expect(commandOf(press('r', 'KeyR', { ctrlKey: true }), page)).toBeNull()
})

it('goes back from everywhere', () => {
  expect(commandOf(press('Escape'), { isTyping: true, isScrolling: true })).toBe('back')
})
