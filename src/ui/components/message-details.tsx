import type { TextKey } from '../i18n/en.ts'
import { useTexts } from '../i18n/use-texts.ts'
import { isSaidByCard, readList, readPoll } from '../rules/chat-details.ts'
import { mapHref, readChoice, readContacts, readOrder, readPlace, readReferral } from '../rules/details.ts'
import { describesFiles, isSaidBy, readButtons, readShared } from '../rules/shared.ts'
import { oneLine } from '../text/clean.ts'
import type { Message } from '../types.ts'
import { ChatCard } from './chat-details.tsx'
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
      if (readPoll(message.details) !== null || readList(message.details) !== null)
        return <ChatCard message={message} />
      // Of ours it is a question with buttons, of theirs the answer.
      if (message.direction === 'outbound') return null
      return <Label icon="touch" text="message.chosen" note={readChoice(message.details)} />
    case 'button':
      return <Label icon="touch" text="message.button" note={readChoice(message.details)} />
    case 'template':
      return <Label icon="document" text="message.template" note="" />
    default:
      return null
  }
}

/** Where the details say everything, the one-line description in `content` would say it twice. */
export function isContentCovered(message: Message): boolean {
  if (message.type === 'location') return readPlace(message.details) !== null
  if (message.type === 'story' || message.type === 'share') return isSaidBy(readShared(message), message.content)
  if (message.type === 'contacts') return readContacts(message.details).length > 0
  return isSaidByCard(message) || describesFiles(message)
}

function Label({ icon, text, note }: { icon: 'touch' | 'document'; text: TextKey; note: string }) {
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
        <bdi className="detail-title">
          {oneLine(place.name) || t(place.isLive ? 'message.live_location' : 'message.location')}
        </bdi>
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

/** Stories, posts and links that a message passes on, whatever else it is. */
export function SharedThings({ message }: { message: Message }) {
  const { t } = useTexts()
  return readShared(message).map(({ label, title, href }, index) => (
    <div className="detail-card" key={index}>
      <Icon name="link" className="icon detail-icon" />
      <div className="detail-lines">
        <span className="detail-note">{t(label)}</span>
        {title !== '' && <bdi className="detail-title">{oneLine(title, 200)}</bdi>}
        {href !== null && <OutsideLink href={href} text={`${t('message.open_link')}: ${new URL(href).host}`} />}
      </div>
    </div>
  ))
}

/** The choices that we gave with a message. */
export function SentButtons({ message }: { message: Message }) {
  const buttons = readButtons(message)
  if (buttons.length === 0) return null
  return (
    <p className="template-buttons">
      {buttons.map((title, index) => (
        <bdi className="tag" key={index}>
          {oneLine(title, 40)}
        </bdi>
      ))}
    </p>
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
