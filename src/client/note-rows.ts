import type { Note } from '../protocol/notes.ts'
import type { NoteThread } from './inbox-state.ts'

/** The notes with another one at its place. */
export function withNote(thread: NoteThread, note: Note): NoteThread {
  if (thread.notes.some(({ id }) => id === note.id)) return thread
  return { ...thread, notes: [...thread.notes, note].toSorted(compareNotes) }
}

/** By time, then always the same way. */
export function compareNotes(a: Note, b: Note): number {
  return Date.parse(a.created_at) - Date.parse(b.created_at) || (a.id < b.id ? -1 : 1)
}
