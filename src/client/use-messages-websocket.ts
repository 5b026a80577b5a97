import { useState } from 'react'
import type {
  ConversationUpdatedEvent,
  JournalEvent,
  MessageStatusEvent,
  MessageUpdatedEvent,
  NewMessageEvent,
} from '../protocol/frames.ts'
import { type UserSocketOptions, type UserSocketState, useUserSocket } from './use-user-socket.ts'

/** What a page does with the events of messages. Each gets the frame as it came: type, ids and whole objects. */
export type MessagesWebSocketOptions = UserSocketOptions & {
  onNewMessage?: (event: NewMessageEvent) => void
  /** The name this had in the service we replace; called as well as `onNewMessage`. */
  onMessage?: (event: NewMessageEvent) => void
  onMessageStatus?: (event: MessageStatusEvent) => void
  onMessageUpdated?: (event: MessageUpdatedEvent) => void
  onConversationUpdated?: (event: ConversationUpdatedEvent) => void
}

export type MessagesWebSocket = UserSocketState & { lastMessage: NewMessageEvent | null }

/**
 * New messages of all platforms, live, for a page that keeps its own list. It begins where its first connection finds
 * the journal: load the list when `isConnected` has become true, then nothing lies between the two, and what the list
 * has already is known by its id. From there on it misses nothing until it is unmounted, whatever the network does; each
 * event comes once and in order.
 */
export function useMessagesWebSocket(options: MessagesWebSocketOptions): MessagesWebSocket {
  const [lastMessage, setLastMessage] = useState<NewMessageEvent | null>(null)
  const state = useUserSocket('communications', options, (event) => {
    if (event.type === 'new_message') setLastMessage(event)
    dispatchEvent(options, event)
  })
  return { ...state, lastMessage }
}

/** Calls the callback that an event is for. */
export function dispatchEvent(options: MessagesWebSocketOptions, event: JournalEvent): void {
  switch (event.type) {
    case 'new_message':
      options.onNewMessage?.(event)
      options.onMessage?.(event)
      return
    case 'message_status':
      return options.onMessageStatus?.(event)
    case 'message_updated':
      return options.onMessageUpdated?.(event)
    case 'conversation_updated':
      return options.onConversationUpdated?.(event)
    case 'channel_health':
    case 'new_note':
    case 'notification':
      return undefined
  }
}
