import { z } from 'zod'
import { Role } from './api.ts'
import { NewNoteEvent } from './notifications.ts'
import { Uuid } from './words.ts'

/** What one of the staff wrote to the others in a conversation; customers never see it. */
export const Note = NewNoteEvent.shape.note
export type Note = z.infer<typeof Note>

/** Longest note, in characters. */
export const maxNoteLength = 10_000

/**
 * The same `client_note_id` in the same conversation makes one note. `mentions`: users that were picked from the list of
 * the staff; a name that is typed out, `@Olena Koval`, counts as well where only one user has it.
 */
export const CreateNoteBody = z.strictObject({
  client_note_id: z.string().min(1).max(100),
  text: z.string().max(maxNoteLength),
  mentions: z.array(Uuid).max(20).default([]),
})
export type CreateNoteBody = z.infer<typeof CreateNoteBody>

/** The note as stored, and the `seq` of its `new_note`. */
export const CreateNoteResponse = z.object({ note: Note, seq: z.number().int() })

/** Newest first. */
export const NoteList = z.object({
  items: z.array(Note),
  next_cursor: z.string().nullable(),
  as_of: z.number().int(),
  epoch: z.string(),
})
export type NoteList = z.infer<typeof NoteList>

/** Users who have signed in at some time, by name. */
export const StaffList = z.object({ items: z.array(z.object({ user_id: Uuid, name: z.string(), role: Role })) })
export type StaffList = z.infer<typeof StaffList>
