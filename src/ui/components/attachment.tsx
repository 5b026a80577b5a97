import { useState } from 'react'
import { useTexts } from '../i18n/use-texts.ts'
import { safePath } from '../rules/details.ts'
import { fileFailure } from '../rules/failures.ts'
import { oneLine } from '../text/clean.ts'
import type { Attachment } from '../types.ts'
import { Icon } from './icons.tsx'

type ViewProps = { attachment: Attachment; onRetry(attachmentId: string): void }

/** One file of a message, as far as it is there. */
export function AttachmentView({ attachment, onRetry }: ViewProps) {
  const path = safePath(attachment.url)
  if (attachment.state === 'ready' && path !== null) return <ReadyFile attachment={attachment} path={path} />
  return <MissingFile attachment={attachment} onRetry={onRetry} />
}

function ReadyFile({ attachment, path }: { attachment: Attachment; path: string }) {
  const { t } = useTexts()
  // A browser cannot show every format (HEIC, TIFF): then the file is offered like any document.
  const [isUnplayable, setIsUnplayable] = useState(false)
  const label = fileName(attachment) || t(`file.${attachment.type}`)
  const onError = () => setIsUnplayable(true)
  if (isUnplayable) return <FileCard attachment={attachment} path={path} label={label} />
  switch (attachment.type) {
    case 'image':
      return (
        <a className="file-image" href={path} target="_blank" rel="noopener">
          <img src={path} alt={label} loading="lazy" decoding="async" onError={onError} />
        </a>
      )
    case 'sticker':
      return <img className="file-sticker" src={path} alt={label} loading="lazy" decoding="async" onError={onError} />
    case 'video':
      return (
        <video className="file-video" src={path} aria-label={label} controls preload="metadata" onError={onError} />
      )
    case 'audio':
      return <audio className="file-audio" src={path} aria-label={label} controls preload="none" onError={onError} />
    case 'document':
      return <FileCard attachment={attachment} path={path} label={label} />
  }
}

function FileCard({ attachment, path, label }: { attachment: Attachment; path: string; label: string }) {
  const { format } = useTexts()
  const facts = [extensionOf(label), attachment.size === null ? '' : format.size(attachment.size)].filter(Boolean)
  return (
    <a className="file-card" href={path} target="_blank" rel="noopener" download={label}>
      <Icon name={attachment.type} className="icon file-icon" />
      <span className="file-facts">
        <bdi className="file-name">{label}</bdi>
        {facts.length > 0 && <span className="file-note">{facts.join(' · ')}</span>}
      </span>
    </a>
  )
}

/** Not here yet, or not any more: the place and the words are the same for every kind of file. */
function MissingFile({ attachment, onRetry }: ViewProps) {
  const { t } = useTexts()
  const state = attachment.state === 'ready' ? 'failed' : attachment.state
  const name = fileName(attachment) || t(`file.${attachment.type}`)
  return (
    <div className={`file-card file-${state}`} aria-busy={state === 'pending'}>
      {state === 'pending' ? (
        <span className="spinner file-spinner" aria-hidden="true" />
      ) : (
        <Icon name={attachment.type} className="icon file-icon" />
      )}
      <span className="file-facts">
        <bdi className="file-name">{name}</bdi>
        <MissingReason state={state} attachment={attachment} />
      </span>
      {state !== 'pending' && (
        <button
          type="button"
          className="link-button"
          aria-label={t('file.retry', { name })}
          onClick={() => onRetry(attachment.id)}
        >
          {t('action.retry')}
        </button>
      )}
    </div>
  )
}

type ReasonProps = { state: Exclude<Attachment['state'], 'ready'>; attachment: Attachment }

function MissingReason({ state, attachment }: ReasonProps) {
  const { t } = useTexts()
  const failure = state === 'pending' ? { text: null, detail: '' } : fileFailure(attachment.error)
  return (
    <>
      <span className="file-note">
        {t(`file.${state}`)}
        {failure.text !== null && `. ${t(failure.text)}`}
      </span>
      {failure.detail !== '' && <bdi className="file-detail">{failure.detail}</bdi>}
    </>
  )
}

function fileName(attachment: Attachment): string {
  return oneLine(attachment.filename ?? '', 160)
}

function extensionOf(name: string): string {
  return /\.([A-Za-z0-9]{1,5})$/u.exec(name)?.[1]?.toUpperCase() ?? ''
}
