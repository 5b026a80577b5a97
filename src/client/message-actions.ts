import type { Attachment, Message } from '../protocol/message.ts'
import { type ActionResult, resultOf } from './action-result.ts'
import type { InboxCore } from './inbox-core.ts'
import type { MessageTemplate } from './outgoing.ts'
import { replaceMessage } from './thread-messages.ts'

/** How long a channel's templates are taken for current, in ms. */
export const templatesFreshMs = 5 * 60_000

/** Sends a stored message that failed, or whose fate is unknown, once more: shown at once, undone where it is refused. */
export function retryStored(core: InboxCore, messageId: string): Promise<ActionResult> {
  return changeMessage(core, messageId, {
    assume: (message) => ({ ...message, status: 'queued', error: null }),
    call: () => core.api.retryMessage(messageId),
  })
}

/** Sets our reaction to a message, or takes it back: shown at once, undone where it is refused. */
export function react(core: InboxCore, messageId: string, emoji: string | null): Promise<ActionResult> {
  const at = new Date(core.environment.now()).toISOString()
  return changeMessage(core, messageId, {
    assume(message) {
      const others = message.reactions.filter(({ by }) => by !== 'business')
      return { ...message, reactions: emoji === null ? others : [...others, { by: 'business', emoji, at }] }
    },
    call: () => core.api.react(messageId, emoji),
  })
}

/** Fetches a file of a message again that could not be fetched before. */
export function retryAttachment(core: InboxCore, attachmentId: string): Promise<ActionResult> {
  const isIt = ({ id }: Attachment): boolean => id === attachmentId
  const holder = loadedMessages(core).find(({ attachments }) => attachments.some(isIt))
  return changeMessage(core, holder?.id ?? '', {
    assume(message) {
      const attachments = message.attachments.map((file): Attachment =>
        isIt(file) ? { ...file, state: 'pending', error: null } : file,
      )
      return { ...message, attachments }
    },
    call: () => core.api.retryAttachment(attachmentId),
  })
}

type Change = { assume(message: Message): Message; call(): Promise<unknown> }

async function changeMessage(core: InboxCore, id: string, { assume, call }: Change): Promise<ActionResult> {
  const before = loadedMessages(core).find((message) => message.id === id)
  const assumed = before === undefined ? undefined : assume(before)
  if (assumed !== undefined) showMessage(core, assumed)
  const result = await resultOf(call())
  if (result.ok) return { ok: true, value: null }
  // Whatever an event made of it meanwhile is newer than what we know.
  const isUntouched = loadedMessages(core).some((message) => message === assumed)
  if (before !== undefined && isUntouched) showMessage(core, before)
  return result
}

function loadedMessages(core: InboxCore): Message[] {
  return Object.values(core.store.get().threads).flatMap(({ messages }) => messages)
}

function showMessage(core: InboxCore, message: Message): void {
  const { threads } = core.store.get()
  const entries = Object.entries(threads).map(([id, thread]) => [id, replaceMessage(thread, message)] as const)
  if (entries.some(([id, thread]) => thread !== threads[id])) core.store.set({ threads: Object.fromEntries(entries) })
}

/** The templates of a channel, asked for again once they are older than five minutes. */
export type Templates = (channelId: string) => Promise<ActionResult<readonly MessageTemplate[]>>

export function createTemplates(core: Pick<InboxCore, 'api' | 'environment'>): Templates {
  const known = new Map<string, { at: number; answer: ReturnType<Templates> }>()
  return async (channelId) => {
    const now = core.environment.now()
    const last = known.get(channelId)
    if (last !== undefined && now - last.at < templatesFreshMs) return last.answer
    const answer = resultOf(core.api.templates(channelId))
    known.set(channelId, { at: now, answer })
    const result = await answer
    if (!result.ok && known.get(channelId)?.answer === answer) known.delete(channelId)
    return result
  }
}
