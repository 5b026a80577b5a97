import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Decision, decide } from '../../src/notifications/decide.ts'
import type { Standing } from '../../src/notifications/facts.ts'
import { defaultRules, ruleKeys } from '../../src/protocol/notification-settings.ts'
import {
  type NotificationKind,
  type NotificationMedium,
  notificationKinds,
  notificationMedia,
} from '../../src/protocol/notifications.ts'
import { bodyOf, conversationId, facts, noon, settings } from './builders.ts'
import { type RuleCase, profiles, ruleCases } from './rule-cases.ts'

const channels = {
  office: 'dddddddd-dddd-4ddd-8ddd-dddddddddddd',
  sales: 'dddddddd-dddd-4ddd-8ddd-ddddddddddd2',
}
const named = profiles(channels)
const other = 'cccccccc-cccc-4ccc-8ccc-ccccccccccc2'
const focuses = { this: [conversationId, other], other: [other], none: [] }
const signs = {
  rule: 'r',
  digest_off: 'd',
  paused: 'p',
  quiet_hours: 'q',
  focused: 'f',
  stale: 's',
  no_socket: '?',
  no_subscription: '?',
  not_accepted: '?',
}

function signsOf({ media, refused }: Decision): string {
  const signOf = (medium: NotificationMedium): string => {
    const reason = refused[medium]
    return media.includes(medium) ? '+' : reason === undefined ? '?' : signs[reason]
  }
  return notificationMedia.map(signOf).join('')
}

function decideCase({ kind, standing, settings: names, at, where, focus, ageMs }: RuleCase): Decision | null {
  const [platform = '', channel = ''] = where.split(' ')
  const chosen = names.split(' ').filter((name) => name !== '')
  for (const name of chosen) expect(named).toHaveProperty(name)
  const now = Date.parse(at)
  const event = facts(kind as NotificationKind, {
    at: now - ageMs,
    platform,
    channelId: channels[channel as keyof typeof channels],
  })
  const own = settings(Object.assign({}, ...chosen.map((name) => named[name])) as object)
  return decide(event, standing as Standing, own, { now, focus: new Set(focuses[focus]) })
}

describe('by the rules', () => {
  it('there are a few hundred cases, of every kind, and every cell there is', () => {
    expect(ruleCases.length).toBeGreaterThanOrEqual(200)
    expect(new Set(ruleCases.map(({ kind }) => kind))).toEqual(new Set(notificationKinds))
    const cells = ruleCases.map(({ kind, standing }) => (standing === 'all' ? kind : `${kind}.${standing}`))
    expect(ruleKeys.filter((key) => !cells.includes(key))).toEqual([])
  })

  it.each(ruleCases)(
    '$kind, $standing, with [$settings] at $at on $where, open: $focus, $ageMs ms late: $expected',
    (one) => {
      const decision = decideCase(one)
      expect(decision === null ? null : signsOf(decision)).toBe(one.expected)
    },
  )
})

describe('a user', () => {
  const situation = { now: noon, focus: new Set<string>() }

  it('whom an event is not for is told nothing', () => {
    expect(decide(facts('system'), 'none', settings(), situation)).toBeNull()
  })

  it('hears of the first message of a conversation as a new conversation', () => {
    const first = facts('new_message', { bodies: [bodyOf('new_conversation'), bodyOf('new_message')] })
    expect(decide(first, 'unassigned', settings(), situation)?.body.kind).toBe('new_conversation')
  })

  it('who does not want new conversations hears of it as of any message, by the rule of messages', () => {
    const first = facts('new_message', { bodies: [bodyOf('new_conversation'), bodyOf('new_message')] })
    const own = settings({ rules: { 'new_conversation.unassigned': [], 'new_message.unassigned': ['socket'] } })
    const decision = decide(first, 'unassigned', own, situation)
    expect(decision).toMatchObject({ body: { kind: 'new_message' }, media: ['socket'] })
  })

  it('who wants neither is told neither', () => {
    const first = facts('new_message', { bodies: [bodyOf('new_conversation'), bodyOf('new_message')] })
    const own = settings({ rules: { 'new_conversation.unassigned': [], 'new_message.unassigned': [] } })
    expect(decide(first, 'unassigned', own, situation)?.media).toEqual([])
  })

  const always = [{ from: '00:00', to: '00:00' }]
  it.each([
    { when: 'nothing stands in the way', isShown: true },
    { when: 'it is night, and the page is open', fields: { quiet_hours: always }, isShown: true },
    { when: 'there is a pause', fields: { paused_until: '2027-01-01T00:00:00Z' }, isShown: false },
    { when: 'the conversation lies open', focus: [conversationId], isShown: false },
    { when: 'another conversation lies open', focus: [other], isShown: true },
    { when: 'it comes a minute late', ageMs: 60_000, isShown: true },
    { when: 'it comes later than that', ageMs: 60_001, isShown: false },
    { when: 'the page is not to know at all', fields: { rules: { 'mention.mention': ['web_push'] } }, isShown: false },
  ])('sees something pop up, or not, when $when', ({ fields = {}, focus = [], ageMs = 0, isShown }) => {
    const event = facts('mention', { at: noon - ageMs })
    expect(decide(event, 'mention', settings(fields), { now: noon, focus: new Set(focus) })?.show).toBe(isShown)
  })
})

describe('deciding', () => {
  const standings: Standing[] = ['assigned_to_me', 'unassigned', 'others', 'mention', 'all']
  const someMedia = fc.subarray([...notificationMedia]).map((media) => media.filter((one) => one !== 'sound'))
  const someTime = fc
    .integer({ min: 0, max: 47 })
    .map((n) => `${String(n >> 1).padStart(2, '0')}:${n % 2 ? '30' : '00'}`)
  const someHours = fc.record({ from: someTime, to: someTime })
  const someSettings = fc
    .record({
      rules: fc.dictionary(fc.constantFrom(...ruleKeys), someMedia, { maxKeys: 6 }),
      time_zone: fc.constantFrom('Europe/Kyiv', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Chatham', 'UTC'),
      quiet_hours: fc.array(someHours, { maxLength: 2 }),
      paused_until: fc.constantFrom(null, '2026-11-23T12:00:00Z', '2027-06-01T00:00:00Z'),
      digest: fc.constantFrom({ enabled: false }, { enabled: true, address: 'a@b.example' }),
    })
    .map((fields) => settings(fields))
  const someEvent = fc.record({
    kind: fc.constantFrom(...notificationKinds),
    standing: fc.constantFrom(...standings),
    own: someSettings,
    now: fc.integer({ min: noon - 400 * 86_400_000, max: noon + 400 * 86_400_000 }),
    ageMs: fc.constantFrom(0, 1_000, 61_000, 90_000_000),
    isOpen: fc.boolean(),
  })
  type Event = typeof someEvent extends fc.Arbitrary<infer Value> ? Value : never
  const decideEvent = ({ kind, standing, own, now, ageMs, isOpen }: Event): Decision => {
    const focus = new Set(isOpen ? [conversationId] : [])
    const decision = decide(facts(kind, { at: now - ageMs }), standing, own, { now, focus })
    if (decision === null) throw new Error('everybody here is concerned')
    return decision
  }
  const check = (property: (event: Event) => void) => fc.assert(fc.property(someEvent, property), { numRuns: 400 })

  it('gives each medium one answer: it goes out, or why it does not', () => {
    check((event) => {
      const { media, refused } = decideEvent(event)
      expect([...media, ...Object.keys(refused)].toSorted()).toEqual([...notificationMedia].toSorted())
    })
  })

  it('decides the same every time, and changes nothing that it was given', () => {
    check((event) => {
      const before = JSON.stringify(event)
      const first = decideEvent(event)
      expect(decideEvent(event)).toEqual(first)
      expect(JSON.stringify(event)).toBe(before)
    })
  })

  it('mutes everything in a pause but the list and the digest', () => {
    check((event) => {
      const own = { ...event.own, paused_until: new Date(event.now + 1).toISOString() }
      const { media, show } = decideEvent({ ...event, own })
      expect(media.filter((medium) => medium !== 'socket' && medium !== 'email_digest')).toEqual([])
      expect(show).toBe(false)
    })
  })

  it('never lets a pause, quiet hours, an open conversation or lateness add a medium, nor take it from the list', () => {
    check((event) => {
      const calm: Event = {
        ...event,
        ageMs: 0,
        isOpen: false,
        own: { ...event.own, paused_until: null, quiet_hours: [] },
      }
      const [most, now] = [decideEvent(calm).media, decideEvent(event).media]
      expect(now.every((medium) => most.includes(medium))).toBe(true)
      expect(now.includes('socket')).toBe(most.includes('socket'))
      expect(now.includes('email_digest')).toBe(most.includes('email_digest'))
    })
  })

  it('uses no medium that neither the settings nor the defaults name', () => {
    check((event) => {
      const { kind, standing, own } = event
      const key = ruleKeys.find((one) => one === (standing === 'all' ? kind : `${kind}.${standing}`))
      const wanted = key === undefined ? [] : (own.rules[key] ?? defaultRules[key])
      expect(decideEvent(event).media.every((medium) => wanted.includes(medium))).toBe(true)
    })
  })
})
