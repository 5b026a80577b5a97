import { useId, useState } from 'react'
import { useTexts } from '../i18n/use-texts.ts'
import { clip } from '../text/clean.ts'
import { LinkedText } from './linked-text.tsx'

/** What fits comfortably; the rest is one press away. */
const foldAfterLetters = 1800
const foldAfterLines = 30

const noNames: readonly string[] = []

/** The text of a message. White space is kept; a very long text is folded. `names`: those that it calls with an `@`. */
export function MessageText({ text, names = noNames }: { text: string; names?: readonly string[] }) {
  const { t } = useTexts()
  const id = useId()
  const [isOpen, setIsOpen] = useState(false)
  const short = fold(text)
  return (
    <>
      <div className="message-text" id={id} dir="auto">
        <LinkedText text={isOpen ? text : short} names={names} />
      </div>
      {short !== text && (
        <button
          type="button"
          className="link-button"
          aria-expanded={isOpen}
          aria-controls={id}
          onClick={() => setIsOpen(!isOpen)}
        >
          {t(isOpen ? 'message.show_less' : 'message.show_all')}
        </button>
      )}
    </>
  )
}

function fold(text: string): string {
  let end = -1
  for (let line = 0; line < foldAfterLines; line += 1) {
    end = text.indexOf('\n', end + 1)
    if (end < 0) return clip(text, foldAfterLetters)
  }
  return clip(text, Math.min(end, foldAfterLetters))
}
