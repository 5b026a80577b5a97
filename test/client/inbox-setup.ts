import type { Api } from '../../src/client/api.ts'
import { createEmitter } from '../../src/client/emitter.ts'
import { createInbox } from '../../src/client/inbox.ts'
import type { InboxConnection } from '../../src/client/inbox-core.ts'
import type { ConnectionState, Inbox } from '../../src/client/inbox-state.ts'
import type { SendMessageBody } from '../../src/protocol/api.ts'
import type { JournalEvent } from '../../src/protocol/frames.ts'
import type { Conversation, Message } from '../../src/protocol/message.ts'
import type { NoteCalls } from '../../src/client/note-calls.ts'
import type { NotificationCalls } from '../../src/client/notification-calls.ts'
import type { Note } from '../../src/protocol/notes.ts'
import { ApiError } from '../../src/client/api-error.ts'
import type { Cursor } from '../../src/client/cursor.ts'
import type { Ephemeral } from '../../src/client/socket.ts'
import { at, channel, conversation, epoch, message, userId, uuid } from './builders.ts'
import { createFakeEnvironment, type FakeEnvironment } from './fake-environment.ts'

/** A socket that the test speaks through. */
export type FakeConnection = InboxConnection & {
  openedAt: Cursor
  cursors: Cursor[]
  typed: string[]
  isOpen: boolean
  event(event: JournalEvent): void
  ephemeral(ephemeral: Ephemeral): void
  state(state: ConnectionState): void
  reset(): void
}

function createFakeConnection(cursor: Cursor): FakeConnection {
  const fail = (error: unknown): never => {
    throw error
  }
  const events = createEmitter<JournalEvent>(fail)
  const ephemerals = createEmitter<Ephemeral>(fail)
  const states = createEmitter<ConnectionState>(fail)
  const resets = createEmitter<'epoch'>(fail)
  const connection: FakeConnection = {
    cursor,
    openedAt: cursor,
    cursors: [],
    typed: [],
    isOpen: false,
    onEvent: events.on,
    onEphemeral: ephemerals.on,
    onState: states.on,
    onReset: resets.on,
    open: () => void (connection.isOpen = true),
    close: () => void (connection.isOpen = false),
    setCursor: (next) => void connection.cursors.push(next),
    sendTyping: (id) => void connection.typed.push(id),
    event: events.emit,
    ephemeral: ephemerals.emit,
    state: states.emit,
    reset: () => resets.emit('epoch'),
  }
  return connection
}

/** What the server holds, as the test sets it. Every list is one page unless a cursor is given. */
export type ServerRows = {
  asOf: number
  epoch: string
  conversations: Conversation[]
  nextConversations: { cursor: string; items: Conversation[] } | null
  messages: Message[]
  olderMessages: { before: string; items: Message[] } | null
  notes: Note[]
  /** Bytes of the files that were uploaded, by upload id. */
  files: Map<string, number>
}

export type InboxSetup = {
  inbox: Inbox
  environment: FakeEnvironment
  server: ServerRows
  /** Methods of the API that the test replaces. */
  api: { -readonly [K in keyof Api]: Api[K] }
  socket(): FakeConnection
  calls: string[]
}

/** Calls that tests of the inbox do not count. */
function quietCalls(server: ServerRows): NoteCalls & NotificationCalls {
  const refuse = async (): Promise<never> => {
    throw new ApiError('network', 0, 'Not part of this test')
  }
  return {
    notes: async () => ({
      items: server.notes.toReversed(),
      next_cursor: null,
      as_of: server.asOf,
      epoch: server.epoch,
    }),
    addNote: refuse,
    staff: async () => [],
    notifications: refuse,
    unreadNotifications: refuse,
    readNotification: refuse,
    readAllNotifications: refuse,
    notificationSettings: refuse,
    saveNotificationSettings: refuse,
    testNotification: refuse,
    push: refuse,
    subscribePush: refuse,
    unsubscribePush: refuse,
    digest: refuse,
    confirmDigest: refuse,
  }
}

function createFakeApi(server: ServerRows, calls: string[]): InboxSetup['api'] {
  const position = (): { as_of: number; epoch: string } => ({ as_of: server.asOf, epoch: server.epoch })
  const logged = async <T>(name: string, result: () => T): Promise<T> => {
    calls.push(name)
    const value = result() // read now, given later: as a server would
    await Promise.resolve()
    return value
  }
  const tenant = { id: uuid(2), name: 'Bureau' }
  return {
    baseUrl: '',
    me: () => logged('me', () => ({ user_id: userId, name: 'I', role: 'manager', tenant, session_expires_at: at(59) })),
    createSession: () => logged('createSession', () => undefined),
    signOut: () => logged('signOut', () => undefined),
    ticket: () => logged('ticket', () => ({ ticket: 't', expires_at: at(1) })),
    conversations: (_, cursor) =>
      logged('conversations', () => {
        const page = cursor === null || cursor === undefined ? null : server.nextConversations
        const next = page === null ? (server.nextConversations?.cursor ?? null) : null
        return { items: page?.items ?? server.conversations, next_cursor: next, ...position() }
      }),
    conversation: (id) =>
      logged('conversation', () => {
        const found = server.conversations.find((one) => one.id === id)
        return { conversation: found ?? conversation(Number(id.slice(-3))), ...position() }
      }),
    messages: (id, before) =>
      logged(`messages ${Number(id.slice(-3))}`, () => {
        const page = before === null || before === undefined ? null : server.olderMessages
        const next = page === null ? (server.olderMessages?.before ?? null) : null
        return { items: (page?.items ?? server.messages).toReversed(), next_cursor: next, ...position() }
      }),
    ...quietCalls(server),
    markRead: (id) => logged('markRead', () => ({ conversation: { ...row(server, id), unread_count: 0 }, seq: null })),
    updateConversation: (id) => logged('updateConversation', () => ({ conversation: row(server, id), seq: null })),
    channels: () => logged('channels', () => ({ items: [channel(900)], next_cursor: null, ...position() })),
    sendMessage: (id, body) =>
      logged('sendMessage', () => {
        const stored = storeReply(server, id, body)
        return { message: stored, seq: stored.seq }
      }),
    retryMessage: (id) => logged(`retryMessage ${id.slice(-3)}`, () => undefined),
    react: (id, emoji) => logged(`react ${id.slice(-3)} ${emoji}`, () => undefined),
    typing: (id) => logged(`typing ${id.slice(-3)}`, () => undefined),
    templates: (id) => logged(`templates ${id.slice(-3)}`, () => []),
    retryAttachment: (id) => logged(`retryAttachment ${id.slice(-3)}`, () => undefined),
    upload: (file) =>
      logged('upload', () => {
        const uploadId = uuid(3000 + server.files.size)
        server.files.set(uploadId, file.size)
        return { upload_id: uploadId }
      }),
    events: (since) => logged('events', () => ({ events: [], seq: since, epoch: server.epoch, more: false })),
  }
}

function row(server: ServerRows, id: string): Conversation {
  return server.conversations.find((one) => one.id === id) ?? conversation(Number(id.slice(-3)))
}

/** As the server does: the same client message id in a conversation is the same message. */
export function storeReply(server: ServerRows, conversationId: string, body: SendMessageBody): Message {
  const known = server.messages.find(({ client_message_id: id }) => id === body.client_message_id)
  if (known !== undefined) return known
  server.asOf += 1
  const reply = message(server.asOf, {
    conversation_id: conversationId,
    direction: 'outbound',
    content: body.content,
    status: 'queued',
    external_id: null,
    client_message_id: body.client_message_id,
  })
  server.messages.push(reply)
  return reply
}

export function setUpInbox(rows: Partial<ServerRows> = {}): InboxSetup {
  const environment = createFakeEnvironment()
  const server: ServerRows = {
    asOf: 20,
    epoch,
    conversations: [conversation(12), conversation(11), conversation(10)],
    nextConversations: null,
    messages: [message(1), message(2)],
    olderMessages: null,
    notes: [],
    files: new Map(),
    ...rows,
  }
  const calls: string[] = []
  const connections: FakeConnection[] = []
  const api = createFakeApi(server, calls)
  const inbox = createInbox({
    api,
    environment,
    openSocket({ cursor }) {
      const connection = createFakeConnection(cursor)
      connections.push(connection)
      return connection
    },
  })
  const socket = (): FakeConnection => {
    const connection = connections.at(-1)
    if (connection === undefined) throw new Error('No socket was made')
    return connection
  }
  return { inbox, environment, server, api, socket, calls }
}

export async function startInbox(rows: Partial<ServerRows> = {}): Promise<InboxSetup> {
  const setup = setUpInbox(rows)
  await setup.inbox.start()
  setup.socket().state({ kind: 'live' })
  return setup
}

/** The last digits of the ids of the conversations on show. */
export function shown(inbox: Inbox): number[] {
  return inbox.getState().conversations.map(({ id }) => Number(id.slice(-3)))
}
