import { useId, useState } from 'react'
import { useTexts } from '../i18n/use-texts.ts'
import { isShortMail, type MailFacts, mailPath, type MailPerson, readCopies } from '../rules/mail.ts'
import { oneLine } from '../text/clean.ts'
import type { Message } from '../types.ts'
import { Icon } from './icons.tsx'
import { MessageText } from './message-text.tsx'

/** People of one header that are named; of the others their number. */
const maxNamed = 4

/** Who wrote a mail to whom, and what there is to know about that. */
export function MailHead({ mail }: { mail: MailFacts }) {
  const { t } = useTexts()
  const { from, answerTo, to, cc, isForUsAlone } = mail
  return (
    <div className="mail-head">
      {from !== null && <People label={t('mail.from')} people={[from]} />}
      {from?.isMisleading === true && <Warning text={t('mail.warn_name')} />}
      {answerTo !== null && <People label={t('mail.answer_to')} people={[answerTo]} />}
      {to.length > 0 && !isForUsAlone && <People label={t('mail.to')} people={to} />}
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

/** What a mail says: its own text, all of its text, or its original, with what there is to do about it in one line. */
export function MailBody({ id, content, mail }: { id: string; content: string; mail: MailFacts }) {
  const { t } = useTexts()
  const frameId = useId()
  const [shown, setShown] = useState<'own' | 'all' | 'original'>('own')
  const [hasImages, setHasImages] = useState(false)
  const { fullText, blockedImages } = mail
  const hasMore = fullText !== null && fullText.length > content.length
  const text = shown === 'all' && hasMore ? fullText : content
  return (
    <>
      {shown === 'original' ? (
        <MailFrame
          {...{ id, frameId, hasImages, blockedImages, isShort: !hasImages && isShortMail(mail, content) }}
          onImages={() => setHasImages(true)}
        />
      ) : (
        <MessageText key={shown} text={text} />
      )}
      <p className="mail-foot">
        {hasMore && shown !== 'original' && (
          <Toggle
            isOn={shown === 'all'}
            text={t(shown === 'all' ? 'mail.show_own' : 'mail.show_all')}
            onToggle={(isOn) => setShown(isOn ? 'all' : 'own')}
          />
        )}
        {mail.hasHtml && (
          <Toggle
            isOn={shown === 'original'}
            text={t(shown === 'original' ? 'mail.hide_original' : 'mail.show_original')}
            controls={frameId}
            onToggle={(isOn) => setShown(isOn ? 'original' : 'own')}
          />
        )}
        <MailDownload id={id} />
      </p>
    </>
  )
}

type ToggleProps = { isOn: boolean; text: string; controls?: string; onToggle(isOn: boolean): void }

function Toggle({ isOn, text, controls, onToggle }: ToggleProps) {
  return (
    <button
      type="button"
      className="link-button"
      aria-expanded={isOn}
      aria-controls={isOn ? controls : undefined}
      onClick={() => onToggle(!isOn)}
    >
      {text}
    </button>
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

type FrameProps = {
  id: string
  frameId: string
  hasImages: boolean
  blockedImages: number
  isShort: boolean
  onImages(): void
}

/** The mail's own HTML, where it can neither run anything nor reach this page. Pictures of others only when asked for. */
export function MailFrame({ id, frameId, hasImages, blockedImages, isShort, onImages }: FrameProps) {
  const { t } = useTexts()
  const noteId = useId()
  const src = `${mailPath(id, 'html')}${hasImages ? '?images=1' : ''}`
  return (
    <div className="mail-original" id={frameId}>
      {blockedImages > 0 && !hasImages && (
        <div className="mail-images">
          <p>
            {t('mail.images_blocked', { n: blockedImages })}{' '}
            <button type="button" className="link-button" aria-describedby={noteId} onClick={onImages}>
              {t('mail.images_show')}
            </button>
          </p>
          <p id={noteId}>{t('mail.images_privacy')}</p>
        </div>
      )}
      {/* A new frame for a new address: going on in the old one would be a step of the browser's history. */}
      <iframe
        key={src}
        className={isShort ? 'mail-frame mail-frame-short' : 'mail-frame'}
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
