import { useTexts } from '../i18n/use-texts.ts'
import type { ThreadMessage } from '../types.ts'
import { Icon } from './icons.tsx'
import { QuoteWords } from './quote.tsx'

/** Above the reply that is being written: the message it answers. */
export function ReplyBar({ message, onCancel }: { message: ThreadMessage; onCancel(): void }) {
  const { t } = useTexts()
  return (
    <div className="reply-bar">
      <Icon name="reply" />
      <div className="quote">
        <span className="sr-only">{t('message.reply_to')}: </span>
        <QuoteWords quoted={message} />
      </div>
      <button type="button" className="icon-button" aria-label={t('composer.reply_cancel')} onClick={onCancel}>
        <Icon name="close" />
      </button>
    </div>
  )
}
