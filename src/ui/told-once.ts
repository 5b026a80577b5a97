// Several windows of one browser get the same notification: it pops up, and sounds, in one of them.

/** How near somebody is to a window: it has the keyboard, it is in view, or neither. */
export type Nearness = 'focused' | 'visible' | 'hidden'

/** The parts of a browser that windows talk through; none of them is there on every page. */
export type Desk = {
  locks: Pick<LockManager, 'request' | 'query'> | null
  channel: Pick<BroadcastChannel, 'postMessage' | 'onmessage' | 'close'> | null
  /** Of this window, now. */
  nearness(): Nearness
}

export type ToldOnce = {
  /**
   * Whether this window is the one to tell of it. It shows where somebody is nearest; it may sound from any window that
   * the browser lets, so the first one that asks has it.
   */
  claim(id: string, as: 'show' | 'sound'): Promise<boolean>
  /** Call it when the window came nearer, or went. */
  nearnessChanged(): void
  close(): void
}

const prefix = 'edge-inbox.'
/** Longer than any window can be late by. What was told after it came over the channel. */
const claimedMs = 30_000
const maxTold = 500

export function createToldOnce(desk: Desk): ToldOnce {
  const told = new Set<string>()
  const remember = (name: string): void => {
    told.add(name)
    const [oldest] = told
    if (told.size > maxTold && oldest !== undefined) told.delete(oldest)
  }
  if (desk.channel !== null) {
    desk.channel.onmessage = ({ data }: MessageEvent<unknown>) => {
      if (typeof data === 'string') remember(data)
    }
  }
  const presence = keepPresence(desk)
  return {
    async claim(id, as) {
      const name = `${as} ${id}`
      if (told.has(name) || (as === 'show' && (await isOtherNearer(desk)))) return false
      const isMine = await takeLock(desk.locks, name)
      if (!isMine || told.has(name)) return false
      remember(name)
      desk.channel?.postMessage(name)
      return true
    },
    nearnessChanged: presence.update,
    close() {
      presence.end()
      desk.channel?.close()
    },
  }
}

/** Holds a lock that says how near this window is, for the others to see. */
function keepPresence(desk: Desk): { update(): void; end(): void } {
  let held: { nearness: Nearness; release(): void } | null = null
  const end = (): void => {
    held?.release()
    held = null
  }
  const update = (): void => {
    const nearness = desk.nearness()
    if (held?.nearness === nearness) return
    end()
    if (nearness === 'hidden' || desk.locks === null) return
    const { promise, resolve } = Promise.withResolvers<void>()
    held = { nearness, release: resolve }
    desk.locks.request(`${prefix}${nearness}`, { mode: 'shared' }, () => promise).catch(() => undefined)
  }
  update()
  return { update, end }
}

const nearerThan: Readonly<Record<Nearness, readonly Nearness[]>> = {
  focused: [],
  visible: ['focused'],
  hidden: ['focused', 'visible'],
}

async function isOtherNearer({ locks, nearness }: Desk): Promise<boolean> {
  const nearer = nearerThan[nearness()].map((one) => `${prefix}${one}`)
  if (locks === null || nearer.length === 0) return false
  const { held = [] } = await locks.query()
  return held.some(({ name }) => name !== undefined && nearer.includes(name))
}

/** The first window that asks has it. Without locks every window that did not hear of it tells it. */
function takeLock(locks: Desk['locks'], name: string): Promise<boolean> {
  if (locks === null) return Promise.resolve(true)
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const hold = (lock: Lock | null): Promise<void> | undefined => {
    resolve(lock !== null)
    return lock === null ? undefined : new Promise((done) => setTimeout(done, claimedMs))
  }
  locks.request(`${prefix}${name}`, { ifAvailable: true }, hold).catch(() => resolve(true))
  return promise
}

/** That of this browser. Locks need https or localhost. */
export function createDesk(): Desk {
  return {
    locks: typeof navigator !== 'undefined' && 'locks' in navigator ? navigator.locks : null,
    channel: typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(`${prefix}told`),
    nearness: nearnessNow,
  }
}

/** How near somebody is to this window. */
export function nearnessNow(): Nearness {
  if (typeof document === 'undefined' || document.visibilityState !== 'visible') return 'hidden'
  return document.hasFocus() ? 'focused' : 'visible'
}

/** Calls back whenever the window comes nearer or goes. */
export function watchNearness(listener: () => void): () => void {
  const controller = new AbortController()
  const { signal } = controller
  document.addEventListener('visibilitychange', listener, { signal })
  window.addEventListener('focus', listener, { signal })
  window.addEventListener('blur', listener, { signal })
  return () => controller.abort()
}
