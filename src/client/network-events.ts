/** What a browser tells of its network and of the page's life. `hidden` and `visible` stand for `visibilitychange`. */
export type NetworkEvent = 'online' | 'offline' | 'visible' | 'hidden' | 'pageshow' | 'pagehide' | 'freeze' | 'resume'

const ofWindow = ['online', 'offline', 'pageshow', 'pagehide'] as const
const ofDocument = ['freeze', 'resume'] as const

/** Listens to the page's events. Without a window (Node, a server render) there are none. Gives the way to stop. */
export function watchNetwork(listener: (event: NetworkEvent) => void): () => void {
  if (typeof window === 'undefined' || typeof document === 'undefined') return () => undefined
  const page = document
  const controller = new AbortController()
  const { signal } = controller
  for (const name of ofWindow) window.addEventListener(name, () => listener(name), { signal })
  for (const name of ofDocument) document.addEventListener(name, () => listener(name), { signal })
  const tellVisibility = (): void => listener(page.visibilityState === 'hidden' ? 'hidden' : 'visible')
  document.addEventListener('visibilitychange', tellVisibility, { signal })
  return () => controller.abort()
}
