import type { ChannelAdapter } from '../channel.ts'
import { limits } from './limits.ts'

/**
 * Telegram, as its users' own accounts see it. Telegram sends those no webhooks: the companion holds their sessions and
 * brings what they hear as broadcast items, and takes the replies. Whatever is handed in here is somebody's mistake.
 */
export const telegram: ChannelAdapter = {
  platform: 'telegram',
  parse: (delivery) => [{ kind: 'refused', reason: 'telegram.no_webhooks', raw: delivery ?? null }],
  aliasOf: (peerId) => ({ kind: 'peer', value: peerId }),
  companion: 'always',
  limits,
}
