import { useTexts } from '../i18n/use-texts.ts'
import { oneLine } from '../text/clean.ts'
import type { Message } from '../types.ts'

type QuoteProps = {
  quoted: Message | null
  /** What the answer is about, where it picks out a part. */
  words?: string
  onQuote(messageId: string): void
}

/** The message that is answered: its first words if it is loaded, otherwise only that there is one. */
export function Quote({ quoted, words = '', onQuote }: QuoteProps) {
  const { t } = useTexts()
  const picked = oneLine(words, 200)
  if (quoted === null) return <p className="quote quote-unknown">{picked || t('message.earlier')}</p>
  return (
    <button type="button" className="quote" onClick={() => onQuote(quoted.id)}>
      <span className="sr-only">{t('message.reply_to')}: </span>
      <QuoteWords quoted={quoted} picked={picked} />
    </button>
  )
}

/** Who wrote a message, and the words of it that were picked out, or its first ones. */
export function QuoteWords({ quoted, picked = '' }: { quoted: Message; picked?: string }) {
  const { t } = useTexts()
  const name = oneLine(quoted.sender?.name ?? '', 80) || (quoted.direction === 'outbound' ? t('message.from_you') : '')
  return (
    <>
      {name !== '' && <bdi className="quote-name">{name}</bdi>}
      <bdi className="quote-text">{useQuoteText(quoted, picked)}</bdi>
    </>
  )
}

function useQuoteText(quoted: Message, picked: string): string {
  const { t } = useTexts()
  if (quoted.deleted_at !== null) return t('message.deleted')
  if (picked !== '') return picked
  const [file] = quoted.attachments
  return oneLine(quoted.content, 200) || (file === undefined ? t('message.empty') : t(`file.${file.type}`))
}
