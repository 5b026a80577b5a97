import { describe, expect, it } from 'vitest'
import { areConnected, peakBytes, waitingIn } from '../../bench/companion-status.ts'

const account = (state: string, pending = 0) => ({ state, pending })

describe('areConnected', () => {
  it('holds when every account is, and not of none', () => {
    expect(areConnected({ accounts: [account('connected'), account('connected')] })).toBe(true)
    expect(areConnected({ accounts: [account('connected'), account('catching_up')] })).toBe(false)
    expect(areConnected({ accounts: [] })).toBe(false)
  })
})

describe('waitingIn', () => {
  it('adds up what waits for each account', () => {
    expect(waitingIn({ accounts: [account('connected', 40), account('unreachable', 2)] })).toBe(42)
  })
})

describe('peakBytes', () => {
  it('reads the high-water mark, not the memory of this moment', () => {
    expect(peakBytes('Name:\tnode\nVmHWM:\t  204800 kB\nVmRSS:\t  102400 kB\n')).toBe(204_800 * 1024)
  })

  it('is no number where there is none', () => {
    expect(peakBytes('Name:\tnode\n')).toBeNaN()
  })
})
