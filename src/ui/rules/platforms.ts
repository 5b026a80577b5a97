import type { Texts } from '../i18n/texts.ts'
import type { Channel, Conversation, Platform } from '../types.ts'

/** Those that the page has a name and a sign for, in the order it shows them. A server may have others. */
export const knownPlatforms = ['whatsapp', 'telegram', 'facebook', 'instagram', 'email'] as const
export type KnownPlatform = (typeof knownPlatforms)[number]

export function isKnownPlatform(platform: Platform): platform is KnownPlatform {
  return knownPlatforms.some((known) => known === platform)
}

/** A platform's name; of one that the page does not know, the server's own word for it. */
export function platformName(platform: Platform, t: Texts['t']): string {
  if (isKnownPlatform(platform)) return t(`platform.${platform}`)
  return (platform.charAt(0).toUpperCase() + platform.slice(1)).replaceAll('_', ' ')
}

/** What a contact is known by, where it says anything to people: a number or an address does, the id of a Telegram group not. */
export function shownAddress({ platform, external_id }: Pick<Conversation, 'platform' | 'external_id'>): string {
  return platform === 'telegram' && external_id.startsWith('-') ? '' : external_id
}

/** The platforms of these channels, each once, the known ones first. `chosen` stays, so that it can be let go of. */
export function platformsOf(channels: readonly Channel[], chosen?: Platform): Platform[] {
  const present = new Set(channels.map(({ platform }) => platform))
  if (chosen !== undefined) present.add(chosen)
  const others = [...present].filter((platform) => !isKnownPlatform(platform)).toSorted()
  return [...knownPlatforms.filter((platform) => present.has(platform)), ...others]
}
