import { memo } from 'react'
import { useTexts } from '../i18n/use-texts.ts'
import { oneLine } from '../text/clean.ts'
import type { Note, StaffMember } from '../types.ts'
import { Icon } from './icons.tsx'
import { MessageText } from './message-text.tsx'

type NoteProps = { note: Note; staff: readonly StaffMember[]; userId: string | null }

/** What one of the staff wrote to the others: plainly no message, and nothing that a customer sees. */
export const NoteBubble = memo(function NoteBubble({ note, staff, userId }: NoteProps) {
  const { t, format } = useTexts()
  const called = staff.filter(({ user_id: id }) => note.mentions.includes(id)).map(({ name }) => name)
  const isForMe = userId !== null && userId !== note.author_id && note.mentions.includes(userId)
  const label = t(isForMe ? 'note.label_for_me' : 'note.label')
  return (
    <article className={`note${isForMe ? ' note-for-me' : ''}`} data-note-id={note.id} aria-label={label}>
      <p className="note-head">
        <Icon name="note" />
        <span>{label}</span>
        <bdi className="note-author">{oneLine(note.author_name, 80)}</bdi>
        <time dateTime={note.created_at} title={format.dateTime(note.created_at)}>
          {format.time(note.created_at)}
        </time>
      </p>
      <MessageText text={note.text} names={called} />
    </article>
  )
})
