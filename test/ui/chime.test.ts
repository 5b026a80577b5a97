import { expect, it } from 'vitest'
import { createChime } from '../../src/ui/chime.ts'

it('says that it could not sound until the browser lets it, and asks the browser only after a touch', () => {
  let made = 0
  const chime = createChime(() => {
    made += 1
    return {
      state: 'suspended',
      resume: async () => undefined,
      close: async () => undefined,
    } as unknown as AudioContext
  })
  expect(chime.play()).toBe(false)
  expect(made).toBe(0)
  chime.unlock()
  chime.unlock()
  expect(made).toBe(1)
  expect(chime.play()).toBe(false)
})
