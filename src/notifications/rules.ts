import {
  type NotificationRules,
  type NotificationSettings,
  type RuleKey,
  defaultRules,
} from '../protocol/notification-settings.ts'
import type { NotificationKind, NotificationMedium } from '../protocol/notifications.ts'
import type { Standing } from './facts.ts'

/** Where something happened, as far as rules can tell it apart. */
export type Scope = { channelId: string | null; platform: string | null }

type Rules = Pick<NotificationSettings, 'rules' | 'platforms' | 'channels'>

/** The cell of a kind for what it is to the user; null where there is none. */
export function ruleKeyOf(kind: NotificationKind, standing: Standing): RuleKey | null {
  const key = standing === 'all' ? kind : `${kind}.${standing}`
  return isRuleKey(key) ? key : null
}

function isRuleKey(key: string): key is RuleKey {
  return Object.hasOwn(defaultRules, key)
}

/** The media that a user wants for a cell: by the rule of the channel, of the platform, the user's own, the default. */
export function wantedMedia(
  settings: Rules,
  key: RuleKey,
  { channelId, platform }: Scope,
): readonly NotificationMedium[] {
  const ofChannel: NotificationRules | undefined = settings.channels[channelId ?? '']
  const ofPlatform: NotificationRules | undefined = settings.platforms[platform ?? '']
  return ofChannel?.[key] ?? ofPlatform?.[key] ?? settings.rules[key] ?? defaultRules[key]
}
