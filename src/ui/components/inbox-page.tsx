import { useCallback, useEffect, useRef, useState } from 'react'
import { useInbox } from '../../client/index.ts'
import { createDrafts } from '../drafts.ts'
import { useDropRefusal } from '../hooks/use-file-drop.ts'
import { useLeaveGuard } from '../hooks/use-leave-guard.ts'
import { focusRow, type PageCommand, usePageKeys } from '../hooks/use-page-keys.ts'
import type { Language } from '../i18n/texts.ts'
import { useTexts } from '../i18n/use-texts.ts'
import { useRoute } from '../route.ts'
import { titleOf } from '../rules/title.ts'
import { oneLine } from '../text/clean.ts'
import type { Conversation, Inbox, InboxState } from '../types.ts'
import { ConnectionBanner } from './connection-badge.tsx'
import { ConversationList } from './conversation-list.tsx'
import { NothingOpen } from './nothing-open.tsx'
import { OpenConversation } from './open-conversation.tsx'
import { SessionBanner } from './session-banner.tsx'
import { TopBar } from './top-bar.tsx'

type InboxPageProps = {
  inbox: Inbox
  onSignOut(): Promise<void>
  /** The session is over: show how to get in again. */
  onSignIn(): void
  onLanguage(language: Language): void
}

/** The inbox of somebody who is in. */
export function InboxPage({ inbox, onSignOut, onSignIn, onLanguage }: InboxPageProps) {
  const state = useInbox(inbox)
  const [openId, open] = useRoute()
  const searchBox = useRef<HTMLInputElement>(null)
  usePageKeys((command) => runCommand(command, { openId, open, searchBox: searchBox.current }))
  useTitle(state)
  const [drafts] = useState(createDrafts)
  useLeaveGuard(isSending(state))
  useDropRefusal()
  useEffect(() => {
    if (openId !== null) void inbox.openConversation(openId)
  }, [openId, inbox])
  // A conversation that was merged while it was open goes on under the other's address.
  const mergedInto = openId === null ? undefined : state.redirects?.[openId]
  useEffect(() => {
    if (openId === null || mergedInto === undefined) return
    drafts.move(openId, mergedInto)
    open(mergedInto)
  }, [openId, mergedInto, open, drafts])

  return (
    <div className={`page ${openId === null ? 'page-list' : 'page-thread'}`}>
      <TopBar state={state} onSignOut={onSignOut} onLanguage={onLanguage} />
      <ConnectionBanner connection={state.connection} onSignIn={onSignIn} />
      <SessionBanner channels={state.channels} />
      <div className="panes">
        <ConversationList state={state} openId={openId} inbox={inbox} onOpen={open} searchBox={searchBox} />
        <main className="thread-pane">
          {openId === null ? (
            <NothingOpen />
          ) : (
            <OpenConversation key={openId} {...{ openId, state, inbox, drafts }} onBack={() => open(null)} />
          )}
        </main>
      </div>
      <Announcer inbox={inbox} />
    </div>
  )
}

type CommandContext = {
  openId: string | null
  open(conversationId: string | null): void
  searchBox: HTMLInputElement | null
}

function runCommand(command: PageCommand, { openId, open, searchBox }: CommandContext): boolean {
  switch (command) {
    case 'next':
      return focusRow(1)
    case 'previous':
      return focusRow(-1)
    case 'reply': {
      const box = document.querySelector<HTMLElement>('.composer textarea:enabled')
      box?.focus()
      return box !== null
    }
    case 'search':
      searchBox?.focus()
      return searchBox !== null
    case 'back':
      // An open panel takes the key for itself.
      if (document.querySelector(':popover-open') !== null) return false
      if (document.activeElement === searchBox) {
        searchBox?.blur()
        return true
      }
      if (openId === null) return false
      open(null)
      requestAnimationFrame(() => document.querySelector<HTMLElement>(`.row[href$="${CSS.escape(openId)}"]`)?.focus())
      return true
  }
}

/** Whether something is on its way that would be lost with the page. */
function isSending({ outgoing, uploads }: InboxState): boolean {
  return outgoing.some(({ state }) => state === 'waiting' || state === 'sending') || uploads.length > 0
}

/** "(3) Edge Inbox": seen on the tab while another one is in front. */
function useTitle(state: InboxState): void {
  const { t, format } = useTexts()
  const title = titleOf(state.conversations, t('app.name'), format.number)
  useEffect(() => {
    document.title = title
  }, [title])
}

/** Tells those who hear the page that somebody wrote. */
function Announcer({ inbox }: { inbox: Inbox }) {
  const { t } = useTexts()
  const [text, setText] = useState('')
  const announce = useCallback(
    (conversation: Conversation) => setText(t('app.announce', { name: oneLine(conversation.client_name, 80) })),
    [t],
  )
  useEffect(() => inbox.onInbound((_, conversation) => announce(conversation)), [inbox, announce])
  return (
    <p className="sr-only" role="status">
      {text}
    </p>
  )
}
