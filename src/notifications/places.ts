import {
  type NotificationRules,
  type NotificationSettings,
  type RuleKey,
  defaultRules,
  ruleKeys,
} from '../protocol/notification-settings.ts'
import type { NotificationMedium } from '../protocol/notifications.ts'

/**
 * Where in the journal a user's notifications may stand, by what is kept beside its lines: never fewer than there are.
 * `pairs`: kinds, and whose conversation. `wide`: kinds that the user follows whosever conversation it is.
 */
export type Places = { pairs: [notify: string, audience: string][]; wide: string[] }

export function placesOf(
  settings: NotificationSettings,
  userId: string,
  medium: NotificationMedium = 'socket',
): Places {
  const wanted = ruleKeys.filter((key) => isWanted(settings, key, medium)).flatMap((key) => placesOfKey(key, userId))
  const wide = wanted.flatMap(({ notify, audience }) => (audience === null ? [notify] : []))
  const pairs = wanted.flatMap(({ notify, audience }): Places['pairs'] =>
    audience === null || wide.includes(notify) ? [] : [[notify, audience]],
  )
  return { pairs: unique(pairs), wide: unique(wide) }
}

/** Whether any rule for the cell names the medium, be it for one channel only. */
function isWanted(
  { rules, platforms, channels }: NotificationSettings,
  key: RuleKey,
  medium: NotificationMedium,
): boolean {
  const scoped: NotificationRules[] = [...Object.values(platforms), ...Object.values(channels)]
  return (rules[key] ?? defaultRules[key]).includes(medium) || scoped.some((of) => of[key]?.includes(medium))
}

type Place = { notify: string; audience: string | null }

/** Mentions have a place of their own, so no rule adds one. */
function placesOfKey(key: RuleKey, userId: string): Place[] {
  const [kind = '', relation] = key.split('.')
  // Whoever wants no word of new conversations hears of their first message as of any other.
  const kinds = kind === 'new_message' ? [kind, 'new_conversation'] : [kind]
  switch (relation) {
    case 'assigned_to_me':
      return kinds.map((notify) => ({ notify, audience: userId }))
    case 'others':
      return kinds.map((notify) => ({ notify, audience: null }))
    case 'mention':
      return []
    default:
      return kinds.map((notify) => ({ notify, audience: '' }))
  }
}

function unique<Item>(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()]
}
