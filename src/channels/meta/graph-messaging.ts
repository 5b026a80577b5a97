import type { Alias } from '../channel.ts'
import type { OutboundMessage, PlatformAnswer, PlatformCalls, PlatformIo } from '../outbound.ts'
import { type GraphAccess, ownFailure, read } from './graph.ts'
import { compact, type Json } from './wire.ts'

// What Messenger and Instagram share: "Send API" and "Sender Actions" of the Messenger Platform.

/** The person a page knows by this contact's scoped id. */
export function recipientOf(aliases: readonly Alias[]): PlatformAnswer<Json> {
  const id = aliases.find(({ kind }) => kind === 'user')?.value
  if (id !== undefined) return { ok: true, value: { id } }
  return { ok: false, ...ownFailure('recipient', 'recipient.unknown', 'The contact has no address on this platform') }
}

/** What the message parameter holds beside the text or the file: up to thirteen choices to tap ("Quick Replies"). */
export function quickRepliesOf({ buttons }: OutboundMessage): Json[] | undefined {
  return buttons?.map(({ id, title }) => ({ content_type: 'text', title, payload: id }))
}

/** A Send API request. `usualType`: what a message is that answers within the window. */
export function messageRequest(recipient: Json, message: OutboundMessage, content: Json, usualType?: string): Json {
  const isTagged = message.humanAgent === true
  return compact({
    recipient,
    messaging_type: isTagged ? 'MESSAGE_TAG' : usualType,
    tag: isTagged ? 'HUMAN_AGENT' : undefined,
    message: content,
    // Beside the message and not in it, where it is refused ("Send a Reply to a Message").
    reply_to: message.replyToExternalId === undefined ? undefined : { mid: message.replyToExternalId },
  })
}

/** An account whose customers can be shown something that is no message. */
export type Presenter = { open(io: PlatformIo): PlatformAnswer<GraphAccess>; accountOf(io: PlatformIo): string }

type Action = { sender_action: 'react' | 'unreact' | 'mark_seen' | 'typing_on'; payload?: Json }

/** Reactions, read marks and signs of typing. All safe to repeat. */
export function presenceOf(presenter: Presenter): Required<Pick<PlatformCalls, 'react' | 'markRead' | 'typing'>> {
  const show = async (io: PlatformIo, to: readonly Alias[], action: Action): Promise<PlatformAnswer<null>> => {
    const access = presenter.open(io)
    if (!access.ok) return access
    const recipient = recipientOf(to)
    if (!recipient.ok) return recipient
    const json = { recipient: recipient.value, ...action }
    const answer = await read(access.value, { path: [presenter.accountOf(io), 'messages'], json })
    return answer.ok ? { ok: true, value: null } : answer
  }
  return {
    react: (to, target, io) => show(io, to, reactionAction(target)),
    // Marks the whole conversation. An action may come with nothing beside it, so typing is a request of its own.
    async markRead(to, { typing }, io) {
      const seen = await show(io, to, { sender_action: 'mark_seen' })
      return seen.ok && typing ? show(io, to, { sender_action: 'typing_on' }) : seen
    },
    typing: (to, _lastInboundExternalId, io) => show(io, to, { sender_action: 'typing_on' }),
  }
}

function reactionAction({ externalId, emoji }: { externalId: string; emoji: string | null }): Action {
  if (emoji === null) return { sender_action: 'unreact', payload: { message_id: externalId } }
  return { sender_action: 'react', payload: { message_id: externalId, reaction: emoji } }
}
