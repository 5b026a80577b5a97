import { expect, it } from 'vitest'
import { byUrgency, troubleOf } from '../../../src/ui/rules/channels.ts'
import { channel } from '../build.ts'

const states = ['ok', 'warning', 'idle', 'down'] as const
const channels = states.map((state) => channel({ name: state }, { state }))

it('lists channels in trouble first', () => {
  expect(byUrgency(channels).map(({ name }) => name)).toEqual(['down', 'warning', 'idle', 'ok'])
})

it('counts those that need somebody and tells the worst', () => {
  expect(troubleOf(channels)).toEqual({ state: 'down', count: 2 })
  expect(troubleOf(channels.slice(0, 3))).toEqual({ state: 'warning', count: 1 })
  expect(troubleOf([])).toEqual({ state: null, count: 0 })
})
