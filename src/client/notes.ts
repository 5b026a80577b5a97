import { type Note, maxNoteLength } from '../protocol/notes.ts'
import { type ActionResult, resultOf } from './action-result.ts'
import { errorText, type InboxCore, installView } from './inbox-core.ts'
import type { InboxState, NoteThread } from './inbox-state.ts'
import type { StaffMember } from './note-calls.ts'
import { compareNotes, withNote } from './note-rows.ts'
import { resolveRedirect } from './redirects.ts'

export { maxNoteLength }

/** How long the list of the staff is taken for current, in ms. */
export const staffFreshMs = 60_000

const emptyNotes: NoteThread = { notes: [], before: null, error: null }

/** What somebody wrote to the rest of the staff. `mentions`: users that were picked from the list of them. */
export type NoteDraft = { text: string; mentions?: readonly string[] }

/** Loads a conversation's newest notes, in place of those that are there. */
export function loadNotes(core: InboxCore, id: string): Promise<void> {
  return core.loads.run(`notes:${id}`, {
    read: () => core.api.notes(id),
    show(page) {
      setNotes(core, id, { notes: page.items.toSorted(compareNotes), before: page.next_cursor, error: null })
      installView(core, `notes:${id}`, page)
      return loadOlderNotes(core, id)
    },
    fail: (error) => setNotes(core, id, { ...notesOf(core.store.get(), id), error: errorText(error) }),
  })
}

/** Loads notes of the past for as long as messages are on show that are older. */
export function loadOlderNotes(core: InboxCore, id: string): Promise<void> {
  return core.loads.run(`older-notes:${id}`, {
    async read() {
      const before = missingBefore(core, id)
      return before === null ? null : { before, page: await core.api.notes(id, before) }
    },
    show(answer) {
      const { notes, before } = notesOf(core.store.get(), id)
      if (answer?.before !== before) return
      const known = new Set(notes.map((note) => note.id))
      const older = answer.page.items.filter((note) => !known.has(note.id))
      const merged = [...older, ...notes].toSorted(compareNotes)
      setNotes(core, id, { notes: merged, before: answer.page.next_cursor, error: null })
      return loadOlderNotes(core, id)
    },
    fail: (error) => setNotes(core, id, { ...notesOf(core.store.get(), id), error: errorText(error) }),
  })
}

/** Where to go on into the past; null where the notes reach back as far as the messages that are loaded. */
function missingBefore({ store, views }: InboxCore, id: string): string | null {
  const state = store.get()
  const { notes, before } = notesOf(state, id)
  if (views.positionOf(`thread:${id}`) === null) return null // its messages ask again once they are there
  const thread = state.threads[id]
  const oldest = notes[0]
  if (thread === undefined || before === null || oldest === undefined) return null
  const from = thread.before === null ? undefined : thread.messages[0]?.created_at
  return from === undefined || Date.parse(oldest.created_at) > Date.parse(from) ? before : null
}

function notesOf(state: InboxState, id: string): NoteThread {
  return state.notes?.[id] ?? emptyNotes
}

function setNotes(core: InboxCore, id: string, thread: NoteThread): void {
  if (core.store.get().threads[id] === undefined) return // let go of meanwhile
  core.store.set({ notes: { ...core.store.get().notes, [id]: thread } })
}

/** Lets go of a conversation's notes. */
export function dropNotes(core: InboxCore, id: string): void {
  core.loads.begin(`notes:${id}`) // what is on its way is not wanted any more
  core.loads.begin(`older-notes:${id}`)
  core.views.forget(`notes:${id}`)
  const { [id]: _, ...others } = core.store.get().notes ?? {}
  core.store.set({ notes: others })
}

/** What the staff can do among themselves in a conversation. */
export type NoteMethods = {
  addNote(conversationId: string, draft: NoteDraft): Promise<ActionResult<Note>>
  staff(): Promise<ActionResult<readonly StaffMember[]>>
}

export function createNoteMethods(core: InboxCore): NoteMethods {
  // Said again after no answer came, it is the same note.
  const unsettled = new Map<string, { said: string; id: string }>()
  let known: { at: number; answer: ReturnType<NoteMethods['staff']> } | null = null
  return {
    async addNote(conversationId, { text, mentions = [] }) {
      const id = resolveRedirect(core.store.get(), conversationId)
      const said = JSON.stringify([text, mentions])
      const last = unsettled.get(id)
      const clientId = last?.said === said ? last.id : core.environment.randomId()
      unsettled.set(id, { said, id: clientId })
      const body = { client_note_id: clientId, text, mentions: [...mentions] }
      const result = await resultOf(core.api.addNote(id, body))
      if (!result.ok) return result
      if (unsettled.get(id)?.id === clientId) unsettled.delete(id)
      setNotes(core, id, withNote(notesOf(core.store.get(), id), result.value.note))
      return { ok: true, value: result.value.note }
    },
    async staff() {
      const now = core.environment.now()
      if (known !== null && now - known.at < staffFreshMs) return known.answer
      const asked = { at: now, answer: resultOf(core.api.staff()) }
      known = asked
      const result = await asked.answer
      if (!result.ok && known === asked) known = null
      return result
    },
  }
}
