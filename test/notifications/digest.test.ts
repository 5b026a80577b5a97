import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { classify } from '../../src/channels/email/automation.ts'
import { type DigestOptions, digestMail } from '../../src/notifications/digest-mail.ts'
import { isDigestDue, nextDigestAt } from '../../src/notifications/digest-schedule.ts'
import { type Notification, notificationKinds } from '../../src/protocol/notifications.ts'
import { channelId, conversationId, messageId, noon, notification, settings } from './builders.ts'

const hour = 3_600_000
const options: DigestOptions = {
  language: 'en',
  preview: false,
  channelNames: new Map([[channelId, 'Office']]),
  tenantName: 'Bureau',
  inboxUrl: 'https://inbox.bureau.com',
  stopUrl: 'https://inbox.bureau.com/stop?t=a&b=c',
}
const mail = (items: Notification[], fields: Partial<DigestOptions> = {}) => {
  const made = digestMail(items, { ...options, ...fields })
  if (made === null) throw new Error('there is something to say')
  return made
}

describe('a digest', () => {
  it('is none when nothing is unread', () => {
    expect(digestMail([], options)).toBeNull()
  })

  it('has a line for each conversation and for each channel, with what happened there', () => {
    const { subject, text } = mail([
      notification('new_message', { seq: 9 }),
      notification('new_message', { seq: 8 }),
      notification('new_conversation', { seq: 7 }),
      notification('mention', { seq: 6, conversation_id: messageId, client_name: 'Taras' }),
      notification('channel_down', { seq: 5 }),
      notification('system', { seq: 4 }),
    ])
    expect(subject).toBe('6 unread notifications in Bureau')
    expect(text.split('\n').filter((line) => line.startsWith('- '))).toEqual([
      '- Олена (Office): a new conversation, 3 new messages',
      '- Taras (Office): a note mentions you',
      '- Office: stopped working',
      '- Backup done',
    ])
    expect(text).toContain(`https://inbox.bureau.com/conversations/${conversationId}`)
  })

  it('speaks Ukrainian with its plurals', () => {
    const messages = (n: number) => Array.from({ length: n }, (_, at) => notification('new_message', { seq: at + 1 }))
    const sentence = (n: number) => mail(messages(n), { language: 'uk' })
    expect(sentence(1).text).toContain('1 нове повідомлення')
    expect(sentence(2).text).toContain('2 нові повідомлення')
    expect(sentence(5).text).toContain('5 нових повідомлень')
    expect(sentence(21).subject).toBe('21 непрочитане сповіщення в Bureau')
    expect(sentence(3).html).toContain('lang="uk"')
  })

  it('quotes nothing unless it is asked to', () => {
    const items = [notification('new_message', { preview: 'my <secret> order' })]
    expect(JSON.stringify(mail(items))).not.toContain('order')
    const quoting = mail(items, { preview: true })
    expect(quoting.text).toContain('> my <secret> order')
    expect(quoting.html).toContain('my &lt;secret&gt; order')
  })

  it('quotes the newest of a conversation that has a text', () => {
    const items = [
      notification('new_message', { seq: 7, preview: 'older' }),
      notification('new_message', { seq: 8, preview: 'newer' }),
      notification('new_message', { seq: 9, preview: null }),
    ]
    expect(mail(items, { preview: true }).text).toContain('> newer')
  })

  it('names thirty conversations and counts the rest', () => {
    const items = Array.from({ length: 45 }, (_, n) =>
      notification('new_message', { seq: n + 1, conversation_id: `c${n}` }),
    )
    const { text, html } = mail(items)
    expect(text.match(/^- /gm)).toHaveLength(30)
    expect(text).toContain('and 15 more')
    expect(html.match(/<li>/g)).toHaveLength(30)
  })

  it('has a sentence for every kind in both languages', () => {
    for (const language of ['en', 'uk'] as const) {
      for (const kind of notificationKinds) {
        const { text } = mail([notification(kind)], { language })
        const line = text.split('\n').find((one) => one.startsWith('- ')) ?? ''
        expect(line.length).toBeGreaterThan(3)
        expect(line).not.toMatch(/undefined|null|\{/)
      }
    }
  })

  it('lets nothing that anybody wrote become HTML, a header, or another line', () => {
    const someText = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        '<img src=x onerror=alert(1)>',
        '"><script>',
        'a\r\nBcc: x@evil.example',
        '$&{n}{name}',
        '</a></li>',
        '\u2028- x',
      ),
    )
    fc.assert(
      fc.property(someText, someText, someText, (client, channel, preview) => {
        const items = [notification('new_message', { client_name: client, preview })]
        const made = mail(items, { preview: true, channelNames: new Map([[channelId, channel]]), tenantName: client })
        expect(made.html.match(/<(?!!doctype|\/?(?:html|body|p|ul|li|a|i|br)\b)/g)).toBeNull()
        expect(made.html.match(/<a /g)).toHaveLength(3)
        expect(made.subject).not.toMatch(/[\r\n\u2028]/)
        expect(Object.values(made.headers).join('')).not.toMatch(/[\r\n]/)
        expect(made.text.match(/^- /gm)).toHaveLength(1)
      }),
    )
  })

  it('links into the inbox only', () => {
    const link = (to: string) => mail([notification('system', { link: to })]).html
    expect(link('/orders/7')).toContain('href="https://inbox.bureau.com/orders/7"')
    for (const foreign of ['https://evil.example/', '//evil.example/', '/\\evil.example/']) {
      expect(link(foreign)).not.toContain('evil')
    }
    expect(link('/a"onclick="x')).toContain('href="https://inbox.bureau.com/a&quot;onclick=&quot;x"')
  })

  it('can be stopped by one click, and by the button of a mail program', () => {
    const { headers, html } = mail([notification('test')])
    expect(headers['List-Unsubscribe']).toBe('<https://inbox.bureau.com/stop?t=a&b=c>')
    expect(headers['List-Unsubscribe-Post']).toBe('List-Unsubscribe=One-Click')
    expect(html).toContain('href="https://inbox.bureau.com/stop?t=a&amp;b=c"')
  })

  it('is a machine’s to every mail system, our own included: it never answers, and tells nobody', () => {
    const headers = Object.entries(mail([notification('test')]).headers).map(([name, value]) => ({
      name: name.toLowerCase(),
      value,
    }))
    const parsed = { kind: 'unparsed', subject: 'x', headers, returnPath: 'a@b.example' }
    const origin = classify(parsed as unknown as Parameters<typeof classify>[0])
    expect(origin.kind).toBe('auto_reply')
  })
})

describe('a digest goes out', () => {
  const daily = (fields: object = {}) =>
    settings({
      time_zone: 'Europe/Kyiv',
      digest: { enabled: true, address: 'a@b.com', schedule: { kind: 'daily', at: '18:00' } },
      ...fields,
    })
  const isDue = (own: ReturnType<typeof settings>, last: string, now: string) =>
    isDigestDue(own, { lastAt: Date.parse(last), now: Date.parse(now) })

  it.each([
    ['at six', '2026-11-22T16:00Z', '2026-11-23T15:59Z', false],
    ['at six', '2026-11-22T16:00Z', '2026-11-23T16:00Z', true],
    ['not twice', '2026-11-23T16:00Z', '2026-11-23T16:01Z', false],
    ['not twice', '2026-11-23T16:00Z', '2026-11-24T15:59Z', false],
    ['late, when nothing ran at six', '2026-11-22T16:00Z', '2026-11-24T03:00Z', true],
    ['once, when days were missed', '2026-11-01T16:00Z', '2026-11-23T10:00Z', true],
    ['not before the first six after it was switched on', '2026-11-23T10:00Z', '2026-11-23T15:59Z', false],
    ['not on the day it was switched on after six', '2026-11-23T17:00Z', '2026-11-23T23:00Z', false],
    // 29 March has 23 hours in Kyiv, 25 October has 25.
    ['at six on a short day', '2026-03-28T16:00Z', '2026-03-29T14:59Z', false],
    ['at six on a short day', '2026-03-28T16:00Z', '2026-03-29T15:00Z', true],
    ['late after a short day', '2026-03-28T16:00Z', '2026-03-29T21:30Z', true],
    ['at six on a long day', '2026-10-24T15:00Z', '2026-10-25T15:59Z', false],
    ['at six on a long day', '2026-10-24T15:00Z', '2026-10-25T16:00Z', true],
  ])('%s: last %s, now %s: %s', (_, last, now, expected) => {
    expect(isDue(daily(), last, now)).toBe(expected)
  })

  it('at a time that a day leaves out, when that day goes on', () => {
    const own = daily({ digest: { enabled: true, address: 'a@b.com', schedule: { kind: 'daily', at: '03:30' } } })
    expect(isDue(own, '2026-03-28T01:30Z', '2026-03-29T00:59Z')).toBe(false)
    expect(isDue(own, '2026-03-28T01:30Z', '2026-03-29T01:00Z')).toBe(true)
  })

  it('at a time that a day has twice, once', () => {
    const own = daily({ digest: { enabled: true, address: 'a@b.com', schedule: { kind: 'daily', at: '03:30' } } })
    expect(isDue(own, '2026-10-24T00:30Z', '2026-10-25T00:30Z')).toBe(true)
    expect(isDue(own, '2026-10-25T00:30Z', '2026-10-25T01:30Z')).toBe(false)
  })

  it('so many hours after the last one', () => {
    const own = settings({ digest: { enabled: true, address: 'a@b.com', schedule: { kind: 'every', hours: 4 } } })
    expect(isDigestDue(own, { lastAt: noon, now: noon + 4 * hour - 1 })).toBe(false)
    expect(isDigestDue(own, { lastAt: noon, now: noon + 4 * hour })).toBe(true)
  })

  it('after a pause and after quiet hours, not in them', () => {
    const [last, now] = ['2026-11-22T16:00Z', '2026-11-23T16:30Z']
    expect(isDue(daily({ paused_until: '2026-11-23T17:00Z'.replace('Z', ':00Z') }), last, now)).toBe(false)
    expect(isDue(daily({ paused_until: '2026-11-23T16:30:00Z' }), last, now)).toBe(true)
    const evening = { from: '18:00', to: '20:00' }
    const quiet = daily({ quiet_hours: [{ ...evening, media: ['email_digest'] }] })
    expect(isDue(quiet, last, now)).toBe(false)
    expect(isDue(quiet, last, '2026-11-23T18:00Z')).toBe(true)
    expect(isDue(daily({ quiet_hours: [evening] }), last, now)).toBe(true)
  })

  it('to nobody who has switched it off, or has no address', () => {
    expect(
      isDue(settings({ digest: { enabled: false, address: 'a@b.com' } }), '2020-01-01T00:00Z', '2026-11-23T19:00Z'),
    ).toBe(false)
    const lost = daily()
    expect(
      isDue({ ...lost, digest: { ...lost.digest, address: null } }, '2020-01-01T00:00Z', '2026-11-23T19:00Z'),
    ).toBe(false)
  })

  it('once for each evening, however often it is looked at, in any zone', () => {
    for (const time_zone of ['Europe/Kyiv', 'America/New_York', 'Asia/Kathmandu', 'Pacific/Chatham']) {
      const own = daily({ time_zone })
      let lastAt = Date.UTC(2026, 0, 1)
      let sent = 0
      for (let now = lastAt; now < Date.UTC(2027, 0, 1); now += hour) {
        if (!isDigestDue(own, { lastAt, now })) continue
        sent += 1
        lastAt = now
      }
      expect(sent).toBe(365)
    }
  })
})

describe('the next digest', () => {
  it('falls due in the first minute in which it may go out, in every zone and season', () => {
    const zones = ['UTC', 'Europe/Kyiv', 'America/New_York', 'Pacific/Chatham', 'Asia/Kathmandu', 'Pacific/Apia']
    const someSchedule = fc.oneof(
      fc.record({ kind: fc.constant('every' as const), hours: fc.integer({ min: 1, max: 24 }) }),
      fc.record({
        kind: fc.constant('daily' as const),
        at: fc.integer({ min: 0, max: 1439 }).map((minutes) => {
          const [hours, rest] = [Math.floor(minutes / 60), minutes % 60]
          return `${String(hours).padStart(2, '0')}:${String(rest).padStart(2, '0')}`
        }),
      }),
    )
    const someTime = fc.integer({ min: Date.parse('2026-01-01'), max: Date.parse('2027-12-31') })
    fc.assert(
      fc.property(fc.constantFrom(...zones), someSchedule, someTime, (time_zone, schedule, lastAt) => {
        const of = settings({ time_zone, digest: { enabled: true, address: 'a@b.example', schedule } })
        const next = nextDigestAt(of, lastAt) ?? 0
        expect(isDigestDue(of, { lastAt, now: next })).toBe(true)
        expect(isDigestDue(of, { lastAt, now: next - 60_000 })).toBe(false)
        expect(next - lastAt).toBeLessThanOrEqual(26 * hour)
      }),
    )
  })

  it('is none where digests are off', () => {
    expect(nextDigestAt(settings({ digest: {} }), noon)).toBeNull()
  })
})
