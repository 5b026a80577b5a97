import { useTexts } from '../i18n/use-texts.ts'
import { platformName, shownAddress } from '../rules/platforms.ts'
import { oneLine } from '../text/clean.ts'
import type { Channel, Conversation } from '../types.ts'
import { Avatar } from './avatar.tsx'
import { Icon } from './icons.tsx'

type ThreadHeaderProps = {
  conversation: Conversation | null
  channel: Channel | undefined
  /** The part of a group that the conversation is; most are none. */
  topic?: string
  onBack(): void
}

/** Who the open conversation is with, and on which channel. */
export function ThreadHeader({ conversation, channel, topic = '', onBack }: ThreadHeaderProps) {
  const { t } = useTexts()
  const name = conversation === null ? '' : oneLine(conversation.client_name, 120) || conversation.external_id
  return (
    <header className="thread-header">
      <button type="button" className="icon-button back-button" onClick={onBack} aria-label={t('thread.back')}>
        <Icon name="back" />
      </button>
      {conversation !== null && (
        <Avatar
          name={name}
          seed={conversation.id}
          platform={conversation.platform}
          picture={conversation.picture_url}
        />
      )}
      <div className="thread-who">
        <h2>
          <bdi>{name || t('thread.untitled')}</bdi>
          {topic !== '' && <bdi className="tag">{oneLine(topic, 60)}</bdi>}
          {conversation?.status === 'closed' && <span className="tag">{t('list.closed')}</span>}
        </h2>
        {conversation !== null && <Facts conversation={conversation} name={name} channel={channel} />}
      </div>
    </header>
  )
}

type FactsProps = { conversation: Conversation; name: string; channel: Channel | undefined }

function Facts({ conversation, name, channel }: FactsProps) {
  const { t } = useTexts()
  const address = shownAddress(conversation)
  return (
    <p className="thread-facts">
      <span>{platformName(conversation.platform, t)}</span>
      {address !== '' && address !== name && <bdi>{oneLine(address, 120)}</bdi>}
      {channel !== undefined && (
        <bdi className="thread-channel">{t('thread.via', { channel: oneLine(channel.name, 80) })}</bdi>
      )}
    </p>
  )
}
