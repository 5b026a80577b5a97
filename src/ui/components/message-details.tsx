import type { TextKey } from '../i18n/en.ts'
import { useTexts } from '../i18n/use-texts.ts'
import { mapHref, readChoice, readContacts, readLink, readOrder, readPlace, readReferral } from '../rules/details.ts'
import { oneLine } from '../text/clean.ts'
import type { Message } from '../types.ts'
import { Icon } from './icons.tsx'
import { OutsideLink } from './linked-text.tsx'

/** What a message of a special type carries beside its text; nothing for the plain ones. */
export function MessageDetails({ message }: { message: Message }) {
  switch (message.type) {
    case 'location':
      return <Place message={message} />
    case 'contacts':
      return <Contacts message={message} />
    case 'order':
      return <Order message={message} />
    case 'interactive':
      return <Label icon="touch" text="message.chosen" note={readChoice(message.details)} />
    case 'button':
      return <Label icon="touch" text="message.button" note={readChoice(message.details)} />
    case 'template':
      return <Label icon="document" text="message.template" note="" />
    case 'story':
      return <Shared message={message} text="message.story" />
    case 'share':
      return <Shared message={message} text="message.share" />
    default:
      return null
  }
}

/** Where the details say everything, the one-line description in `content` would say it twice. */
export function isContentCovered(message: Message): boolean {
  if (message.type === 'location') return readPlace(message.details) !== null
  return message.type === 'contacts' && readContacts(message.details).length > 0
}

function Label({ icon, text, note }: { icon: 'touch' | 'document' | 'link'; text: TextKey; note: string }) {
  const { t } = useTexts()
  return (
    <div className="detail-label">
      <Icon name={icon} /> {t(text)}
      {note !== '' && <bdi className="detail-note">{oneLine(note)}</bdi>}
    </div>
  )
}

function Place({ message }: { message: Message }) {
  const { t } = useTexts()
  const place = readPlace(message.details)
  if (place === null) return null
  const coordinates = `${place.latitude.toFixed(5)}, ${place.longitude.toFixed(5)}`
  return (
    <div className="detail-card">
      <Icon name="pin" className="icon detail-icon" />
      <div className="detail-lines">
        <bdi className="detail-title">{oneLine(place.name) || t('message.location')}</bdi>
        {place.address !== '' && <bdi>{oneLine(place.address)}</bdi>}
        <span className="detail-note">{coordinates}</span>
        <OutsideLink href={mapHref(place)} text={t('message.map')} />
      </div>
    </div>
  )
}

function Contacts({ message }: { message: Message }) {
  const { t } = useTexts()
  return readContacts(message.details).map((card, index) => (
    <div className="detail-card" key={index}>
      <Icon name="person" className="icon detail-icon" />
      <div className="detail-lines">
        <bdi className="detail-title">{oneLine(card.name) || t('message.contact')}</bdi>
        {card.lines.map((line, at) => (
          <bdi key={at}>{oneLine(line)}</bdi>
        ))}
      </div>
    </div>
  ))
}

function Order({ message }: { message: Message }) {
  const { t } = useTexts()
  return (
    <div className="detail-card">
      <Icon name="cart" className="icon detail-icon" />
      <div className="detail-lines">
        <span className="detail-title">{t('message.order')}</span>
        {readOrder(message.details).map((item, index) => (
          <span key={index} className="order-item">
            <bdi>{t('message.order_item', { quantity: item.quantity, name: oneLine(item.name) })}</bdi>
            {item.price !== '' && <bdi className="detail-note">{oneLine(item.price)}</bdi>}
          </span>
        ))}
      </div>
    </div>
  )
}

function Shared({ message, text }: { message: Message; text: TextKey }) {
  const { t } = useTexts()
  const href = readLink(message.details)
  return (
    <>
      <Label icon="link" text={text} note="" />
      {href !== null && <OutsideLink href={href} text={`${t('message.open_link')}: ${new URL(href).host}`} />}
    </>
  )
}

/** Shown with the first message of somebody who came from an advertisement. */
export function ReferralNote({ message }: { message: Message }) {
  const { t } = useTexts()
  const referral = readReferral(message.details)
  if (referral === null) return null
  return (
    <div className="referral">
      <span className="detail-label">
        <Icon name="megaphone" /> {t('message.referral')}
      </span>
      {referral.headline !== '' && <bdi className="detail-title">{oneLine(referral.headline)}</bdi>}
      {referral.body !== '' && <bdi>{oneLine(referral.body)}</bdi>}
      {referral.href !== null && <OutsideLink href={referral.href} text={t('message.referral_open')} />}
    </div>
  )
}
