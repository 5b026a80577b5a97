import { useNow } from '../hooks/use-now.ts'
import { useTexts } from '../i18n/use-texts.ts'
import { describeConnection, noticeOf } from '../rules/connection.ts'
import type { ConnectionState } from '../types.ts'
import { Icon } from './icons.tsx'

/** How the page stands towards the server, quietly. */
export function ConnectionBadge({ connection }: { connection: ConnectionState }) {
  const { t } = useTexts()
  const isCounting = connection.kind === 'connecting' && connection.retryAt !== null
  const now = useNow(isCounting ? 500 : null)
  const badge = describeConnection(connection, now)
  const text = badge.seconds === null ? t(badge.text) : t(badge.text, { n: badge.seconds })
  return (
    <span className={`connection connection-${badge.tone}`}>
      <span className="connection-dot" aria-hidden="true" />
      <span className="connection-text">{text}</span>
      {/* A countdown read out every second would be torture: only the kind of state is announced. */}
      <span className="sr-only" role="status">
        {badge.seconds === null ? text : t('connection.connecting')}
      </span>
    </span>
  )
}

/** Across the page when something needs the reader. */
export function ConnectionBanner({ connection, onSignIn }: { connection: ConnectionState; onSignIn(): void }) {
  const { t } = useTexts()
  const notice = noticeOf(connection)
  if (notice === null) return null
  return (
    <div className="banner" role="alert">
      <Icon name="alert" />
      <span>{t(notice.text)}</span>
      {notice.action === 'sign_in' && (
        <button type="button" className="button button-small" onClick={onSignIn}>
          {t('entry.sign_in')}
        </button>
      )}
      {notice.action === 'reload' && (
        <button type="button" className="button button-small" onClick={() => window.location.reload()}>
          {t('app.reload')}
        </button>
      )}
    </div>
  )
}
