import type { z } from 'zod'
import type { NotificationSettings } from '../../src/protocol/notification-settings.ts'
import type { Random } from './random.ts'
import { type Via, chatContacts, chatPlatforms } from './replies.ts'

/** A note of one of the staff in a chat, which names colleagues: picked from the list, or typed. */
export type NotePlan = {
  key: string
  tenant: number
  author: number
  chat: { via: Via; contact: number }
  mentions: readonly number[]
  isTyped: boolean
  text: string
}

/** What the tenant's own server tells one user, or all of them. */
export type NoticePlan = { key: string; tenant: number; to: number | null; title: string }

/** What a user put, by its name. */
export type SettingsChoice = keyof typeof settingsChoices
export type FirstSettings = { tenant: number; user: number; choice: SettingsChoice }

export type NotificationOperation =
  /** A user writes a note, the tenant's server tells something: `copies` times at once, under one key. */
  | { kind: 'note'; note: string; copies: number; isAwaited: boolean }
  | { kind: 'notice'; notice: string; copies: number; isAwaited: boolean }
  | ({ kind: 'settings' } & FirstSettings)
  /** A user marks all as read up to so many numbers before the head. */
  | { kind: 'read_all'; tenant: number; user: number; behind: number }

export type NotificationPlans = { notes: NotePlan[]; notices: NoticePlan[]; settings: FirstSettings[] }

export const usersPerTenant = 2
/** The same for every tenant: a name that is typed must not call the neighbours' user. */
export const userName = (user: number): string => `User ${user}`

const socket = ['socket' as const]
const loud = ['socket' as const, 'sound' as const]

export const settingsChoices = {
  defaults: {},
  everything: {
    rules: {
      ...{ 'new_message.others': loud, 'new_conversation.others': loud, 'send_failed.others': loud },
      ...{ 'assignment.others': loud, 'assignment.unassigned': loud },
    },
  },
  own_only: {
    rules: { 'new_message.unassigned': [], 'new_conversation.unassigned': [], 'send_failed.unassigned': [] },
  },
  no_beginnings: { rules: { 'new_conversation.unassigned': [], 'new_message.others': loud } },
  by_platform: {
    platforms: {
      whatsapp: { 'new_message.unassigned': [], 'new_message.others': socket },
      instagram: { 'mention.mention': [] },
    },
  },
  no_calls: { rules: { 'mention.mention': [], system: [] } },
} as const satisfies Record<string, z.input<typeof NotificationSettings>>

/** How many take it: most hear as they are told from the start, or of the others' conversations as well. */
const shares: Readonly<Record<SettingsChoice, number>> = {
  ...{ defaults: 4, everything: 3, own_only: 1, no_beginnings: 2, by_platform: 1, no_calls: 1 },
}

/** What is told beside what customers and platforms do. Some users never change their settings. */
export function inventNotifications(random: Random, tenants: number): NotificationPlans {
  const each = Array.from({ length: tenants }, (_, tenant) => inventOf(random, tenant))
  return {
    notes: each.flatMap(({ notes }) => notes),
    notices: each.flatMap(({ notices }) => notices),
    settings: each.flatMap(({ settings }) => settings),
  }
}

function inventOf(random: Random, tenant: number): NotificationPlans {
  const notes = Array.from({ length: 3 }, (_, n): NotePlan => {
    const key = `note ${tenant}:${n}`
    const author = random.int(0, usersPerTenant - 1)
    const mentions = random.pick([[1 - author], [1 - author], [0, 1], []])
    const isTyped = random.chance(0.4)
    const called = isTyped ? mentions.map((user) => `@${userName(user)} `).join('') : ''
    const chat = { via: random.pick(chatPlatforms), contact: random.int(0, chatContacts - 1) }
    return { key, tenant, author, chat, mentions, isTyped, text: `${called}${key} of tenant ${tenant}` }
  })
  const notices = Array.from({ length: 3 }, (_, n): NoticePlan => {
    const key = `notice ${tenant}:${n}`
    return { key, tenant, to: random.pick([0, 1, null]), title: `${key} of tenant ${tenant}` }
  })
  const settings = Array.from({ length: usersPerTenant }, (_, user) => {
    return { tenant, user, choice: random.weighted(shares) }
  })
  return { notes, notices, settings }
}

/** Everything once, some of it again, and users who change what they hear and read it. */
export function planNotifications(random: Random, { notes, notices, settings }: NotificationPlans) {
  const again = <Plan>(plans: readonly Plan[]): Plan[] => [...plans, ...random.shuffle(plans).slice(0, 2)]
  const how = () => ({ copies: random.pick([1, 1, 2]), isAwaited: random.chance(0.6) })
  const changing = settings.filter(() => random.chance(0.4))
  return random.shuffle<NotificationOperation>([
    ...again(notes).map(({ key }) => ({ kind: 'note' as const, note: key, ...how() })),
    ...again(notices).map(({ key }) => ({ kind: 'notice' as const, notice: key, ...how() })),
    ...changing.map((of) => ({ ...of, kind: 'settings' as const, choice: random.weighted(shares) })),
    ...Array.from({ length: 5 }, () => {
      const [tenant, user] = [random.int(0, 1), random.int(0, usersPerTenant - 1)]
      return { kind: 'read_all' as const, tenant, user, behind: random.pick([0, 0, 10]) }
    }),
  ])
}
