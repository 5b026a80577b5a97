import { z } from 'zod'
import { NotificationKind, NotificationMedium, notificationKinds, notificationMedia } from './notifications.ts'
import { Platform, Timestamp, Uuid } from './words.ts'

/**
 * The cells of the rules. Kinds that are about a conversation have one for each relation it can have to the user, the
 * others one for everybody.
 */
export const ruleKeys = [
  'new_message.assigned_to_me',
  'new_message.unassigned',
  'new_message.others',
  'new_conversation.assigned_to_me',
  'new_conversation.unassigned',
  'new_conversation.others',
  'assignment.assigned_to_me',
  'assignment.unassigned',
  'assignment.others',
  'mention.mention',
  'send_failed.assigned_to_me',
  'send_failed.unassigned',
  'send_failed.others',
  'channel_down',
  'channel_up',
  'token_expiring',
  'quarantine_grew',
  'system',
  'test',
] as const
export type RuleKey = (typeof ruleKeys)[number]

/** By which media a user is told who has changed nothing. */
export const defaultRules: Readonly<Record<RuleKey, readonly NotificationMedium[]>> = {
  'new_message.assigned_to_me': ['socket', 'sound', 'web_push', 'email_digest'],
  'new_message.unassigned': ['socket', 'sound', 'web_push', 'email_digest'],
  'new_message.others': [],
  'new_conversation.assigned_to_me': ['socket', 'sound', 'web_push', 'email_digest'],
  'new_conversation.unassigned': ['socket', 'sound', 'web_push', 'email_digest'],
  'new_conversation.others': [],
  'assignment.assigned_to_me': ['socket', 'sound', 'web_push', 'email_digest'],
  'assignment.unassigned': [],
  'assignment.others': [],
  'mention.mention': ['socket', 'sound', 'web_push', 'email_digest'],
  'send_failed.assigned_to_me': ['socket', 'sound', 'web_push', 'email_digest'],
  'send_failed.unassigned': ['socket'],
  'send_failed.others': [],
  channel_down: ['socket', 'web_push', 'email_digest'],
  channel_up: ['socket'],
  token_expiring: ['socket', 'email_digest'],
  quarantine_grew: ['socket'],
  system: ['socket', 'web_push', 'email_digest'],
  test: ['socket', 'sound', 'web_push'],
}

const isUnique = (items: readonly unknown[]): boolean => new Set(items).size === items.length

const Media = z
  .array(NotificationMedium)
  .max(notificationMedia.length)
  .refine(isUnique, 'names a medium twice')
  .refine((media) => !media.includes('sound') || media.includes('socket'), 'sound is played by the page: add socket')

/** By rule key the media that take the place of the default ones; an empty list switches the cell off. */
export const NotificationRules = z.partialRecord(z.enum(ruleKeys), Media)
export type NotificationRules = z.infer<typeof NotificationRules>

/** What belongs to no channel has no other rule on one. */
const ScopedRules = z.partialRecord(z.enum(ruleKeys).exclude(['quarantine_grew', 'system', 'test']), Media)

/** On the clock of the wall: `00:00` to `23:59`. */
const TimeOfDay = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'is no time of day such as 22:00')

/** In the order of the week. */
export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export const Weekday = z.enum(weekdays)
export type Weekday = z.infer<typeof Weekday>

/**
 * Media that are silent for a part of certain days, on the user's clock. `days`: on which it begins. `to` not later than
 * `from` ends on the next day, so equal ones last a whole day. What is silenced stays in the list; a digest that falls
 * due waits.
 */
export const QuietHours = z.strictObject({
  from: TimeOfDay,
  to: TimeOfDay,
  days: z
    .array(Weekday)
    .min(1)
    .max(7)
    .refine(isUnique, 'names a day twice')
    .default([...weekdays]),
  media: z
    .array(NotificationMedium.exclude(['socket']))
    .min(1)
    .max(3)
    .refine(isUnique, 'names a medium twice')
    .default(['sound', 'web_push']),
  except_kinds: z.array(NotificationKind).max(notificationKinds.length).default([]),
})
export type QuietHours = z.infer<typeof QuietHours>

/** A name of the IANA database. An offset such as `+02:00` is none: it knows nothing of summer. */
const TimeZone = z.string().max(64).refine(isTimeZone, 'is no time zone of the IANA database such as Europe/Kyiv')

function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false // Intl knows no such zone
  }
}

const Digest = z
  .strictObject({
    enabled: z.boolean().default(false),
    /** So many hours after the last one, or once a day at a time on the user's clock. */
    schedule: z
      .discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('every'), hours: z.number().int().min(1).max(24) }),
        z.strictObject({ kind: z.literal('daily'), at: TimeOfDay }),
      ])
      .default({ kind: 'daily', at: '18:00' }),
    address: z.email().max(254).nullable().default(null),
    /** Whether it quotes what customers wrote. */
    preview: z.boolean().default(false),
    language: z.enum(['en', 'uk']).default('en'),
  })
  .refine(({ enabled, address }) => !enabled || address !== null, {
    path: ['address'],
    message: 'is needed by a digest that is enabled',
  })

/** Longest settings as JSON, in characters: the hub holds those of every connected user. */
export const maxSettingsLength = 16_384
const maxPlatforms = 32
const maxChannels = 100
const maxQuietHours = 14

const hasAtMost = (max: number) => (record: object) => Object.keys(record).length <= max

/**
 * A user's settings: what `GET …/settings` gives and `PUT …/settings` takes. A PUT replaces all of them; what it leaves
 * out gets its default. Of two rules for one cell that of the channel counts before that of the platform, and this before
 * `rules`.
 */
export const NotificationSettings = z
  .strictObject({
    version: z.literal(1).default(1),
    rules: NotificationRules.default({}),
    platforms: z
      .record(Platform, ScopedRules)
      .refine(hasAtMost(maxPlatforms), `has more than ${maxPlatforms} platforms`)
      .default({}),
    channels: z
      .record(Uuid, ScopedRules)
      .refine(hasAtMost(maxChannels), `has more than ${maxChannels} channels`)
      .default({}),
    /** The user's clock: of quiet hours and of the digest. */
    time_zone: TimeZone.default('UTC'),
    quiet_hours: z.array(QuietHours).max(maxQuietHours).default([]),
    /** Until then nothing sounds, pops up or is pushed, and no digest goes out. The list and the bell go on. */
    paused_until: Timestamp.nullable().default(null),
    /** Whether pushes, which show on locked screens, quote what was written. */
    push: z.strictObject({ preview: z.boolean().default(false) }).default({ preview: false }),
    digest: Digest.prefault({}),
  })
  .refine(
    (settings) => JSON.stringify(settings).length <= maxSettingsLength,
    `are longer than ${maxSettingsLength} characters`,
  )
export type NotificationSettings = z.infer<typeof NotificationSettings>
