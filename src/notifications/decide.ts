import type { NotificationSettings } from '../protocol/notification-settings.ts'
import { type MediumRefusal, type NotificationMedium, notificationMedia } from '../protocol/notifications.ts'
import type { EventFacts, NotificationBody, Standing } from './facts.ts'
import { isPaused, isQuiet } from './quiet-hours.ts'
import { ruleKeyOf, wantedMedia } from './rules.ts'

/** What holds at the moment of telling. `focus`: conversations that lie open before the user, in whatever window. */
export type Situation = { now: number; focus: ReadonlySet<string> }

/**
 * What is told to one user, and how. Every medium is either in `media` or in `refused`. `show`: the page may let it pop
 * up; where it may not, a frame only counts.
 */
export type Decision = {
  body: NotificationBody
  media: NotificationMedium[]
  refused: Partial<Record<NotificationMedium, MediumRefusal>>
  show: boolean
}

/** After this time a sound, or something that pops up, only startles: whoever comes back sees the list. */
const maxSoundAgeMs = 60_000
/** What is older than a day is no news. Push services drop it then as well. */
export const maxPushAgeMs = 86_400_000

/** The rules, once for each event and user. The same arguments always decide the same. Null: not for this user. */
export function decide(
  facts: EventFacts,
  standing: Standing,
  settings: NotificationSettings,
  situation: Situation,
): Decision | null {
  if (standing === 'none') return null
  const { body, wanted } = choose(facts, standing, settings)
  const media: NotificationMedium[] = []
  const refused: Decision['refused'] = {}
  for (const medium of notificationMedia) {
    const reason = wanted.includes(medium) ? refusalOf(medium, { facts, body, settings, situation }) : 'rule'
    if (reason === null) media.push(medium)
    else refused[medium] = reason
  }
  const isInTheWay = isPaused(settings, situation.now) || isFocused(facts, situation)
  const show = media.includes('socket') && !isInTheWay && situation.now - facts.at <= maxSoundAgeMs
  return { body, media, refused, show }
}

type Choice = { body: NotificationBody; wanted: readonly NotificationMedium[] }

function choose(
  { bodies, channelId, platform }: EventFacts,
  standing: Standing,
  settings: NotificationSettings,
): Choice {
  for (const body of bodies) {
    const key = ruleKeyOf(body.kind, standing)
    const wanted = key === null ? [] : wantedMedia(settings, key, { channelId, platform })
    if (wanted.length > 0) return { body, wanted }
  }
  return { body: bodies[0], wanted: [] }
}

type Question = {
  facts: EventFacts
  body: NotificationBody
  settings: NotificationSettings
  situation: Situation
}

/**
 * The page itself is never refused: what made no noise must still be found. Nor does a summary mind what was going on at
 * the moment; whether it goes out is looked at when it is due.
 */
function refusalOf(medium: NotificationMedium, { facts, body, settings, situation }: Question): MediumRefusal | null {
  if (medium === 'socket') return null
  if (medium === 'email_digest') return settings.digest.enabled ? null : 'digest_off'
  if (isPaused(settings, situation.now)) return 'paused'
  if (isQuiet(settings, medium, situation.now, body.kind)) return 'quiet_hours'
  if (isFocused(facts, situation)) return 'focused'
  const maxAgeMs = medium === 'sound' ? maxSoundAgeMs : maxPushAgeMs
  return situation.now - facts.at > maxAgeMs ? 'stale' : null
}

function isFocused({ conversation }: EventFacts, { focus }: Situation): boolean {
  return conversation !== null && focus.has(conversation.id)
}
