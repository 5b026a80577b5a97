import { useCallback, useSyncExternalStore } from 'react'

const conversationPath = /^\/conversations\/([0-9a-f-]{36})$/u

export function pathOf(conversationId: string | null): string {
  return conversationId === null ? '/' : `/conversations/${conversationId}`
}

export function conversationOf(pathname: string): string | null {
  return conversationPath.exec(pathname)?.[1] ?? null
}

function cameFromList(state: unknown): boolean {
  return typeof state === 'object' && state !== null && 'fromList' in state && state.fromList === true
}

function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener)
  return () => window.removeEventListener('popstate', listener)
}

/**
 * The open conversation lives in the address, so that reload, links to a colleague and the phone's back button work.
 * From the list to a conversation is one step of history; from one conversation to the next is none.
 */
export function useRoute(): readonly [string | null, (conversationId: string | null) => void] {
  const pathname = useSyncExternalStore(
    subscribe,
    () => window.location.pathname,
    () => '/',
  )
  const open = useCallback((conversationId: string | null) => {
    const current = conversationOf(window.location.pathname)
    if (current === conversationId) return
    const isFromList = cameFromList(window.history.state)
    if (conversationId === null && isFromList) return window.history.back()
    if (current === null) window.history.pushState({ fromList: true }, '', pathOf(conversationId))
    else window.history.replaceState({ fromList: isFromList && conversationId !== null }, '', pathOf(conversationId))
    window.dispatchEvent(new PopStateEvent('popstate'))
  }, [])
  return [conversationOf(pathname), open]
}

const settingsPath = '/settings'

/** Whether the settings are open, and how to open and leave them. Back goes where they were opened from. */
export function useSettingsRoute(): readonly [boolean, (isOpen: boolean) => void] {
  const pathname = useSyncExternalStore(
    subscribe,
    () => window.location.pathname,
    () => '/',
  )
  const open = useCallback((isOpen: boolean) => {
    if ((window.location.pathname === settingsPath) === isOpen) return
    if (!isOpen && isFromPage(window.history.state)) return window.history.back()
    if (isOpen) window.history.pushState({ fromPage: true }, '', settingsPath)
    else window.history.replaceState(null, '', '/')
    window.dispatchEvent(new PopStateEvent('popstate'))
  }, [])
  return [pathname === settingsPath, open]
}

function isFromPage(state: unknown): boolean {
  return typeof state === 'object' && state !== null && 'fromPage' in state && state.fromPage === true
}
