import { z } from 'zod'
import {
  ChannelList,
  ConversationChangeResponse,
  ConversationList,
  ConversationResponse,
  EventPage,
  MeResponse,
  MessageList,
  MessageTemplateList,
  type SendMessageBody,
  SendMessageResponse,
  TicketResponse,
  type UpdateConversationBody,
  UploadResponse,
} from '../protocol/api.ts'
import { JournalEvent } from '../protocol/frames.ts'
import type { ConversationQuery } from './inbox-state.ts'
import { type NoteCalls, noteCalls } from './note-calls.ts'
import { type NotificationCalls, notificationCalls } from './notification-calls.ts'
import type { MessageTemplate } from './outgoing.ts'
import { type ApiOptions, createRequest, createUploader, type Request, type Uploader } from './request.ts'
import { withQuery } from './with-query.ts'

export type Ticket = z.infer<typeof TicketResponse>
export type ConversationDetail = z.infer<typeof ConversationResponse>
export type ConversationChange = z.infer<typeof ConversationChangeResponse>
export type ConversationPatch = z.infer<typeof UpdateConversationBody>
export type SentMessage = z.infer<typeof SendMessageResponse>
export type UploadedFile = z.infer<typeof UploadResponse>

/** The calls a page makes, as one user. Each rejects with `ApiError` and is tried once: when to try again is up to the caller. */
export type Api = ApiCalls & NoteCalls & NotificationCalls

type ApiCalls = {
  /** What `createApi` was given; sockets connect to the same place. */
  readonly baseUrl: string
  me(): Promise<MeResponse>
  /** Trades the one-time token of a sign-in link for a session cookie. */
  createSession(linkToken: string): Promise<void>
  signOut(): Promise<void>
  /** A one-time ticket for one socket; it lasts 30 s. */
  ticket(): Promise<Ticket>
  conversations(query: ConversationQuery, cursor?: string | null, limit?: number): Promise<ConversationList>
  conversation(conversationId: string): Promise<ConversationDetail>
  /** Newest first; `before` is the `next_cursor` of the page after which to go on into the past. */
  messages(conversationId: string, before?: string | null, limit?: number): Promise<MessageList>
  markRead(conversationId: string, messageId: string): Promise<ConversationChange>
  updateConversation(conversationId: string, patch: ConversationPatch): Promise<ConversationChange>
  /** Stores a reply. Safe to repeat: the same `client_message_id` in a conversation makes one message, and gives it again. */
  sendMessage(conversationId: string, body: SendMessageBody): Promise<SentMessage>
  /** Sends a message once more that failed or whose fate is unknown. The journal tells what becomes of it. */
  retryMessage(messageId: string): Promise<void>
  /** Sets our reaction, in place of an earlier one; null takes it back. */
  react(messageId: string, emoji: string | null): Promise<void>
  /** Shows the customer that somebody writes, where the platform can. */
  typing(conversationId: string): Promise<void>
  templates(channelId: string): Promise<readonly MessageTemplate[]>
  /** Fetches a file of a message again that `failed` or `expired`. */
  retryAttachment(attachmentId: string): Promise<void>
  /**
   * Stores a file ahead of the message it will belong to; its media type goes along. `onProgress` gets the bytes sent so
   * far, in browsers. There is no time limit: `signal` ends it.
   */
  upload(file: Blob, options?: { onProgress?: (sent: number) => void; signal?: AbortSignal }): Promise<UploadedFile>
  channels(): Promise<ChannelList>
  /** The journal after `since`, oldest first. Events of a kind this version does not know are left out. */
  events(since: number, limit?: number, feed?: 'communications' | 'notifications'): Promise<EventPage>
}

const auth = '/api/v1/auth'
const communications = '/api/v1/communications'
const messagePath = (id: string): string => `${communications}/messages/${encodeURIComponent(id)}`
const conversationPath = (id: string): string => `${communications}/conversations/${encodeURIComponent(id)}`

// Lenient on single events: one from a newer server must not make a page unreadable, or healing would never end.
const LenientEventPage = EventPage.extend({ events: z.array(z.unknown()) }).transform((page) => ({
  ...page,
  events: page.events.flatMap((event): JournalEvent[] => {
    const result = JournalEvent.safeParse(event)
    return result.success ? [result.data] : []
  }),
}))

/** Typed access to the API; see `ApiOptions` for where and as whom. */
export function createApi(options: ApiOptions = {}): Api {
  const request = createRequest(options)
  return {
    baseUrl: options.baseUrl ?? '',
    ...sessionCalls(request),
    ...readingCalls(request),
    ...writingCalls(request),
    ...answeringCalls(request, createUploader(options)),
    ...noteCalls(request),
    ...notificationCalls(request),
  }
}

type SessionCalls = Pick<Api, 'me' | 'createSession' | 'signOut' | 'ticket'>

function sessionCalls(request: Request): SessionCalls {
  return {
    me: () => request({ path: `${auth}/me`, schema: MeResponse }),
    async createSession(linkToken) {
      const body = { link_token: linkToken }
      await request({ method: 'POST', path: `${auth}/sessions`, body, schema: z.unknown() })
    },
    async signOut() {
      await request({ method: 'DELETE', path: `${auth}/sessions`, schema: z.unknown() })
    },
    ticket: () => request({ method: 'POST', path: `${auth}/tickets`, schema: TicketResponse }),
  }
}

type ReadingCalls = Pick<Api, 'conversations' | 'conversation' | 'messages' | 'channels' | 'events'>

function readingCalls(request: Request): ReadingCalls {
  return {
    conversations(query, cursor, limit) {
      const { platform, status, q } = query
      const unread = query.unread === true ? 'true' : undefined
      const path = withQuery(`${communications}/conversations`, { platform, status, unread, q, cursor, limit })
      return request({ path, schema: ConversationList })
    },
    conversation: (id) => request({ path: conversationPath(id), schema: ConversationResponse }),
    messages(id, before, limit) {
      return request({ path: withQuery(`${conversationPath(id)}/messages`, { before, limit }), schema: MessageList })
    },
    channels: () => request({ path: `${communications}/channels`, schema: ChannelList }),
    events(since, limit, feed) {
      return request({ path: withQuery(`${communications}/events`, { since, limit, feed }), schema: LenientEventPage })
    },
  }
}

type WritingCalls = Pick<Api, 'markRead' | 'updateConversation'>

function writingCalls(request: Request): WritingCalls {
  return {
    markRead(id, messageId) {
      const path = `${conversationPath(id)}/read`
      return request({ method: 'POST', path, body: { message_id: messageId }, schema: ConversationChangeResponse })
    },
    updateConversation(id, patch) {
      return request({ method: 'PATCH', path: conversationPath(id), body: patch, schema: ConversationChangeResponse })
    },
  }
}

type AnsweringCalls = Pick<
  Api,
  'sendMessage' | 'retryMessage' | 'react' | 'typing' | 'templates' | 'retryAttachment' | 'upload'
>

function answeringCalls(request: Request, upload: Uploader): AnsweringCalls {
  const post = (path: string, body?: unknown): Promise<unknown> =>
    request({ method: 'POST', path, body, schema: z.unknown() })
  return {
    sendMessage(id, body) {
      const path = `${conversationPath(id)}/messages`
      return request({ method: 'POST', path, body, schema: SendMessageResponse })
    },
    async retryMessage(id) {
      await post(`${messagePath(id)}/retry`)
    },
    async react(id, emoji) {
      await post(`${messagePath(id)}/reaction`, { emoji })
    },
    async typing(id) {
      await post(`${conversationPath(id)}/typing`)
    },
    async templates(id) {
      const path = `${communications}/channels/${encodeURIComponent(id)}/templates`
      return (await request({ path, schema: MessageTemplateList })).items
    },
    async retryAttachment(id) {
      await post(`${communications}/attachments/${encodeURIComponent(id)}/retry`)
    },
    upload: (file, options = {}) => upload({ path: `${communications}/uploads`, file, ...options }, UploadResponse),
  }
}
