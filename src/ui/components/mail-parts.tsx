import { useId, useState } from 'react'
import { useTexts } from '../i18n/use-texts.ts'
import { type MailFacts, mailPath, type MailPerson, readCopies } from '../rules/mail.ts'
import { oneLine } from '../text/clean.ts'
import type { Message } from '../types.ts'
import { Icon } from './icons.tsx'
import { MessageText } from './message-text.tsx'

/** People of one header that are named; of the others their number. */
const maxNamed = 4

/** Who wrote a mail to whom, and what there is to know about that. */
export function MailHead({ mail }: { mail: MailFacts }) {
  const { t } = useTexts()
  const { from, to, cc } = mail
  return (
    <div className="mail-head">
      {from !== null && <People label={t('mail.from')} people={[from]} />}
      {from?.isMisleading === true && <Warning text={t('mail.warn_name')} />}
      {to.length > 0 && <People label={t('mail.to')} people={to} />}
      {cc.length > 0 && <People label={t('mail.cc')} people={cc} />}
      {mail.warnings.map((text) => (
        <Warning key={text} text={t(text)} />
      ))}
      <MailBadges mail={mail} />
    </div>
  )
}

function People({ label, people }: { label: string; people: readonly MailPerson[] }) {
  const { t } = useTexts()
  const more = people.length - maxNamed
  return (
    <p>
      {label}:{' '}
      {people.slice(0, maxNamed).map(({ name, address }, index) => (
        <span key={index}>
          {index > 0 && ', '}
          {name !== '' && name !== address && <bdi>{oneLine(name, 80)} </bdi>}
          <bdi className="mail-address">&lt;{oneLine(address, 320)}&gt;</bdi>
        </span>
      ))}
      {more > 0 && ` ${t('mail.more', { n: more })}`}
    </p>
  )
}

function Warning({ text }: { text: string }) {
  return (
    <p className="mail-warning">
      <Icon name="alert" /> {text}
    </p>
  )
}

function MailBadges({ mail: { automated, verdicts } }: { mail: MailFacts }) {
  const { t } = useTexts()
  if (automated === null && verdicts.length === 0) return null
  return (
    <p className="mail-badges">
      {automated !== null && <span className="tag">{t(automated)}</span>}
      {verdicts.map(({ method, word, text, isBad }) => (
        <span key={method} className={isBad ? 'tag tag-bad' : 'tag'} title={`${method}: ${oneLine(word, 20)}`}>
          {method}: {t(text)}
        </span>
      ))}
    </p>
  )
}

/** Of an answer written here: whom else it goes to. */
export function MailCopies({ details }: Pick<Message, 'details'>) {
  const { t } = useTexts()
  const { cc, bcc } = readCopies(details)
  if (cc.length + bcc.length === 0) return null
  const people = (addresses: string[]) => addresses.map((address) => ({ address, name: '', isMisleading: false }))
  return (
    <div className="mail-head">
      {cc.length > 0 && <People label={t('mail.cc')} people={people(cc)} />}
      {bcc.length > 0 && <People label={t('mail.bcc')} people={people(bcc)} />}
    </div>
  )
}

/** The text of this mail alone, or with what it quotes. */
export function MailText({ content, fullText }: { content: string; fullText: string | null }) {
  const { t } = useTexts()
  const [isAll, setIsAll] = useState(false)
  const hasMore = fullText !== null && fullText.length > content.length
  return (
    <>
      <MessageText key={String(isAll)} text={isAll && hasMore ? fullText : content} />
      {hasMore && (
        <button type="button" className="link-button" aria-expanded={isAll} onClick={() => setIsAll(!isAll)}>
          {t(isAll ? 'mail.show_own' : 'mail.show_all')}
        </button>
      )}
    </>
  )
}

/** The mail as its sender made it: to look at, where it has a form of its own, and to keep. */
export function MailFoot({ id, mail }: { id: string; mail: MailFacts }) {
  const { t } = useTexts()
  const frameId = useId()
  const [isOpen, setIsOpen] = useState(false)
  const [hasImages, setHasImages] = useState(false)
  return (
    <>
      {isOpen && (
        <MailFrame
          {...{ id, frameId, hasImages, blockedImages: mail.blockedImages }}
          onImages={() => setHasImages(true)}
        />
      )}
      <p className="mail-foot">
        {mail.hasHtml && (
          <button
            type="button"
            className="link-button"
            aria-expanded={isOpen}
            aria-controls={isOpen ? frameId : undefined}
            onClick={() => setIsOpen(!isOpen)}
          >
            {t(isOpen ? 'mail.hide_original' : 'mail.show_original')}
          </button>
        )}
        <MailDownload id={id} />
      </p>
    </>
  )
}

export function MailDownload({ id }: { id: string }) {
  const { t } = useTexts()
  return (
    <a className="link-button" href={mailPath(id, 'raw')} download="">
      {t('mail.download')}
    </a>
  )
}

type FrameProps = { id: string; frameId: string; hasImages: boolean; blockedImages: number; onImages(): void }

/** The mail's own HTML, where it can neither run anything nor reach this page. Pictures of others only when asked for. */
export function MailFrame({ id, frameId, hasImages, blockedImages, onImages }: FrameProps) {
  const { t } = useTexts()
  const src = `${mailPath(id, 'html')}${hasImages ? '?images=1' : ''}`
  return (
    <div className="mail-original" id={frameId}>
      {blockedImages > 0 && !hasImages && (
        <p className="mail-images">
          {t('mail.images_blocked', { n: blockedImages })}{' '}
          <button type="button" className="link-button" onClick={onImages}>
            {t('mail.images_show')}
          </button>
        </p>
      )}
      {/* A new frame for a new address: going on in the old one would be a step of the browser's history. */}
      <iframe
        key={src}
        className="mail-frame"
        sandbox="allow-popups allow-popups-to-escape-sandbox"
        src={src}
        referrerPolicy="no-referrer"
        title={t('mail.original')}
        // The thread holds on to its end while it grows, which may push what was just opened out of view.
        onLoad={({ currentTarget }) => currentTarget.parentElement?.scrollIntoView({ block: 'nearest' })}
      />
    </div>
  )
}
