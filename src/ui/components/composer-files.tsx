import { useObjectUrl } from '../hooks/use-object-url.ts'
import { useTexts } from '../i18n/use-texts.ts'
import { actionFailure } from '../rules/failures.ts'
import { oneLine } from '../text/clean.ts'
import type { Upload } from '../types.ts'
import { Icon } from './icons.tsx'

type FilesProps = { uploads: readonly Upload[]; onRemove(id: string): void; onRetry(id: string): void }

/** The files of a draft: how far each one is, and the way to let it go. */
export function ComposerFiles({ uploads, onRemove, onRetry }: FilesProps) {
  const { t } = useTexts()
  if (uploads.length === 0) return null
  return (
    <ul className="chips" aria-label={t('composer.files')}>
      {uploads.map((upload) => (
        <FileChip key={upload.id} upload={upload} onRemove={onRemove} onRetry={onRetry} />
      ))}
    </ul>
  )
}

type ChipProps = Omit<FilesProps, 'uploads'> & { upload: Upload }

function FileChip({ upload, onRemove, onRetry }: ChipProps) {
  const { t } = useTexts()
  const name = oneLine(upload.name, 160)
  return (
    <li className={`chip chip-${upload.state}`}>
      <Thumbnail upload={upload} />
      <span className="file-facts">
        <bdi className="chip-name">{name}</bdi>
        <ChipState upload={upload} />
      </span>
      {upload.state === 'failed' && (
        <button
          type="button"
          className="link-button"
          aria-label={t('composer.file_retry', { name })}
          onClick={() => onRetry(upload.id)}
        >
          {t('action.retry')}
        </button>
      )}
      <button
        type="button"
        className="icon-button chip-remove"
        aria-label={t('composer.file_remove', { name })}
        title={t('composer.file_remove', { name })}
        onClick={() => onRemove(upload.id)}
      >
        <Icon name="close" />
      </button>
    </li>
  )
}

function Thumbnail({ upload }: { upload: Upload }) {
  const url = useObjectUrl(upload.type === 'image' ? upload.file : null)
  if (url === null) return <Icon name={upload.type} className="icon file-icon" />
  return <img className="chip-picture" src={url} alt="" />
}

function ChipState({ upload }: { upload: Upload }) {
  const { t, format } = useTexts()
  switch (upload.state) {
    case 'failed': {
      const { text, detail } = actionFailure(upload.error ?? { code: '', status: 0, message: '' })
      return (
        <span className="file-note chip-error" role="alert" title={detail}>
          {t(text)}
        </span>
      )
    }
    case 'ready':
      return (
        <span className="file-note">
          {format.size(upload.size)}
          <span className="sr-only"> {t('composer.file_ready')}</span>
        </span>
      )
    case 'waiting':
    case 'uploading':
      return <UploadBar upload={upload} />
  }
}

/** How far an upload is. It moves too often to be read out with every step. */
export function UploadBar({ upload }: { upload: Upload }) {
  const { t } = useTexts()
  const percent = Math.floor((upload.sent / Math.max(1, upload.size)) * 100)
  const label =
    upload.state === 'waiting'
      ? t('composer.file_waiting')
      : t('composer.file_progress', { name: oneLine(upload.name, 80), percent })
  return <progress className="upload-bar" max={100} value={percent} aria-label={label} title={label} />
}
