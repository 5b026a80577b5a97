import { type RefObject, useEffect, useRef, useSyncExternalStore } from 'react'

function subscribe(listener: () => void): () => void {
  document.addEventListener('visibilitychange', listener)
  return () => document.removeEventListener('visibilitychange', listener)
}

/** Whether somebody could be looking at the page. */
export function usePageVisible(): boolean {
  return useSyncExternalStore(
    subscribe,
    () => document.visibilityState === 'visible',
    () => false,
  )
}

/**
 * Calls `onSeen` when the element comes close to view. `round` starts a new watch: after a page has been loaded the
 * mark may still be in view, and an observer reports changes only. A null round does not watch.
 */
export function useWhenSeen(target: RefObject<HTMLElement | null>, round: string | number | null, onSeen: () => void) {
  const latest = useRef(onSeen)
  useEffect(() => {
    latest.current = onSeen
  })
  useEffect(() => {
    const element = target.current
    if (round === null || element === null) return
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some((entry) => entry.isIntersecting)) latest.current()
      },
      { root: element.closest('[data-scroller]'), rootMargin: '300px' },
    )
    observer.observe(element)
    return () => observer.disconnect()
  }, [target, round])
}
