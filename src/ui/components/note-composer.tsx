import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from 'react'
import { maxNoteLength } from '../../client/index.ts'
import type { NoteText } from '../drafts.ts'
import { useMentionChoice } from '../hooks/use-mention-choice.ts'
import { useTexts } from '../i18n/use-texts.ts'
import { actionFailure } from '../rules/failures.ts'
import { mentionsIn } from '../rules/mentions.ts'
import { oneLine } from '../text/clean.ts'
import type { NoteActions } from '../types.ts'
import { isSendKey } from './composer-text.tsx'
import { Icon } from './icons.tsx'

type NoteProps = {
  conversationId: string
  note: NoteText
  onNote(note: NoteText): void
  /** It can write notes, and nothing else: from here nothing reaches a customer. */
  inbox: NoteActions
  ownId: string | null
  onTrouble(text: string): void
}

/** Where a note to the colleagues is written, with their names to pick after an `@`. */
export function NoteComposer({ conversationId, note, onNote, inbox, ownId, onTrouble }: NoteProps) {
  const { t } = useTexts()
  const box = useRef<HTMLTextAreaElement>(null)
  const choice = useMentionChoice({ note, onNote, inbox, ownId, box })
  const over = note.text.length - maxNoteLength
  const { isSaving, canSend, send } = useSendNote({ conversationId, note, onNote, inbox, onTrouble, box })
  useEffect(() => box.current?.focus(), [])
  const onKeyDown = (event: KeyboardEvent) => {
    if (choice.onKeyDown(event)) return
    const { key, shiftKey, altKey, keyCode } = event
    if (!isSendKey({ key, shiftKey, altKey, keyCode, isComposing: event.nativeEvent.isComposing })) return
    event.preventDefault()
    void send()
  }
  return (
    <>
      <MentionList choice={choice} />
      <div className="composer-row">
        <div className="composer-box">
          <div className="composer-mirror" aria-hidden="true">
            {`${note.text} `}
          </div>
          <textarea
            ref={box}
            rows={1}
            dir="auto"
            placeholder={t('note.placeholder')}
            aria-label={t('note.label')}
            {...choice.boxProps}
            readOnly={isSaving}
            value={note.text}
            onChange={(event) => choice.onText(event.target.value, event.target.selectionStart)}
            onSelect={(event) => choice.onCaret(event.currentTarget.selectionStart)}
            onKeyDown={onKeyDown}
            onBlur={choice.close}
          />
          {over > 0 && <span className="composer-length composer-over">{t('note.too_long', { n: over })}</span>}
        </div>
        <SendNoteButton isSaving={isSaving} isDisabled={!canSend} onClick={() => void send()} />
      </div>
      <MentionLine note={note} />
    </>
  )
}

type SendOptions = Omit<NoteProps, 'ownId'> & { box: RefObject<HTMLTextAreaElement | null> }

/** The text stays until it is stored: said again, it is the same note. */
function useSendNote({ conversationId, note, onNote, inbox, onTrouble, box }: SendOptions) {
  const { t } = useTexts()
  const [isSaving, setIsSaving] = useState(false)
  const canSend = note.text.trim() !== '' && note.text.length <= maxNoteLength && !isSaving
  const send = async () => {
    if (!canSend) return
    setIsSaving(true)
    const mentions = mentionsIn(note.text, note.mentions).map(({ id }) => id)
    const result = await inbox.addNote(conversationId, { text: note.text, mentions })
    setIsSaving(false)
    if (result.ok) onNote({ text: '', mentions: [] })
    else {
      const { text, detail } = actionFailure(result.error)
      onTrouble(t('action.failed', { reason: [t(text), detail].filter((words) => words !== '').join(' ') }))
    }
    box.current?.focus()
  }
  return { isSaving, canSend, send }
}

function SendNoteButton(props: { isSaving: boolean; isDisabled: boolean; onClick(): void }) {
  const { t } = useTexts()
  return (
    <button
      type="button"
      className="send-button send-note"
      aria-label={t(props.isSaving ? 'note.sending' : 'note.send')}
      title={t('note.send')}
      disabled={props.isDisabled}
      onClick={props.onClick}
    >
      <Icon name="note" />
    </button>
  )
}

function MentionList({ choice }: { choice: ReturnType<typeof useMentionChoice> }) {
  const { t } = useTexts()
  if (choice.suggestions.length === 0) return null
  return (
    <ul className="mention-list" role="listbox" id={choice.listId} aria-label={t('note.mentions')}>
      {choice.suggestions.map((one, index) => (
        <li
          key={one.id}
          id={choice.optionId(index)}
          role="option"
          aria-selected={index === choice.active}
          // Before the field loses the focus, which would close the list.
          onPointerDown={(event) => {
            event.preventDefault()
            choice.pick(one)
          }}
        >
          <bdi>{oneLine(one.name, 80)}</bdi>
        </li>
      ))}
    </ul>
  )
}

/** Whom the note will notify, as far as they were picked. */
function MentionLine({ note }: { note: NoteText }) {
  const { t } = useTexts()
  const names = mentionsIn(note.text, note.mentions).map(({ name }) => oneLine(name, 60))
  return (
    <p className="note-line" role="status">
      {names.length > 0 && t('note.notifies', { names: names.join(', ') })}
    </p>
  )
}
