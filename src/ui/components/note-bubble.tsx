import { memo } from 'react'
import { useTexts } from '../i18n/use-texts.ts'
import { oneLine } from '../text/clean.ts'
import type { Note } from '../types.ts'
import { Icon } from './icons.tsx'
import { MessageText } from './message-text.tsx'

/** What one of the staff wrote to the others: plainly no message, and nothing that a customer sees. */
export const NoteBubble = memo(function NoteBubble({ note }: { note: Note }) {
  const { t, format } = useTexts()
  return (
    <article className="note" data-note-id={note.id} aria-label={t('note.label')}>
      <p className="note-head">
        <Icon name="note" />
        <span>{t('note.label')}</span>
        <bdi className="note-author">{oneLine(note.author_name, 80)}</bdi>
        <time dateTime={note.created_at} title={format.dateTime(note.created_at)}>
          {format.time(note.created_at)}
        </time>
      </p>
      <MessageText text={note.text} />
    </article>
  )
})
