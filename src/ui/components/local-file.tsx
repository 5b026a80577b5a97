import type { ReactNode } from 'react'
import { useObjectUrl } from '../hooks/use-object-url.ts'
import { useTexts } from '../i18n/use-texts.ts'
import { oneLine } from '../text/clean.ts'
import type { Upload } from '../types.ts'
import { UploadBar } from './composer-files.tsx'
import { Icon } from './icons.tsx'

/** A file of a message that is still on its way, in the place and size that the stored one will have. */
export function LocalFile({ upload }: { upload: Upload }) {
  const isPicture = upload.type === 'image'
  const url = useObjectUrl(isPicture ? upload.file : null)
  const bar = upload.state === 'ready' || upload.state === 'failed' ? null : <UploadBar upload={upload} />
  if (isPicture) {
    return (
      <span className="file-image file-local">
        {url !== null && <img src={url} alt={oneLine(upload.name, 160)} />}
        {bar}
      </span>
    )
  }
  if (upload.type === 'video' || upload.type === 'audio') {
    return (
      <span className={`file-${upload.type} file-local`}>
        <Icon name={upload.type} className="icon file-icon" />
        {bar}
      </span>
    )
  }
  return <LocalCard upload={upload}>{bar}</LocalCard>
}

function LocalCard({ upload, children }: { upload: Upload; children: ReactNode }) {
  const { format } = useTexts()
  return (
    <span className="file-card">
      <Icon name={upload.type} className="icon file-icon" />
      <span className="file-facts">
        <bdi className="file-name">{oneLine(upload.name, 160)}</bdi>
        {children ?? <span className="file-note">{format.size(upload.size)}</span>}
      </span>
    </span>
  )
}
