import { describe, expect, it } from 'vitest'
import { createToldOnce, type Desk, type Nearness } from '../../src/ui/told-once.ts'

/** The locks of one browser, as the standard has them, for as many windows as want them. */
function createLocks() {
  const held: { name: string; mode: 'shared' | 'exclusive' }[] = []
  const request = async (name: string, options: LockOptions, callback: (lock: Lock | null) => unknown) => {
    const mode = options.mode ?? 'exclusive'
    const isFree = mode === 'shared' || !held.some((one) => one.name === name)
    if (!isFree) return callback(null)
    const lock = { name, mode }
    held.push(lock)
    await Promise.resolve()
    await callback(lock)
    held.splice(held.indexOf(lock), 1)
  }
  return { request, query: async () => ({ held, pending: [] }) } as unknown as NonNullable<Desk['locks']>
}

type Channel = NonNullable<Desk['channel']>

function createBrowser({ hasLocks = true } = {}) {
  const locks = hasLocks ? createLocks() : null
  const channels = new Set<Channel>()
  return (nearness: Nearness) => {
    const window = { nearness }
    const channel: Channel = {
      onmessage: null,
      postMessage: (data: unknown) => {
        for (const other of channels)
          if (other !== channel) (other.onmessage as unknown as (event: { data: unknown }) => void)({ data })
      },
      close: () => void channels.delete(channel),
    }
    channels.add(channel)
    const once = createToldOnce({ locks, channel, nearness: () => window.nearness })
    return {
      ...once,
      come(next: Nearness) {
        window.nearness = next
        once.nearnessChanged()
      },
    }
  }
}

describe('of several windows', () => {
  it('that nobody is nearer to, exactly one tells', async () => {
    const open = createBrowser()
    const windows = ['visible', 'visible', 'visible'].map((nearness) => open(nearness as Nearness))
    const claims = await Promise.all(windows.map((one) => one.claim('k3f.7', 'show')))
    expect(claims.filter(Boolean)).toHaveLength(1)
    expect(await Promise.all(windows.map((one) => one.claim('k3f.7', 'show')))).toEqual([false, false, false])
  })

  it('the one that somebody works in tells, however late it hears', async () => {
    const open = createBrowser()
    const [hidden, visible, focused] = [open('hidden'), open('visible'), open('focused')]
    expect(await hidden.claim('k3f.7', 'show')).toBe(false)
    expect(await visible.claim('k3f.7', 'show')).toBe(false)
    expect(await focused.claim('k3f.7', 'show')).toBe(true)
  })

  it('a hidden one tells when none is in view any more', async () => {
    const open = createBrowser()
    const [hidden, other] = [open('hidden'), open('visible')]
    other.come('hidden')
    await Promise.resolve()
    await Promise.resolve()
    expect(await hidden.claim('k3f.7', 'show')).toBe(true)
    expect(await other.claim('k3f.7', 'show')).toBe(false)
  })

  it('one may show it and another one sound it, and the next one is a matter of its own', async () => {
    const open = createBrowser()
    const [one, two] = [open('visible'), open('visible')]
    expect(await one.claim('k3f.7', 'show')).toBe(true)
    expect(await two.claim('k3f.7', 'sound')).toBe(true)
    expect(await one.claim('k3f.7', 'sound')).toBe(false)
    expect(await two.claim('k3f.8', 'show')).toBe(true)
  })

  it('a hidden one may sound for the one in view, which the browser may keep silent', async () => {
    const open = createBrowser()
    const [hidden, focused] = [open('hidden'), open('focused')]
    expect(await hidden.claim('k3f.7', 'sound')).toBe(true)
    expect(await focused.claim('k3f.7', 'sound')).toBe(false)
    expect(await focused.claim('k3f.7', 'show')).toBe(true)
  })

  it('on a page without locks one that has heard of it stays silent', async () => {
    const open = createBrowser({ hasLocks: false })
    const [one, two] = [open('visible'), open('visible')]
    expect(await one.claim('k3f.7', 'show')).toBe(true)
    expect(await two.claim('k3f.7', 'show')).toBe(false)
  })
})
