import type { Api, Draft, Inbox, InboxState, Thread } from '../client/index.ts'

export type {
  ActionError,
  ActionResult,
  ConnectionState,
  ConversationQuery,
  Inbox,
  InboxState,
  LocalSend,
  MessageTemplate,
  Note,
  Notification,
  NotificationMedium,
  Notifications,
  NotificationSettings,
  NotificationsView,
  PushSubscriptionAnswer,
  PushStatus,
  DigestState,
  QuietHours,
  RuleKey,
  RuleScope,
  StaffMember,
  ReplyActions,
  Thread,
  ThreadMessage,
  Upload,
} from '../client/index.ts'

export type Conversation = InboxState['conversations'][number]
export type Message = Thread['messages'][number]
export type Attachment = Message['attachments'][number]
export type Channel = InboxState['channels'][number]
export type ReplyRules = NonNullable<Channel['reply_rules']>
export type MessageError = NonNullable<Message['error']>
export type MailAnswer = NonNullable<Draft['email']>
export type Platform = Conversation['platform']
export type Me = NonNullable<InboxState['me']>

/** What the page itself asks of the API; everything else goes through the inbox. */
export type PageApi = {
  me(): Promise<unknown>
  createSession(linkToken: string): Promise<unknown>
  signOut(): Promise<unknown>
}

/** What the settings of notifications ask beside the settings themselves. */
export type DeviceApi = Pick<
  Api,
  'push' | 'subscribePush' | 'unsubscribePush' | 'digest' | 'confirmDigest' | 'testNotification'
>

/** What is written to the staff; nothing of it can reach a customer. */
export type NoteActions = Pick<Inbox, 'addNote' | 'staff'>

/** The parts of the inbox that components call. */
export type InboxActions = Pick<
  Inbox,
  'setQuery' | 'loadMoreConversations' | 'openConversation' | 'loadOlder' | 'markRead'
>
