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
  /** A conversation went into another one: what was begun there goes along, after what was begun here. */
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
      if (draft === undefined || from === into) return
      drafts.delete(from)
      set(into, joined(get(into), draft))
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Two drafts as one: nothing of either is lost, and an empty one adds nothing. */
function joined(first: DraftText, second: DraftText): DraftText {
  const { text, uploads, replyTo, isHumanAgent, mail, mode, note } = second
  const known = new Set(first.note.mentions.map(({ id }) => id))
  return {
    text: joinedText(first.text, text),
    uploads: [...first.uploads, ...uploads],
    replyTo: first.replyTo ?? replyTo,
    isHumanAgent: first.isHumanAgent || isHumanAgent,
    mail: {
      subject: first.mail.subject ?? mail.subject,
      cc: joinedText(first.mail.cc, mail.cc, ', '),
      bcc: joinedText(first.mail.bcc, mail.bcc, ', '),
    },
    // Whoever is in the middle of a note must not find themselves writing to the customer.
    mode: first.mode === 'note' ? 'note' : mode,
    note: {
      text: joinedText(first.note.text, note.text),
      mentions: [...first.note.mentions, ...note.mentions.filter(({ id }) => !known.has(id))],
    },
  }
}

function joinedText(first: string, second: string, separator = '\n\n'): string {
  return [first, second].filter((part) => part.trim() !== '').join(separator)
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
