import { lazy, type RefObject, Suspense, useCallback, useEffect, useRef, useState } from 'react'
import { useInbox, useNotifications } from '../../client/index.ts'
import { createDrafts, type Drafts } from '../drafts.ts'
import { useArrivals } from '../hooks/use-arrivals.ts'
import { useDropRefusal } from '../hooks/use-file-drop.ts'
import { useFocusReport } from '../hooks/use-focus-report.ts'
import { useLeaveGuard } from '../hooks/use-leave-guard.ts'
import { useMerged } from '../hooks/use-merged.ts'
import { focusRow, type PageCommand, usePageKeys } from '../hooks/use-page-keys.ts'
import { useReader } from '../hooks/use-reader.ts'
import { useWorkerLanguage, useWorkerMessages } from '../hooks/use-worker-messages.ts'
import type { Language } from '../i18n/texts.ts'
import { useTexts } from '../i18n/use-texts.ts'
import { useRoute, useSettingsRoute } from '../route.ts'
import { connectionToTell } from '../rules/connection.ts'
import { targetOf } from '../rules/notification-words.ts'
import { titleOf } from '../rules/title.ts'
import type { DeviceApi, Inbox, InboxState, Notification, Notifications, NotificationsView } from '../types.ts'
import { Announcer } from './announcer.tsx'
import { ArrivalToasts } from './arrival-toasts.tsx'
import { Bell } from './bell.tsx'
import { ConnectionBanner } from './connection-badge.tsx'
import { ConversationList } from './conversation-list.tsx'
import { NothingOpen } from './nothing-open.tsx'
import { OpenConversation } from './open-conversation.tsx'
import { SessionBanner } from './session-banner.tsx'
import { TopBar } from './top-bar.tsx'

// Rarely opened, so it is not part of what every visit loads.
const SettingsPage = lazy(async () => ({ default: (await import('./settings-page.tsx')).SettingsPage }))

type InboxPageProps = {
  inbox: Inbox
  notifications: Notifications
  api: DeviceApi
  onSignOut(): Promise<void>
  /** The session is over: show how to get in again. */
  onSignIn(): void
  onLanguage(language: Language): void
}

/** The inbox of somebody who is in. */
export function InboxPage({ inbox, notifications, api, onSignOut, onSignIn, onLanguage }: InboxPageProps) {
  const state = useInbox(inbox)
  const view = useNotifications(notifications)
  const [openId, open] = useRoute()
  const [isSettingUp, setUp] = useSettingsRoute()
  const searchBox = useRef<HTMLInputElement>(null)
  const leaveSettings = useCallback(() => setUp(false), [setUp])
  usePageKeys((command) => {
    if (isSettingUp) return runInSettings(command, leaveSettings)
    return runCommand(command, { openId, open, searchBox: searchBox.current })
  })
  useTitle(view)
  const [drafts] = useState(createDrafts)
  useLeaveGuard(isSending(state))
  useDropRefusal()
  useFocusReport(notifications, openId)
  useWorkerMessages(open)
  useWorkerLanguage(state.me?.user_id ?? null)
  useEffect(() => {
    if (openId !== null) void inbox.openConversation(openId)
  }, [openId, inbox])
  useMerged({ openId, open, drafts, redirects: state.redirects })
  const follow = useCallback((one: Notification) => followNotification(one, view, open), [view, open])
  const connection = connectionToTell(state.connection, view.connection)

  return (
    <div className={`page ${openId === null ? 'page-list' : 'page-thread'}`}>
      <TopBar
        {...{ state, connection }}
        bell={<Bell view={view} state={state} onOpen={follow} onSettings={() => setUp(true)} />}
        onSignOut={onSignOut}
        onLanguage={onLanguage}
      />
      <ConnectionBanner connection={connection} onSignIn={onSignIn} />
      <SessionBanner channels={state.channels} />
      {isSettingUp ? (
        <Suspense fallback={<main className="settings" />}>
          <SettingsPage
            {...{ view, api, channels: state.channels, userId: state.me?.user_id ?? '' }}
            onBack={leaveSettings}
          />
        </Suspense>
      ) : (
        <Panes {...{ inbox, state, openId, open, drafts, searchBox }} />
      )}
      <ArrivalPlace {...{ notifications, state, openId }} onOpen={follow} />
      <Announcer inbox={inbox} openId={openId} />
    </div>
  )
}

type PanesProps = {
  inbox: Inbox
  state: InboxState
  openId: string | null
  open(conversationId: string | null): void
  drafts: Drafts
  searchBox: RefObject<HTMLInputElement | null>
}

function Panes({ inbox, state, openId, open, drafts, searchBox }: PanesProps) {
  return (
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
  )
}

type ArrivalPlaceProps = {
  notifications: Notifications
  state: InboxState
  openId: string | null
  onOpen(notification: Notification): void
}

function ArrivalPlace({ notifications, state, openId, onOpen }: ArrivalPlaceProps) {
  const arrivals = useArrivals(notifications, openId)
  return <ArrivalToasts arrivals={arrivals} reader={useReader(state)} onOpen={onOpen} />
}

/** Opens what a notification is about; who has looked at it has read it. */
function followNotification(one: Notification, { actions }: NotificationsView, open: (id: string) => void): void {
  if (!one.read) void actions.read(one.id)
  const target = targetOf(one)
  if (target?.kind === 'conversation') open(target.id)
}

function runInSettings(command: PageCommand, leave: () => void): boolean {
  if (command !== 'back' || document.querySelector(':popover-open') !== null) return false
  leave()
  return true
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
function useTitle({ unread }: NotificationsView): void {
  const { t, format } = useTexts()
  const title = titleOf(unread, t('app.name'), format.number)
  useEffect(() => {
    document.title = title
  }, [title])
}
