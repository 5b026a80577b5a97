import { useTexts } from '../i18n/use-texts.ts'
import { oneLine } from '../text/clean.ts'
import type { Message } from '../types.ts'

/** The message that is answered: its first words if it is loaded, otherwise only that there is one. */
export function Quote({ quoted, onQuote }: { quoted: Message | null; onQuote(messageId: string): void }) {
  const { t } = useTexts()
  if (quoted === null) return <p className="quote quote-unknown">{t('message.earlier')}</p>
  return (
    <button type="button" className="quote" onClick={() => onQuote(quoted.id)}>
      <span className="sr-only">{t('message.reply_to')}: </span>
      <QuoteWords quoted={quoted} />
    </button>
  )
}

/** Who wrote a message, and its first words. */
export function QuoteWords({ quoted }: { quoted: Message }) {
  const { t } = useTexts()
  const name = oneLine(quoted.sender?.name ?? '', 80) || (quoted.direction === 'outbound' ? t('message.from_you') : '')
  return (
    <>
      {name !== '' && <bdi className="quote-name">{name}</bdi>}
      <bdi className="quote-text">{useQuoteText(quoted)}</bdi>
    </>
  )
}

function useQuoteText(quoted: Message): string {
  const { t } = useTexts()
  if (quoted.deleted_at !== null) return t('message.deleted')
  const [file] = quoted.attachments
  return oneLine(quoted.content, 200) || (file === undefined ? t('message.empty') : t(`file.${file.type}`))
}
