import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { defaultSettings, settingsOf } from '../../src/notifications/settings.ts'
import {
  defaultRules,
  maxSettingsLength,
  NotificationSettings,
  QuietHours,
  ruleKeys,
  weekdays,
} from '../../src/protocol/notification-settings.ts'
import {
  FocusFrame,
  MediumRefusal,
  Notification,
  NotificationFrame,
  NotificationList,
  NotificationReach,
  NotificationsReadFrame,
  ReadAllNotificationsBody,
  SystemNotificationBody,
  TestNotificationBody,
  TestNotificationResponse,
  notificationKinds,
  notificationMedia,
} from '../../src/protocol/notifications.ts'
import { PushSubscriptionBody } from '../../src/protocol/push.ts'
import { maxInboundFrameBytes } from '../../src/protocol/frames.ts'
import { channelId, me, notification } from '../notifications/builders.ts'

/** What is said of each field, as the API words it. */
function problemsOf(settings: unknown): string[] {
  const { error } = NotificationSettings.safeParse(settings)
  return (error?.issues ?? []).map((issue) => `${issue.path.join('.')}: ${issue.message}`)
}
const cell = (media: unknown) => ({ rules: { 'mention.mention': media } })
const hours = (fields: object) => ({ quiet_hours: [{ from: '22:00', to: '07:00', ...fields }] })
const digest = (fields: object) => ({ digest: { enabled: true, address: 'a@b.com', ...fields } })

describe('settings', () => {
  it('of somebody who says nothing are the defaults, and those are whole', () => {
    expect(NotificationSettings.parse({})).toEqual({
      version: 1,
      rules: {},
      platforms: {},
      channels: {},
      time_zone: 'UTC',
      quiet_hours: [],
      paused_until: null,
      push: { preview: false },
      digest: {
        enabled: false,
        schedule: { kind: 'daily', at: '18:00' },
        address: null,
        preview: false,
        language: 'en',
      },
    })
  })

  it('come back from storage as they went in, and are taken again as they were given', () => {
    const given = NotificationSettings.parse({
      rules: { 'new_message.others': ['socket'], test: [] },
      platforms: { email: { 'new_message.unassigned': [] } },
      channels: { [channelId]: { channel_down: ['socket', 'sound', 'web_push', 'email_digest'] } },
      time_zone: 'Europe/Kyiv',
      ...hours({ days: ['mon', 'fri'], media: ['sound'], except_kinds: ['mention'] }),
      paused_until: '2026-11-24T08:00:00+02:00',
      push: { preview: true },
      ...digest({ schedule: { kind: 'every', hours: 4 }, preview: true, language: 'uk' }),
    })
    expect(settingsOf(JSON.stringify(given))).toEqual(given)
    expect(NotificationSettings.parse(given)).toEqual(given)
  })

  it('that were stored in a way nobody can read any more are the defaults', () => {
    for (const stored of [null, '', 'no json', '[]', '{"version":2}', '{"time_zone":"Mars/Olympus"}']) {
      expect(settingsOf(stored)).toEqual(defaultSettings)
    }
  })

  it('take every zone of the database, and its older names', () => {
    const zones = ['UTC', 'Europe/Kyiv', 'Europe/Kiev', 'Asia/Kathmandu', 'Pacific/Chatham', 'Etc/GMT+2']
    for (const time_zone of zones) expect(problemsOf({ time_zone })).toEqual([])
  })

  it.each<[string, unknown, string]>([
    ['a zone that does not exist', { time_zone: 'Europe/Lviv' }, 'time_zone: is no time zone of the IANA database'],
    ['an offset', { time_zone: '+02:00' }, 'time_zone: is no time zone of the IANA database'],
    ['an empty zone', { time_zone: '' }, 'time_zone: is no time zone of the IANA database'],
    ['a zone that is no text', { time_zone: 2 }, 'time_zone: Invalid input'],
    ['a version to come', { version: 2 }, 'version: Invalid input'],
    ['a field that there is not', { sounds: true }, ': Unrecognized key: "sounds"'],
    ['a rule for what there is not', { rules: { 'mention.others': [] } }, 'rules: Unrecognized key: "mention.others"'],
    ['a rule without its relation', { rules: { new_message: [] } }, 'rules: Unrecognized key: "new_message"'],
    ['a medium that there is not', cell(['pager']), 'rules.mention.mention.0: Invalid option'],
    ['a medium twice', cell(['socket', 'socket']), 'rules.mention.mention: names a medium twice'],
    ['a sound without a page', cell(['sound']), 'rules.mention.mention: sound is played by the page: add socket'],
    ['media that are no list', cell({}), 'rules.mention.mention: Invalid input: expected array'],
    ['a platform that is none', { platforms: { 'E-mail': {} } }, 'platforms.E-mail: Invalid key in record'],
    ['a channel that is none', { channels: { office: {} } }, 'channels.office: Invalid key in record'],
    [
      'a rule of one channel for what has none',
      { channels: { [channelId]: { system: [] } } },
      `channels.${channelId}: Unrecognized key: "system"`,
    ],
    ['a time that is none', hours({ from: '24:00' }), 'quiet_hours.0.from: is no time of day such as 22:00'],
    ['a time without its nought', hours({ to: '7:00' }), 'quiet_hours.0.to: is no time of day such as 22:00'],
    ['quiet hours on no day', hours({ days: [] }), 'quiet_hours.0.days: Too small'],
    ['a day twice', hours({ days: ['mon', 'mon'] }), 'quiet_hours.0.days: names a day twice'],
    ['a day that there is not', hours({ days: ['today'] }), 'quiet_hours.0.days.0: Invalid option'],
    ['hours that silence the page', hours({ media: ['socket'] }), 'quiet_hours.0.media.0: Invalid option'],
    ['hours that silence nothing', hours({ media: [] }), 'quiet_hours.0.media: Too small'],
    ['an exception that there is not', hours({ except_kinds: ['boss'] }), 'quiet_hours.0.except_kinds.0: Invalid'],
    ['a pause until some day', { paused_until: 'tomorrow' }, 'paused_until: Invalid ISO datetime'],
    ['a digest to nobody', { digest: { enabled: true } }, 'digest.address: is needed by a digest that is enabled'],
    ['a digest to what is no address', digest({ address: 'olena' }), 'digest.address: Invalid email address'],
    ['a digest to a list', digest({ address: 'a@b.com, c@d.com' }), 'digest.address: Invalid email address'],
    ['a digest with a header in it', digest({ address: 'a@b.com\r\nBcc: c@d.com' }), 'digest.address: Invalid email'],
    [
      'a digest at no time',
      digest({ schedule: { kind: 'daily', at: 'noon' } }),
      'digest.schedule.at: is no time of day',
    ],
    ['a digest every 0 hours', digest({ schedule: { kind: 'every', hours: 0 } }), 'digest.schedule.hours: Too small'],
    ['a schedule that there is not', digest({ schedule: { kind: 'weekly' } }), 'digest.schedule.kind: Invalid'],
    ['a language that there is not', digest({ language: 'fr' }), 'digest.language: Invalid option'],
  ])('refuse %s, and say where and why', (_, settings, problem) => {
    const problems = problemsOf(settings)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(problem)
  })

  it('have limits', () => {
    const named = (n: number, name: (at: number) => string) =>
      Object.fromEntries(Array.from({ length: n }, (_, at) => [name(at), { channel_up: [] }]))
    const platform = (at: number) => `platform_${at}`
    const channel = (at: number) => `dddddddd-dddd-4ddd-8ddd-${String(at).padStart(12, '0')}`
    expect(problemsOf({ platforms: named(32, platform) })).toEqual([])
    expect(problemsOf({ platforms: named(33, platform) })).toEqual(['platforms: has more than 32 platforms'])
    expect(problemsOf({ channels: named(100, channel) })).toEqual([])
    expect(problemsOf({ channels: named(101, channel) })).toEqual(['channels: has more than 100 channels'])
    expect(
      problemsOf({ quiet_hours: Array.from({ length: 15 }, () => ({ from: '00:00', to: '01:00' })) }),
    ).toHaveLength(1)
    const all = Object.fromEntries(
      ruleKeys
        .filter((key) => !['system', 'test', 'quarantine_grew'].includes(key))
        .map((key) => [key, ['socket', 'web_push']]),
    )
    const wordy = Object.fromEntries(Array.from({ length: 30 }, (_, at) => [channel(at), all]))
    expect(problemsOf({ channels: wordy })).toEqual([`: are longer than ${maxSettingsLength} characters`])
  })

  it('cannot reach the prototype of anything', () => {
    const parsed = NotificationSettings.parse(JSON.parse('{"platforms":{"__proto__":{"channel_up":[]}}}'))
    expect(Object.keys(parsed.platforms)).toEqual([])
    expect(({} as Record<string, unknown>)['channel_up']).toBeUndefined()
  })

  it('can be described for openapi.json', () => {
    const schema = JSON.stringify(z.toJSONSchema(NotificationSettings, { io: 'input' }))
    for (const word of [...ruleKeys, ...notificationMedia, ...weekdays]) expect(schema).toContain(word)
  })
})

describe('quiet hours', () => {
  it('are every night, without sound and pushes, unless told otherwise', () => {
    expect(QuietHours.parse({ from: '22:00', to: '07:00' })).toEqual({
      from: '22:00',
      to: '07:00',
      days: [...weekdays],
      media: ['sound', 'web_push'],
      except_kinds: [],
    })
  })
})

describe('a notification', () => {
  it.each(notificationKinds)('of kind %s has the documented form, on the feed and in the list', (kind) => {
    const one = notification(kind)
    expect(Notification.parse(one)).toEqual(one)
    const frame = { type: 'notification', seq: 7, notification: one, show: true, sound: false }
    expect(NotificationFrame.parse(frame)).toEqual(frame)
    const list = { items: [one], next_cursor: null, as_of: 9, epoch: 'k3f', unread: { count: 1, more: false } }
    expect(NotificationList.parse(list)).toEqual(list)
  })

  it('of a kind that this build does not know is not taken for another', () => {
    expect(Notification.safeParse({ ...notification('test'), kind: 'weather' }).success).toBe(false)
  })
})

describe('what the tenant’s server posts', () => {
  const post = (fields: object) => SystemNotificationBody.safeParse({ title: 'Backup done', ...fields }).success

  it('has a title, and may have a text, a link, a user and a key', () => {
    expect(SystemNotificationBody.parse({ title: '  Backup done ' })).toEqual({ title: 'Backup done', text: '' })
    expect(post({ text: 'x', link: '/orders/7', user_id: me, key: 'backup:7' })).toBe(true)
    expect(post({ title: ' ' })).toBe(false)
    expect(post({ title: 'x'.repeat(201) })).toBe(false)
    expect(post({ text: 'x'.repeat(2001) })).toBe(false)
    expect(post({ user_id: 'olena' })).toBe(false)
    expect(post({ kind: 'mention' })).toBe(false)
  })

  it.each(['/orders/7', '/', 'https://crm.bureau.com/orders/7?a=b#c'])('may link to %s', (link) => {
    expect(post({ link })).toBe(true)
  })

  it.each([
    '',
    'orders/7',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'http://crm.bureau.com/',
    'javascript:alert(1)',
    ' https://crm.bureau.com/',
    'https://',
    `https://crm.bureau.com/${'x'.repeat(1000)}`,
  ])('may not link to %j', (link) => {
    expect(post({ link })).toBe(false)
  })
})

describe('other bodies and frames', () => {
  it('a browser’s subscription is taken as the browser gives it', () => {
    const given = {
      endpoint: 'https://fcm.googleapis.com/fcm/send/abc',
      expirationTime: null,
      keys: {
        p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
        auth: 'BTBZMqHH6r4Tts7J_aSIgg',
      },
    }
    expect(PushSubscriptionBody.parse(given)).toEqual(given)
    const withKeys = (keys: object) =>
      PushSubscriptionBody.safeParse({ ...given, keys: { ...given.keys, ...keys } }).success
    expect(withKeys({ auth: 'BTBZMqHH6r4Tts7J_aSIgg==' })).toBe(true)
    for (const bad of [
      { auth: 'short' },
      { auth: '' },
      { p256dh: given.keys.auth },
      { p256dh: `A${given.keys.p256dh.slice(1)}` },
    ]) {
      expect(withKeys(bad)).toBe(false)
    }
  })

  it('reading all says up to where', () => {
    expect(ReadAllNotificationsBody.safeParse({ up_to: 120 }).success).toBe(true)
    for (const bad of [{}, { up_to: -1 }, { up_to: 1.5 }, { up_to: '120' }]) {
      expect(ReadAllNotificationsBody.safeParse(bad).success).toBe(false)
    }
  })

  it('focus is a small frame of a client, which can be taken back', () => {
    const frame = { type: 'focus', conversation_id: channelId }
    expect(FocusFrame.parse(frame)).toEqual(frame)
    expect(FocusFrame.safeParse({ type: 'focus', conversation_id: null }).success).toBe(true)
    expect(FocusFrame.safeParse({ type: 'focus' }).success).toBe(false)
    expect(JSON.stringify(frame).length).toBeLessThan(maxInboundFrameBytes)
  })

  it('what was read is told to other tabs, one by one or all', () => {
    expect(NotificationsReadFrame.safeParse({ type: 'notifications_read', up_to: null, ids: ['k3f.7'] }).success).toBe(
      true,
    )
    expect(NotificationsReadFrame.safeParse({ type: 'notifications_read', up_to: 9, ids: [] }).success).toBe(true)
  })

  it('a test says for each user what it reached, and why it did not reach the rest', () => {
    expect(TestNotificationBody.safeParse({}).success).toBe(true)
    const reach = {
      user_id: me,
      sockets: 1,
      pushes: 0,
      media: ['socket'],
      refused: { sound: 'paused', web_push: 'no_subscription' },
    }
    expect(NotificationReach.parse(reach)).toEqual(reach)
    expect(TestNotificationResponse.safeParse({ seq: 7, users: [reach] }).success).toBe(true)
    expect(NotificationReach.safeParse({ ...reach, refused: { sound: 'because' } }).success).toBe(false)
  })
})

describe('the documents', () => {
  const text = readFileSync(join(import.meta.dirname, '../../docs/notifications.md'), 'utf8')
  const rows = text
    .split('\n')
    .filter((row) => row.startsWith('| `'))
    .map((row) => row.split('|').map((column) => column.trim().replaceAll('`', '')))

  it('say of every cell what the defaults are', () => {
    const documented = rows.flatMap(([, key = '', ...marks]) =>
      ruleKeys.some((one) => one === key)
        ? [[key, notificationMedia.filter((_, at) => marks[at] === 'yes')] as const]
        : [],
    )
    expect(Object.fromEntries(documented)).toEqual(defaultRules)
  })

  it('show settings that are taken', () => {
    const example = /```json\n(\{\n {2}"version"[\s\S]*?)```/.exec(text)?.[1] ?? ''
    const settings = JSON.parse(example.replace('<channel id>', channelId)) as object
    expect(NotificationSettings.safeParse(settings).error).toBeUndefined()
    expect(Object.keys(settings)).toEqual(Object.keys(NotificationSettings.parse({})))
  })

  it('name every kind and every reason', () => {
    const words = rows.map(([, word]) => word)
    expect([...notificationKinds, ...MediumRefusal.options].filter((word) => !words.includes(word))).toEqual([])
  })
})
