import { describe, expect, it } from 'vitest'
import { isDigestDue } from '../../src/notifications/digest-schedule.ts'
import { localTime } from '../../src/notifications/local-time.ts'
import { publicAddress } from '../../src/notifications/public-address.ts'
import { pushEndpoint } from '../../src/notifications/push-endpoint.ts'
import { isQuiet } from '../../src/notifications/quiet-hours.ts'
import { retryAfterMs } from '../../src/notifications/retry-after.ts'
import { signWebhook, verifyWebhook } from '../../src/notifications/webhook-signature.ts'
import { NotificationSettings } from '../../src/protocol/notification-settings.ts'

// The rules are tested in Node. What they ask of the runtime is asked of the one that they run in.
describe('the runtime of the Worker', () => {
  it.each([
    {
      zone: 'Europe/Kyiv',
      at: '2026-03-29T00:59Z',
      shows: { date: '2026-03-29', weekday: 'sun', minutes: 2 * 60 + 59 },
    },
    { zone: 'Europe/Kyiv', at: '2026-03-29T01:00Z', shows: { date: '2026-03-29', weekday: 'sun', minutes: 4 * 60 } },
    {
      zone: 'Europe/Kyiv',
      at: '2026-10-25T01:30Z',
      shows: { date: '2026-10-25', weekday: 'sun', minutes: 3 * 60 + 30 },
    },
    {
      zone: 'America/New_York',
      at: '2026-03-08T07:00Z',
      shows: { date: '2026-03-08', weekday: 'sun', minutes: 3 * 60 },
    },
    { zone: 'Asia/Kathmandu', at: '2026-11-23T18:15Z', shows: { date: '2026-11-24', weekday: 'tue', minutes: 0 } },
    {
      zone: 'Pacific/Chatham',
      at: '2026-09-26T14:00Z',
      shows: { date: '2026-09-27', weekday: 'sun', minutes: 3 * 60 + 45 },
    },
    {
      zone: 'UTC',
      at: '2026-12-31T23:59:59.999Z',
      shows: { date: '2026-12-31', weekday: 'thu', minutes: 24 * 60 - 1 },
    },
  ])('knows the clock of $zone at $at', ({ zone, at, shows }) => {
    expect(localTime(Date.parse(at), zone)).toEqual(shows)
  })

  it('knows which zones there are', () => {
    const isKnown = (time_zone: string) => NotificationSettings.safeParse({ time_zone }).success
    for (const zone of ['Europe/Kyiv', 'Europe/Kiev', 'Pacific/Chatham', 'Etc/GMT+2']) expect(isKnown(zone)).toBe(true)
    for (const zone of ['Europe/Lviv', '+02:00', '']) expect(isKnown(zone)).toBe(false)
  })

  it('keeps quiet hours and the time of digests', () => {
    const settings = NotificationSettings.parse({
      time_zone: 'Europe/Kyiv',
      quiet_hours: [{ from: '22:00', to: '07:00' }],
      digest: { enabled: true, address: 'a@b.com' },
    })
    expect(isQuiet(settings, 'web_push', Date.parse('2026-11-23T20:00Z'))).toBe(true)
    expect(isQuiet(settings, 'web_push', Date.parse('2026-11-24T05:00Z'))).toBe(false)
    const lastAt = Date.parse('2026-11-22T16:00Z')
    expect(isDigestDue(settings, { lastAt, now: Date.parse('2026-11-23T15:59Z') })).toBe(false)
    expect(isDigestDue(settings, { lastAt, now: Date.parse('2026-11-23T16:00Z') })).toBe(true)
  })

  it('signs a webhook as the specification’s example is signed', async () => {
    const secret = ['whsec', 'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'].join('_')
    const webhook = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', at: 1_614_265_330_000, body: '{"test": 2432232314}' }
    const headers = await signWebhook(webhook, [secret])
    expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
    await expect(verifyWebhook({ headers, body: webhook.body }, [secret], webhook.at)).resolves.toBe('ok')
    await expect(verifyWebhook({ headers, body: '{}' }, [secret], webhook.at)).resolves.toBe('wrong')
  })

  it('reads addresses and times of headers as Node does', () => {
    expect(pushEndpoint('https://fcm.googleapis.com/wp/x')).not.toBeNull()
    for (const address of ['https://0x7f.1/', 'https://2130706433/', 'https://localhost./', 'https://[::1]/']) {
      expect(publicAddress(address, { ownHosts: [] })).toBeNull()
    }
    expect(publicAddress('https://бюро.укр/', { ownHosts: [] })?.hostname).toMatch(/^xn--/)
    expect(retryAfterMs('Mon, 23 Nov 2026 12:02:00 GMT', Date.UTC(2026, 10, 23, 12))).toBe(120_000)
  })
})
