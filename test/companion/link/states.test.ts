import { afterEach, describe, expect, it } from 'vitest'
import { createStates } from '../../../companion/link/states.ts'
import type { AccountState } from '../../../src/protocol/companion.ts'

const account = { platform: 'telegram', external_id: '1001' } as const
const well = { state: 'ok', session_state: 'connected', code: 'ok', message: '' } as const
const lost = { state: 'down', session_state: 'unreachable', code: 'connection.lost', message: 'Lost.' } as const
const warning = { code: 'spool.stuck', message: 'Stuck.' }
let ending: AbortController
afterEach(() => ending.abort())

function open() {
  ending = new AbortController()
  const told: AccountState[] = []
  const states = createStates({
    api: {
      states({ items }) {
        told.push(...items)
        return Promise.resolve({ kind: 'ok', value: null })
      },
    },
    now: () => Date.parse('2026-11-23T10:00:00Z'),
    random: () => 0,
    signal: ending.signal,
    crash: (error) => {
      throw error
    },
  })
  const shown = async () => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    return told.map(({ state, session_state, code }) => [state, session_state, code])
  }
  return { states, shown }
}

describe('a warning', () => {
  it('is told beside what an account that is well says of its session, and taken back', async () => {
    const { states, shown } = open()
    states.report(account, well)
    await shown()
    states.warn(account, warning)
    await shown()
    states.warn(account, warning)
    states.report(account, well)
    await shown()
    states.warn(account, null)
    expect(await shown()).toEqual([
      ['ok', 'connected', 'ok'],
      ['warning', 'connected', 'spool.stuck'],
      ['ok', 'connected', 'ok'],
    ])
  })

  it('hides nothing graver, and is there again when that is over', async () => {
    const { states, shown } = open()
    states.warn(account, warning)
    expect(await shown()).toEqual([])
    states.report(account, lost)
    await shown()
    states.report(account, well)
    expect(await shown()).toEqual([
      ['down', 'unreachable', 'connection.lost'],
      ['warning', 'connected', 'spool.stuck'],
    ])
  })

  it('is not told of an account that is no longer ours, and told when it is ours again', async () => {
    const { states, shown } = open()
    states.report(account, well)
    states.forget('telegram:1001')
    states.warn(account, warning)
    expect(await shown()).toHaveLength(1)
    states.report(account, well)
    expect((await shown()).at(-1)).toEqual(['warning', 'connected', 'spool.stuck'])
  })
})
