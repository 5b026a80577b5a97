import {
  defaultRules,
  type NotificationRules,
  type NotificationSettings,
  type RuleKey,
  ruleKeys,
} from '../protocol/notification-settings.ts'
import { type NotificationMedium, notificationMedia } from '../protocol/notifications.ts'
import type { Platform } from '../protocol/words.ts'

/** What rules are for: everything, a platform, or one channel. The narrower counts before the wider, cell by cell. */
export type RuleScope =
  | { kind: 'general' }
  | { kind: 'platform'; platform: Platform }
  | { kind: 'channel'; channelId: string; platform: Platform }

/** The media of one cell, and whose rule says so. `isOwn`: a rule of the very scope that was asked for. */
export type RuleCell = {
  media: readonly NotificationMedium[]
  from: 'default' | RuleScope['kind']
  isOwn: boolean
}

const withoutChannel: ReadonlySet<RuleKey> = new Set(['quarantine_grew', 'system', 'test'])

/** The cells that a scope has: what belongs to no channel has no rule on one. */
export function ruleKeysOf(scope: RuleScope): readonly RuleKey[] {
  return scope.kind === 'general' ? ruleKeys : ruleKeys.filter((key) => !withoutChannel.has(key))
}

/** What holds for a cell in a scope. */
export function ruleCell(settings: NotificationSettings, scope: RuleScope, key: RuleKey): RuleCell {
  const rules: [RuleScope['kind'], NotificationRules | undefined][] = [['general', settings.rules]]
  if (scope.kind !== 'general') rules.unshift(['platform', settings.platforms[scope.platform]])
  if (scope.kind === 'channel') rules.unshift(['channel', settings.channels[scope.channelId]])
  for (const [from, given] of rules) {
    const media = given?.[key]
    if (media !== undefined) return { media, from, isOwn: from === scope.kind }
  }
  return { media: defaultRules[key], from: 'default', isOwn: false }
}

/** The settings with other media in one cell of a scope; null takes the rule away, so that the wider one holds again. */
export function withRule(
  settings: NotificationSettings,
  scope: RuleScope,
  key: RuleKey,
  media: readonly NotificationMedium[] | null,
): NotificationSettings {
  switch (scope.kind) {
    case 'general':
      return { ...settings, rules: changed(settings.rules, key, media) }
    case 'platform': {
      const { [scope.platform]: own = {}, ...others } = settings.platforms
      return { ...settings, platforms: withOwn(others, scope.platform, changed(own, key, media)) }
    }
    case 'channel': {
      const { [scope.channelId]: own = {}, ...others } = settings.channels
      return { ...settings, channels: withOwn(others, scope.channelId, changed(own, key, media)) }
    }
  }
}

/** Media with one switched over. Sound is played by the page, so it comes and goes with it. */
export function toggledMedium(
  media: readonly NotificationMedium[],
  medium: NotificationMedium,
): readonly NotificationMedium[] {
  const wanted = new Set(media)
  if (wanted.delete(medium)) {
    if (medium === 'socket') wanted.delete('sound')
  } else {
    wanted.add(medium)
    if (medium === 'sound') wanted.add('socket')
  }
  return notificationMedia.filter((one) => wanted.has(one))
}

function changed(
  rules: NotificationRules,
  key: RuleKey,
  media: readonly NotificationMedium[] | null,
): NotificationRules {
  const { [key]: _, ...others } = rules
  return media === null ? others : { ...others, [key]: [...media] }
}

/** A scope without rules is left out: there is room for so many only. */
function withOwn<Rules extends object>(others: Record<string, Rules>, id: string, own: Rules): Record<string, Rules> {
  return Object.keys(own).length === 0 ? others : { ...others, [id]: own }
}
