import { useMemo } from 'react'
import { threadRows } from '../../client/index.ts'
import type { Drafts } from '../drafts.ts'
import { useToast } from '../hooks/use-toast.ts'
import { useTexts } from '../i18n/use-texts.ts'
import { topicOf } from '../rules/chat-details.ts'
import { actionFailure } from '../rules/failures.ts'
import { oneLine } from '../text/clean.ts'
import type { ActionResult, Conversation, Inbox, InboxState, Note, ReplyRules } from '../types.ts'
import { ComposerPlace } from './composer.tsx'
import { typingIn } from './conversation-list.tsx'
import type { BubbleActions } from './message-actions.tsx'
import { ThreadHeader } from './thread-header.tsx'
import { ThreadView } from './thread.tsx'
import { ToastNote } from './toast.tsx'

const noNotes: readonly Note[] = []

type OpenProps = { openId: string; state: InboxState; inbox: Inbox; drafts: Drafts; onBack(): void }

/** The right pane with a conversation: who it is with, its messages, and where it is answered. */
export function OpenConversation({ openId, state, inbox, drafts, onBack }: OpenProps) {
  const conversation = conversationWith(state, openId)
  const notes = state.notes?.[openId]
  const channel = state.channels.find(({ id }) => id === conversation?.channel_id)
  const { toast, show, close } = useToast()
  const { threads, outgoing, uploads, redirects, typing, me } = state
  const messages = useMemo(
    () => threadRows({ threads, outgoing, uploads, ...(redirects === undefined ? {} : { redirects }) }, openId),
    [threads, outgoing, uploads, redirects, openId],
  )
  const typists = useMemo(() => typingIn({ typing, me }, openId).map((name) => oneLine(name, 60)), [typing, me, openId])
  const actions = useBubbleActions({ openId, rules: channel?.reply_rules ?? null, inbox, drafts, show })
  return (
    <>
      <ThreadHeader conversation={conversation} channel={channel} topic={topicOf(messages)} onBack={onBack} />
      <ThreadView
        conversationId={openId}
        conversation={conversation}
        thread={threads[openId]}
        messages={messages}
        notes={notes?.notes ?? noNotes}
        notesError={notes?.error ?? null}
        typing={typists}
        userId={me?.user_id ?? null}
        inbox={inbox}
        actions={actions}
      />
      <ToastNote toast={toast} onClose={close} />
      {/* Where the channels are still being read, nothing can be said of this one. */}
      <ComposerPlace
        conversation={state.channels.length === 0 ? null : conversation}
        {...{ channel, messages, uploads, drafts, inbox }}
        ownId={me?.user_id ?? null}
        onTrouble={show}
      />
    </>
  )
}

/** From the list, or, where a filter leaves it out, from those that were opened. */
function conversationWith(state: InboxState, id: string): Conversation | null {
  return state.conversations.find((conversation) => conversation.id === id) ?? state.opened?.[id] ?? null
}

type ActionOptions = {
  openId: string
  rules: ReplyRules | null
  inbox: Inbox
  drafts: Drafts
  show(text: string): void
}

function useBubbleActions({ openId, rules, inbox, drafts, show }: ActionOptions): BubbleActions {
  const { t } = useTexts()
  const canReply = rules?.can_reply_to === true
  const canReact = rules?.can_react === true
  return useMemo(() => {
    const tell = async (asked: Promise<ActionResult>): Promise<void> => {
      const result = await asked
      if (result.ok) return
      const { text, detail } = actionFailure(result.error)
      show(t('action.failed', { reason: [t(text), detail].filter((words) => words !== '').join(' ') }))
    }
    const base: BubbleActions = {
      retry: ({ id }) => void tell(inbox.retry(id)),
      discard: ({ id }) => inbox.discard(id),
      retryFile: (id) => void tell(inbox.retryAttachment(id)),
    }
    if (canReply) base.reply = (message) => drafts.patch(openId, { replyTo: message, mode: 'reply' })
    if (canReact) base.react = ({ id }, emoji) => void tell(inbox.react(id, emoji))
    return base
  }, [openId, canReply, canReact, inbox, drafts, show, t])
}
