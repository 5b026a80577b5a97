// The client SDK: what pages and programs may import. Works in browsers and in Node from version 22.
import { config } from 'zod'

export type { ActionError, ActionResult } from './action-result.ts'
export { type Api, createApi } from './api.ts'
export { ApiError } from './api-error.ts'
export type { Credential } from './connection.ts'
export type { Cursor } from './cursor.ts'
export { createEnvironment, type Environment } from './environment.ts'
export { createApiSocket, createInbox, type InboxOptions, type ReplyActions } from './inbox.ts'
export type { ConnectionState, ConversationQuery, Inbox, InboxState, NoteThread, Thread } from './inbox-state.ts'
export type { NoteCalls, StaffMember } from './note-calls.ts'
export { maxNoteLength } from './notes.ts'
export type { NotificationCalls, OwnTest } from './notification-calls.ts'
export { type RuleCell, ruleCell, ruleKeysOf, type RuleScope, toggledMedium, withRule } from './notification-rules.ts'
export type { NotificationsState } from './notification-state.ts'
export {
  type ArrivedNotification,
  createNotifications,
  type NotificationConnection,
  type Notifications,
  type NotificationsOptions,
} from './notifications.ts'
export { type Draft, fileTypeOf, type MessageTemplate, type OutgoingMessage, type Upload } from './outgoing.ts'
export { rulesFor } from './outgoing-queue.ts'
export { resolveRedirect } from './redirects.ts'
export type { ApiOptions } from './request.ts'
export { closeCodes } from '../protocol/close-codes.ts'
export { type Ephemeral, InboxSocket, type InboxSocketOptions, type SocketFilter } from './socket.ts'
export { lengthIn } from './split-draft.ts'
export { newestArrival } from './thread-messages.ts'
export { type LocalSend, rowKey, type ThreadMessage, threadRows } from './thread-rows.ts'
export type { DigestState } from '../protocol/digest.ts'
export {
  type NotificationSettings,
  type QuietHours,
  type RuleKey,
  weekdays,
} from '../protocol/notification-settings.ts'
export {
  type MediumRefusal,
  type Notification,
  type NotificationKind,
  notificationKinds,
  notificationMedia,
  type NotificationMedium,
} from '../protocol/notifications.ts'
export type { Note } from '../protocol/notes.ts'
export type { PushSubscriptionAnswer, PushStatus } from '../protocol/push.ts'
export type { UploadTransport } from './upload-transport.ts'
export { type InboxView, useInbox } from './use-inbox.ts'
export { type MessagesWebSocketOptions, useMessagesWebSocket } from './use-messages-websocket.ts'
export { type NotificationsView, useNotifications } from './use-notifications.ts'
export { type NotificationWebSocketOptions, useNotificationWebSocket } from './use-notification-websocket.ts'

// zod would try to compile its checks with `new Function`, which the page's Content-Security-Policy refuses.
config({ jitless: true })
