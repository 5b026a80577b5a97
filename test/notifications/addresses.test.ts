import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { publicAddress } from '../../src/notifications/public-address.ts'
import { pushEndpoint } from '../../src/notifications/push-endpoint.ts'
import { retryAfterMs } from '../../src/notifications/retry-after.ts'
import { vapidProblems } from '../../src/lib/vapid.ts'

const rules = { ownHosts: ['inbox.example.com', 'workers.dev'] }

describe('requests may be sent to', () => {
  it.each([
    'https://crm.bureau.com/hooks',
    'https://crm.bureau.com:443/hooks?a=1#b',
    'https://CRM.Bureau.COM/',
    'https://xn--80ak6aa92e.com/',
    'https://бюро.укр/hooks',
    'https://a.b.c.d.bureau.co.uk/',
    'https://my-example.com/',
    'https://local.bureau.com/',
    'https://bureau.test.com/',
  ])('%s', (address) => {
    expect(publicAddress(address, rules)?.href).toBe(new URL(address).href)
  })
})

describe('no request is sent to', () => {
  it.each([
    '',
    'crm.bureau.com',
    'http://crm.bureau.com/',
    'ftp://crm.bureau.com/',
    'javascript:alert(1)',
    'https://crm.bureau.com:8443/',
    'https://user@crm.bureau.com/',
    'https://user:password@crm.bureau.com/',
    'https://localhost/',
    'https://localhost./',
    'https://crm.bureau.com./',
    'https://a.localhost/',
    'https://bureau/',
    'https://bureau./',
    'https://printer.local/',
    'https://db.internal/',
    'https://metadata.google.internal/',
    'https://router.home.arpa/',
    'https://nas.lan/',
    'https://x.onion/',
    'https://x.test/',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://0177.0.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://10.0.0.1/',
    'https://8.8.8.8/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[fd00::1]/',
    'https://①②⑦.0.0.1/',
    'https://inbox.example.com/api',
    'https://api.inbox.example.com/',
    'https://INBOX.example.com./',
    'https://edge-inbox.someone.workers.dev/',
    'https://crm.bureau_.com/',
    'https://-crm.bureau.com/',
    'https://a..com/',
  ])('%s', (address) => {
    expect(publicAddress(address, rules)).toBeNull()
  })

  it('anything but an https address with a name, whatever the text', () => {
    const someHost = fc.oneof(
      fc.stringMatching(/^[a-z0-9-]{1,5}(\.[a-z0-9-]{1,5}){0,3}\.?$/),
      fc.ipV4(),
      fc.ipV6().map((ip) => `[${ip}]`),
    )
    const someAddress = fc
      .tuple(fc.constantFrom('http', 'https', 'HTTPS'), someHost, fc.constantFrom('', ':443', ':80', ':8443'))
      .map(([scheme, host, port]) => `${scheme}://${host}${port}/x`)
    fc.assert(
      fc.property(fc.oneof(someAddress, fc.string()), (address) => {
        const url = publicAddress(address, rules)
        if (url !== null) expect(url.href).toMatch(/^https:\/\/[a-z0-9-]+(?:\.[a-z0-9-]+)+\//)
      }),
    )
  })

  it('a name that merely ends like one of ours is not ours', () => {
    expect(publicAddress('https://myinbox.example.com/', rules)).not.toBeNull()
  })

  it('a stand-in is reached on the own machine, where it is named', () => {
    const local = { ownHosts: [], exceptions: ['http://127.0.0.1:9000'] }
    expect(publicAddress('http://127.0.0.1:9000/push', local)?.port).toBe('9000')
    expect(publicAddress('http://127.0.0.1:9001/push', local)).toBeNull()
    expect(publicAddress('http://u:p@127.0.0.1:9000/push', local)).toBeNull()
  })
})

describe('a browser’s subscription', () => {
  it.each([
    'https://fcm.googleapis.com/fcm/send/abc:APA91b',
    'https://fcm.googleapis.com/wp/abc',
    'https://jmt17.google.com/fcm/send/abc',
    'https://updates.push.services.mozilla.com/wpush/v2/gAAAA',
    'https://web.push.apple.com/QGuQ',
    'https://wns2-par02p.notify.windows.com/w/?token=BQYAAAB',
  ])('is taken at %s', (address) => {
    expect(pushEndpoint(address)?.href).toBe(address)
  })

  it.each([
    'https://fcm.googleapis.com.evil.com/x',
    'https://evilfcm.googleapis.com/x',
    'https://googleapis.com/x',
    'https://storage.googleapis.com/x',
    'https://evil.com/fcm.googleapis.com',
    'https://fcm.googleapis.com@evil.com/',
    'https://evil.com#fcm.googleapis.com',
    'http://fcm.googleapis.com/x',
    'https://fcm.googleapis.com:8443/x',
    'https://push.apple.com.evil.com/',
    'https://notpush.apple.com/',
    'https://169.254.169.254/',
    'https://localhost/',
    'not an address',
  ])('is refused at %s', (address) => {
    expect(pushEndpoint(address)).toBeNull()
  })

  it('is taken at a stand-in of local development, and nowhere beside it', () => {
    expect(pushEndpoint('http://127.0.0.1:9000/x', ['http://127.0.0.1:9000'])).not.toBeNull()
    expect(pushEndpoint('https://crm.bureau.com/x', ['http://127.0.0.1:9000'])).toBeNull()
  })
})

describe('Retry-After', () => {
  const now = Date.UTC(2026, 10, 23, 12)

  it.each([
    ['120', 120_000],
    [' 0 ', 0],
    ['Mon, 23 Nov 2026 12:02:00 GMT', 120_000],
    ['Mon, 23 Nov 2026 11:00:00 GMT', 0],
    [null, null],
    ['', null],
    ['-5', null],
    ['1.5', null],
    ['soon', null],
    ['2026', 2_026_000],
    ['99999999999', null],
    ['Mon, 99 Nov 2026 12:02:00 GMT', null],
  ])('%j asks for %j ms', (header, ms) => {
    expect(retryAfterMs(header, now)).toBe(ms)
  })
})

describe('the keys for push services', () => {
  const publicKey = 'BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8'
  const privateKey = 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw'
  const subject = 'mailto:it@bureau.com'
  const problems = (fields: object) => vapidProblems({ publicKey, privateKey, subject, ...fields })

  it('are fit for use', () => {
    expect(problems({})).toEqual([])
    expect(problems({ subject: 'https://bureau.com/contact' })).toEqual([])
  })

  it.each([
    ['publicKey', { publicKey: '' }],
    ['publicKey', { publicKey: privateKey }],
    ['publicKey', { publicKey: `A${publicKey.slice(1)}` }],
    ['privateKey', { privateKey: '' }],
    ['privateKey', { privateKey: publicKey }],
    ['subject', { subject: 'it@bureau.com' }],
    ['subject', { subject: 'mailto:it@localhost' }],
    ['subject', { subject: 'mailto:it' }],
    ['subject', { subject: 'mailto:bureau.com' }],
    ['subject', { subject: 'http://bureau.com' }],
    ['subject', { subject: 'https://localhost' }],
    ['subject', { subject: 'https://127.0.0.1' }],
  ])('name a bad %s, and not what it is: %j', (field, fields) => {
    const found = problems(fields)
    expect(found).toHaveLength(1)
    expect(found[0]).toMatch(new RegExp(`^${field} must be`))
    for (const value of Object.values(fields).filter((one) => one.length > 20)) expect(found[0]).not.toContain(value)
  })
})
