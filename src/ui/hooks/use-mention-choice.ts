import { type KeyboardEvent, type RefObject, useId, useState } from 'react'
import type { NoteText } from '../drafts.ts'
import { type Mention, mentionAt, type MentionQuery, suggest, withMention } from '../rules/mentions.ts'
import type { NoteActions } from '../types.ts'
import { useStaff } from './use-staff.ts'

type ChoiceOptions = {
  note: NoteText
  onNote(note: NoteText): void
  inbox: NoteActions
  ownId: string | null
  box: RefObject<HTMLTextAreaElement | null>
}

/** The list of names under an `@`: arrows choose, Enter or Tab picks, Escape closes it. */
export function useMentionChoice({ note, onNote, inbox, ownId, box }: ChoiceOptions) {
  const [query, setQuery] = useState<MentionQuery | null>(null)
  const [active, setActive] = useState(0)
  const staff = useStaff(inbox, query !== null)
  const suggestions = query === null ? [] : suggest(staff, query.query, ownId)
  const listId = useId()
  const optionId = (index: number): string => `${listId}-${index}`
  const look = (text: string, caret: number): void => {
    setQuery(mentionAt(text, caret))
    setActive(0)
  }
  const pick = (one: Mention): void => {
    if (query === null) return
    const { text, caret } = withMention(note.text, query, one)
    onNote({ text, mentions: [...note.mentions.filter(({ id }) => id !== one.id), one] })
    setQuery(null)
    // The field takes its new text first.
    requestAnimationFrame(() => box.current?.setSelectionRange(caret, caret))
  }
  const onKeyDown = (event: KeyboardEvent): boolean => {
    const chosen = suggestions[active]
    if (chosen === undefined || event.nativeEvent.isComposing) return false
    const step = stepOf(event.key)
    if (step === null) return false
    event.preventDefault()
    event.stopPropagation()
    if (step === 'pick') pick(chosen)
    else if (step === 'close') setQuery(null)
    else setActive((active + step + suggestions.length) % suggestions.length)
    return true
  }
  const isOpen = suggestions.length > 0
  return {
    ...{ suggestions, active, listId, optionId, pick, onKeyDown },
    close: () => setQuery(null),
    onText(text: string, caret: number) {
      onNote({ ...note, text })
      look(text, caret)
    },
    onCaret(caret: number) {
      const next = mentionAt(note.text, caret)
      if (next?.from !== query?.from || next?.query !== query?.query) look(note.text, caret)
    },
    boxProps: {
      'aria-autocomplete': 'list',
      'aria-haspopup': 'listbox',
      ...(isOpen ? { 'aria-controls': listId, 'aria-activedescendant': optionId(active) } : {}),
    } as const,
  }
}

/** What a key does while the list is open. */
function stepOf(key: string): 1 | -1 | 'pick' | 'close' | null {
  switch (key) {
    case 'ArrowDown':
      return 1
    case 'ArrowUp':
      return -1
    case 'Enter':
    case 'Tab':
      return 'pick'
    case 'Escape':
      return 'close'
    default:
      return null
  }
}
