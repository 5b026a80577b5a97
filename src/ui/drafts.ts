import { useCallback, useSyncExternalStore } from 'react'
import { emptyMail, type MailDraft } from './rules/mail-draft.ts'
import type { Mention } from './rules/mentions.ts'
import type { ThreadMessage } from './types.ts'

/** What somebody began to write in a conversation. `uploads`: files, by their ids in the state of the inbox. */
export type DraftText = {
  text: string
  uploads: readonly string[]
  replyTo: ThreadMessage | null
  isHumanAgent: boolean
  mail: MailDraft
  /** Which of the two is being written. Their texts are kept apart, so that neither can go where the other belongs. */
  mode: 'reply' | 'note'
  note: NoteText
}

/** What somebody began to write to the staff. `mentions`: whom they have picked, by id. */
export type NoteText = { text: string; mentions: readonly Mention[] }

export const emptyDraft: DraftText = {
  ...{ text: '', uploads: [], replyTo: null, isHumanAgent: false },
  mail: emptyMail,
  mode: 'reply',
  note: { text: '', mentions: [] },
}

/** The drafts of every conversation, for as long as the page is open. */
export type Drafts = {
  get(conversationId: string): DraftText
  patch(conversationId: string, change: Partial<DraftText>): void
  /** A conversation went into another one: what was begun there goes along, unless something was begun here too. */
  move(from: string, into: string): void
  subscribe(listener: () => void): () => void
}

export function createDrafts(): Drafts {
  const drafts = new Map<string, DraftText>()
  const listeners = new Set<() => void>()
  const get = (id: string): DraftText => drafts.get(id) ?? emptyDraft
  const set = (id: string, draft: DraftText): void => {
    drafts.set(id, draft)
    for (const listener of listeners) listener()
  }
  return {
    get,
    patch: (id, change) => set(id, { ...get(id), ...change }),
    move(from, into) {
      const draft = drafts.get(from)
      drafts.delete(from)
      if (draft !== undefined && !drafts.has(into)) set(into, draft)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** One conversation's draft, and how to change parts of it. */
export function useDraft(
  drafts: Drafts,
  conversationId: string,
): readonly [DraftText, (change: Partial<DraftText>) => void] {
  const read = () => drafts.get(conversationId)
  const draft = useSyncExternalStore(drafts.subscribe, read, read)
  const patch = useCallback(
    (change: Partial<DraftText>) => drafts.patch(conversationId, change),
    [drafts, conversationId],
  )
  return [draft, patch]
}
