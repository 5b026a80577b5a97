import { type ClipboardEvent, type KeyboardEvent, type RefObject, useId } from 'react'
import { filesOf } from '../hooks/use-file-drop.ts'
import { useTexts } from '../i18n/use-texts.ts'
import { textRoom } from '../rules/reply-limits.ts'
import type { ReplyRules } from '../types.ts'

/** Whether a key asks to send. Not while a word is still being composed: that Enter belongs to the input method. */
export function isSendKey(event: {
  key: string
  shiftKey: boolean
  altKey: boolean
  keyCode: number
  isComposing: boolean
}): boolean {
  // Safari ends the composition before this key; it marks the key by this code instead.
  const isComposing = event.isComposing || event.keyCode === 229
  return event.key === 'Enter' && !event.shiftKey && !event.altKey && !isComposing
}

type TextProps = {
  text: string
  rules: ReplyRules
  box: RefObject<HTMLTextAreaElement | null>
  isDisabled: boolean
  onText(text: string): void
  onSend(): void
  onFiles(files: File[]): void
}

/** The field a reply is written in. It grows with its text, up to a part of the page. */
export function ComposerText({ text, rules, box, isDisabled, onText, onSend, onFiles }: TextProps) {
  const { t } = useTexts()
  const hint = useId()
  const onKeyDown = (event: KeyboardEvent) => {
    const { key, shiftKey, altKey, keyCode } = event
    if (!isSendKey({ key, shiftKey, altKey, keyCode, isComposing: event.nativeEvent.isComposing })) return
    event.preventDefault()
    onSend()
  }
  const onPaste = (event: ClipboardEvent) => {
    const files = filesOf(event.clipboardData)
    // Office programs put a picture of the text beside the text: then the text is meant.
    if (files.length === 0 || event.clipboardData.getData('text/plain') !== '') return
    event.preventDefault()
    onFiles(files)
  }
  return (
    <div className="composer-box">
      {/* The same text, unseen, gives the field its height: without script measuring, and in every browser. */}
      <div className="composer-mirror" aria-hidden="true">
        {`${text} `}
      </div>
      <textarea
        ref={box}
        rows={1}
        dir="auto"
        enterKeyHint="send"
        placeholder={t('composer.placeholder')}
        aria-label={t('composer.label')}
        aria-describedby={hint}
        disabled={isDisabled}
        value={text}
        onChange={(event) => onText(event.target.value)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
      />
      <LengthNote id={hint} text={text} rules={rules} />
    </div>
  )
}

/** How much room is left, once that is worth knowing. */
function LengthNote({ id, text, rules }: { id: string; text: string; rules: ReplyRules }) {
  const { t } = useTexts()
  const { left, isNear, isOver } = textRoom(text, rules)
  const unit = rules.unit === 'bytes' ? '_bytes' : ''
  return (
    <span className={`composer-length${isOver ? ' composer-over' : ''}`} id={id}>
      {isNear && (isOver ? t(`composer.over${unit}`, { n: -left }) : t(`composer.left${unit}`, { n: left }))}
    </span>
  )
}
