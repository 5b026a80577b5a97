import { type CreateNoteBody, CreateNoteResponse, NoteList, StaffList } from '../protocol/notes.ts'
import type { z } from 'zod'
import type { Request } from './request.ts'
import { withQuery } from './with-query.ts'

export type StaffMember = StaffList['items'][number]
export type StoredNote = z.infer<typeof CreateNoteResponse>

/** The calls about what the staff write to each other. */
export type NoteCalls = {
  /** Newest first; `before` is the `next_cursor` of the page after which to go on into the past. */
  notes(conversationId: string, before?: string | null, limit?: number): Promise<NoteList>
  /** Stores a note. Safe to repeat: the same `client_note_id` in a conversation makes one note, and gives it again. */
  addNote(conversationId: string, body: CreateNoteBody): Promise<StoredNote>
  /** Whom a note can name. */
  staff(): Promise<readonly StaffMember[]>
}

const base = '/api/v1/communications'

export function noteCalls(request: Request): NoteCalls {
  const pathOf = (id: string): string => `${base}/conversations/${encodeURIComponent(id)}/notes`
  return {
    notes: (id, before, limit) => request({ path: withQuery(pathOf(id), { before, limit }), schema: NoteList }),
    addNote: (id, body) => request({ method: 'POST', path: pathOf(id), body, schema: CreateNoteResponse }),
    staff: async () => (await request({ path: `${base}/staff`, schema: StaffList })).items,
  }
}
