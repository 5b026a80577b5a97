import { useRef } from 'react'
import { useTexts } from '../i18n/use-texts.ts'
import { Icon } from './icons.tsx'

/** Opens the system's choice of files. */
export function AttachButton({ isDisabled, onFiles }: { isDisabled: boolean; onFiles(files: File[]): void }) {
  const { t } = useTexts()
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <button
        type="button"
        className="icon-button"
        aria-label={t('composer.attach')}
        title={t('composer.attach')}
        disabled={isDisabled}
        onClick={() => input.current?.click()}
      >
        <Icon name="attach" />
      </button>
      <input
        ref={input}
        className="sr-only"
        type="file"
        multiple
        tabIndex={-1}
        aria-hidden="true"
        onChange={(event) => {
          onFiles(Array.from(event.target.files ?? []))
          // The same file chosen again is a change only when the field was emptied.
          event.target.value = ''
        }}
      />
    </>
  )
}

export function TemplateButton({ isOpen, onClick }: { isOpen: boolean; onClick(): void }) {
  const { t } = useTexts()
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={t('template.open')}
      aria-expanded={isOpen}
      title={t('template.open')}
      onClick={onClick}
    >
      <Icon name="template" />
    </button>
  )
}

export function SendButton({ isDisabled, onClick }: { isDisabled: boolean; onClick(): void }) {
  const { t } = useTexts()
  return (
    <button
      type="button"
      className="send-button"
      aria-label={t('composer.send')}
      title={t('composer.send')}
      disabled={isDisabled}
      onClick={onClick}
    >
      <Icon name="send" />
    </button>
  )
}
