import { afterEach, describe, expect, test, vi } from 'vitest'
import { createEnvironment } from '../../src/client/environment.ts'
import { type NetworkEvent, watchNetwork } from '../../src/client/network-events.ts'

afterEach(() => vi.unstubAllGlobals())

describe('network events', () => {
  test('come from the window and the document until nobody listens any more', () => {
    const window = new EventTarget()
    const document = Object.assign(new EventTarget(), { visibilityState: 'visible' })
    vi.stubGlobal('window', window)
    vi.stubGlobal('document', document)
    const seen: NetworkEvent[] = []
    const stop = watchNetwork((event) => seen.push(event))
    for (const name of ['online', 'offline', 'pageshow', 'pagehide']) window.dispatchEvent(new Event(name))
    for (const name of ['freeze', 'resume', 'visibilitychange']) document.dispatchEvent(new Event(name))
    document.visibilityState = 'hidden'
    document.dispatchEvent(new Event('visibilitychange'))
    expect(seen).toEqual(['online', 'offline', 'pageshow', 'pagehide', 'freeze', 'resume', 'visible', 'hidden'])
    stop()
    window.dispatchEvent(new Event('online'))
    expect(seen).toHaveLength(8)
  })

  test('do not exist where there is no page', () => {
    expect(() => watchNetwork(() => undefined)()).not.toThrow()
  })
})

describe('the environment', () => {
  test('counts as online and visible unless the runtime says otherwise', () => {
    expect(createEnvironment().isOnline()).toBe(true)
    expect(createEnvironment().isHidden()).toBe(false)
    vi.stubGlobal('navigator', { onLine: false })
    vi.stubGlobal('document', { visibilityState: 'hidden' })
    expect(createEnvironment().isOnline()).toBe(false)
    expect(createEnvironment().isHidden()).toBe(true)
  })

  test('opens sockets with protocols, and with headers only where there are any', () => {
    const opened: unknown[][] = []
    class Recorder {
      constructor(...args: unknown[]) {
        opened.push(args)
      }
    }
    vi.stubGlobal('WebSocket', Recorder)
    const { openWebSocket } = createEnvironment()
    openWebSocket({ url: 'wss://x/', protocols: ['a', 'b'] })
    openWebSocket({ url: 'wss://x/', protocols: ['a'], headers: { authorization: 'Bearer t' } })
    expect(opened).toEqual([
      ['wss://x/', ['a', 'b']],
      ['wss://x/', { protocols: ['a'], headers: { authorization: 'Bearer t' } }],
    ])
  })

  test('makes ids that are UUIDs, no two alike', () => {
    const { randomId } = createEnvironment()
    const ids = Array.from({ length: 200 }, () => randomId())
    expect(new Set(ids).size).toBe(200)
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  test('hands a listener error to the page, without throwing it', () => {
    const reported: unknown[] = []
    vi.stubGlobal('reportError', (error: unknown) => void reported.push(error))
    createEnvironment().reportError('oops')
    expect(reported).toEqual(['oops'])
  })
})
