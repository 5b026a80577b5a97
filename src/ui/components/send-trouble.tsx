import { useState } from 'react'
import { useTexts } from '../i18n/use-texts.ts'
import { type SendTrouble, troubleOf } from '../rules/failures.ts'
import type { ThreadMessage } from '../types.ts'
import { Icon } from './icons.tsx'
import type { BubbleActions } from './message-actions.tsx'

type TroubleProps = { message: ThreadMessage; actions: BubbleActions }

/** Why a message is not on its way as it should be, and what can be done about it. Nothing where all is well. */
export function SendTroubleNote({ message, actions }: TroubleProps) {
  const { t, format } = useTexts()
  const trouble = troubleOf(message)
  if (trouble === null) return null
  const isBad = trouble.tone === 'bad'
  return (
    <div className={`trouble${isBad ? ' trouble-bad' : ''}`}>
      {/* Old failures are there from the beginning; only what happens under the reader's eyes is read out. */}
      <p className="trouble-text" role={message.local === undefined ? undefined : 'alert'}>
        <Icon name={isWaiting(message) ? 'clock' : 'alert'} />
        <span>
          {isBad && <span className="sr-only">{t('status.failed')}: </span>}
          {t(trouble.text, trouble.until === undefined ? {} : { time: format.time(trouble.until) })}
        </span>
      </p>
      {trouble.detail !== '' && <bdi className="trouble-detail">{trouble.detail}</bdi>}
      <TroubleButtons message={message} trouble={trouble} actions={actions} />
    </div>
  )
}

const isWaiting = ({ local, status }: ThreadMessage): boolean =>
  local === undefined ? status === 'queued' : local.state === 'waiting'

function TroubleButtons({ message, trouble, actions }: TroubleProps & { trouble: SendTrouble }) {
  const { t } = useTexts()
  const [isAsking, setIsAsking] = useState(false)
  if (isAsking) {
    return (
      <div className="trouble-ask" role="group" aria-label={t('action.confirm')}>
        <span>{t('action.confirm')}</span>
        <span className="trouble-buttons">
          <button type="button" className="button button-small" onClick={() => actions.retry(message)}>
            {t('action.confirm_yes')}
          </button>
          {/* The harmless answer comes under the key that was just pressed. */}
          <button type="button" className="button button-small" autoFocus onClick={() => setIsAsking(false)}>
            {t('action.cancel')}
          </button>
        </span>
      </div>
    )
  }
  const retry = () => (trouble.mustConfirm ? setIsAsking(true) : actions.retry(message))
  return (
    <div className="trouble-buttons">
      {trouble.retry !== null && (
        <button type="button" className="link-button" onClick={retry}>
          {t(trouble.retry === 'now' ? 'action.retry_now' : 'action.retry')}
        </button>
      )}
      {trouble.canDiscard && (
        <button type="button" className="link-button" onClick={() => actions.discard(message)}>
          {t('action.discard')}
        </button>
      )}
    </div>
  )
}
