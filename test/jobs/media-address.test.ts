import { describe, expect, it } from 'vitest'
import { allowedAddress, mediaPlaces } from '../../src/jobs/media-address.ts'

const hosts = ['fbcdn.net', 'lookaside.fbsbx.com']
const production = { environment: 'production', graphApiUrl: 'https://graph.facebook.com', instagramApiUrl: '' }
const places = mediaPlaces(hosts, production)

describe('an address of a file', () => {
  it.each([
    'https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1',
    'https://lookaside.fbsbx.com:443/a',
    'https://scontent.xx.fbcdn.net/v/a.jpg?oe=1',
    'https://LOOKASIDE.FBSBX.COM/a',
  ])('%s is one of the platform', (address) => {
    expect(allowedAddress(address, places)?.protocol).toBe('https:')
  })

  it.each([
    'http://lookaside.fbsbx.com/a',
    'https://lookaside.fbsbx.com:8443/a',
    'https://lookaside.fbsbx.com.evil/a',
    'https://lookaside.fbsbx.com@evil.example/a',
    'https://user:pass@lookaside.fbsbx.com/a',
    'https://xlookaside.fbsbx.com/a',
    'https://fbsbx.com/a',
    'https://evilfbcdn.net/a',
    'https://fbcdn.net.evil.example/a',
    'https://evil.example/?lookaside.fbsbx.com',
    'https://evil.example/#.fbcdn.net',
    'https://169.254.169.254/latest/meta-data',
    'https://2852039166/latest/meta-data',
    'https://0xa9fea9fe/',
    'https://127.0.0.1/a',
    'https://[::1]/a',
    'https://[::ffff:169.254.169.254]/a',
    'https://localhost/a',
    'https://lookaside.fbsbx.com./a',
    'ftp://lookaside.fbsbx.com/a',
    'file:///etc/passwd',
    'data:text/html,x',
    'javascript:alert(1)',
    '//lookaside.fbsbx.com/a',
    '/a',
    '',
    'https://',
    'https://lookaside。fbsbx。com.evil/a',
  ])('%s is none', (address) => {
    expect(allowedAddress(address, places)).toBeNull()
  })

  it('with a number for a host stays refused when somebody lists that number', () => {
    expect(allowedAddress('https://10.0.0.1/a', { hosts: ['10.0.0.1'], origins: [] })).toBeNull()
    expect(allowedAddress('https://[::1]/a', { hosts: ['[::1]'], origins: [] })).toBeNull()
  })

  it('of the stand-in for the platform counts in local development only', () => {
    const local = {
      environment: 'local',
      graphApiUrl: 'http://127.0.0.1:4010',
      instagramApiUrl: 'http://127.0.0.1:4010',
    }
    const file = 'http://127.0.0.1:4010/cdn/1'
    expect(allowedAddress(file, mediaPlaces(hosts, local))?.href).toBe(file)
    expect(allowedAddress(file, mediaPlaces(hosts, { ...local, environment: 'staging' }))).toBeNull()
    expect(allowedAddress('http://127.0.0.1:4011/cdn/1', mediaPlaces(hosts, local))).toBeNull()
    expect(allowedAddress('http://a@127.0.0.1:4010/cdn/1', mediaPlaces(hosts, local))).toBeNull()
  })
})
