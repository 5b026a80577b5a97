import { useCallback, useEffect, useRef, useState } from 'react'
import { InboxPage } from './components/inbox-page.tsx'
import { Entering, SignIn } from './components/sign-in.tsx'
import { enter, type Entry, isRefused, linkTokenOf } from './entry.ts'
import { TextsContext, useLanguage } from './i18n/use-texts.ts'
import type { DeviceApi, Inbox, Notifications, PageApi } from './types.ts'

type AppProps = { inbox: Inbox; notifications: Notifications; api: PageApi & DeviceApi }

/** The whole page: first whether the reader is in, then the inbox. */
export function App({ inbox, notifications, api }: AppProps) {
  const { texts, setLanguage } = useLanguage()
  const { entry, isSigningIn, retry, leave } = useEntry(api, inbox, notifications)
  const signOut = async () => {
    // A session that is over already is as good as signed out.
    await api.signOut().catch((error: unknown) => {
      if (!isRefused(error)) throw error
    })
    inbox.stop()
    notifications.stop()
    // A fresh page: nothing of the inbox stays in memory for the next person at this desk.
    window.location.replace('/')
  }
  return (
    <TextsContext value={texts}>
      {entry === null && <Entering isSigningIn={isSigningIn} />}
      {entry?.kind === 'out' && <SignIn reason={entry.reason} onRetry={retry} onLanguage={setLanguage} />}
      {entry?.kind === 'in' && (
        <InboxPage {...{ inbox, notifications, api }} onSignOut={signOut} onSignIn={leave} onLanguage={setLanguage} />
      )}
    </TextsContext>
  )
}

type EntryState = { entry: Entry | null; isSigningIn: boolean; retry(): void; leave(): void }

function useEntry(api: PageApi, inbox: Inbox, notifications: Notifications): EntryState {
  const [entry, setEntry] = useState<Entry | null>(null)
  const [isSigningIn, setIsSigningIn] = useState(false)
  // A link works once: two rounds at the same time would use it up and then call it used up.
  const isBusy = useRef(false)

  const run = useCallback(async () => {
    if (isBusy.current) return
    isBusy.current = true
    const linkToken = linkTokenOf(window.location)
    setIsSigningIn(linkToken !== null)
    setEntry(null)
    const result = await enter(api, linkToken)
    isBusy.current = false
    cleanAddress(result)
    setEntry(result)
    if (result.kind === 'in') await Promise.all([inbox.start(), notifications.start()])
  }, [api, inbox, notifications])

  useEffect(() => {
    void run()
    // A second link opened over the sign-in page changes the fragment only.
    const onHash = () => {
      if (linkTokenOf(window.location) !== null) void run()
    }
    window.addEventListener('hashchange', onHash)
    return () => window.removeEventListener('hashchange', onHash)
  }, [run])

  const leave = useCallback(() => {
    inbox.stop()
    notifications.stop()
    setEntry({ kind: 'out', reason: 'none' })
  }, [inbox, notifications])
  return { entry, isSigningIn, retry: () => void run(), leave }
}

/** A used link leaves the address bar and the history; one that could not be tried yet stays for the next attempt. */
function cleanAddress(result: Entry): void {
  if (window.location.pathname !== '/sign-in') return
  if (result.kind === 'out' && result.reason === 'unreachable') return
  window.history.replaceState(null, '', result.kind === 'in' ? '/' : '/sign-in')
}
