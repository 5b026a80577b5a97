import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { describe, expect, it } from 'vitest'
import { makePushKeys } from '../../scripts/lib/push-keys.ts'
import { ConfigError, acceptedAppSecrets, loadConfig, refusePublicHost } from '../../src/lib/config.ts'

const example = parseEnv(readFileSync(join(import.meta.dirname, '../../.dev.vars.example'), 'utf8'))
const local = { ...example, ENVIRONMENT: 'local' }
const production = {
  ENVIRONMENT: 'production',
  META_APP_SECRET: 'meta-secret',
  META_VERIFY_TOKEN: 'verify-token',
  AUTH_SECRET: 'x'.repeat(32),
  ADMIN_TOKEN: 'admin-token',
  ENCRYPTION_KEY: Buffer.alloc(32, 1).toString('base64'),
  ALLOWED_ORIGINS: 'https://inbox.example, https://crm.example:8443',
  GRAPH_API_URL: 'https://graph.facebook.com/',
}
const otherKey = Buffer.alloc(32, 2).toString('base64')

function problemsOf(env: object): { code: string; problems: string } {
  try {
    loadConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return { code: error.code, problems: error.problems.join('\n') }
    throw error
  }
  throw new Error('the environment was accepted')
}

describe('an environment', () => {
  it('becomes a configuration', () => {
    const { encryptionKeys, allowedOrigins, ...config } = loadConfig(production)
    expect(config).toEqual({
      environment: 'production',
      metaAppSecrets: { current: 'meta-secret', previous: null, previousUntil: null },
      metaVerifyToken: 'verify-token',
      authSecret: 'x'.repeat(32),
      adminToken: 'admin-token',
      graphApiUrl: 'https://graph.facebook.com',
      instagramApiUrl: 'https://graph.instagram.com',
      publicUrl: 'https://inbox.example',
      unknownRecipient: 'quarantine',
      push: null,
      localAddresses: [],
      digestFrom: null,
    })
    expect([...allowedOrigins]).toEqual(['https://inbox.example', 'https://crm.example:8443'])
    expect([...encryptionKeys.values()]).toEqual([production.ENCRYPTION_KEY])
  })

  it('says where platforms fetch files, where that is not where people work', () => {
    const { publicUrl } = loadConfig({ ...production, PUBLIC_URL: 'https://files.inbox.example/' })
    expect(publicUrl).toBe('https://files.inbox.example')
    expect(loadConfig({ ...production, PUBLIC_URL: '' }).publicUrl).toBe('https://inbox.example')
  })

  it('may name another address of Instagram', () => {
    const { instagramApiUrl } = loadConfig({ ...production, INSTAGRAM_API_URL: 'http://127.0.0.1:9000' })
    expect(instagramApiUrl).toBe('http://127.0.0.1:9000')
  })

  it('lets stand-ins on this machine be posted to, in local development only', () => {
    const local = {
      ...production,
      ENVIRONMENT: 'local',
      LOCAL_ADDRESSES: 'http://127.0.0.1:9000,http://localhost:9001',
    }
    expect(loadConfig(local).localAddresses).toEqual(['http://127.0.0.1:9000', 'http://localhost:9001'])
    expect(problemsOf({ ...local, ENVIRONMENT: 'staging' }).problems).toContain('LOCAL_ADDRESSES')
    expect(problemsOf({ ...local, LOCAL_ADDRESSES: 'https://hub.internal' }).problems).toContain('LOCAL_ADDRESSES')
  })

  it('is read once', () => {
    const env = { ...production }
    expect(loadConfig(env)).toBe(loadConfig(env))
    expect(loadConfig(env)).not.toBe(loadConfig({ ...production }))
  })

  it('that lacks everything is told of everything at once', () => {
    const { code, problems } = problemsOf({})
    expect(code).toBe('config.invalid')
    for (const name of Object.keys(production)) expect(problems).toContain(name)
  })

  it.each([
    ['AUTH_SECRET', 'x'.repeat(31)],
    ['META_APP_SECRET', ''],
    ['ADMIN_TOKEN', ''],
    ['ENCRYPTION_KEY', Buffer.alloc(31, 1).toString('base64')],
    ['ENCRYPTION_KEY', Buffer.alloc(33, 1).toString('base64')],
    ['ENCRYPTION_KEY', 'no base64!'],
    ['ENCRYPTION_KEY_PREVIOUS', 'short'],
    ['META_APP_SECRET_PREVIOUS_UNTIL', 'tomorrow'],
    ['ALLOWED_ORIGINS', ' , '],
    ['ALLOWED_ORIGINS', '*'],
    ['ALLOWED_ORIGINS', 'https://inbox.example/'],
    ['ALLOWED_ORIGINS', 'https://inbox.example,null'],
    ['ALLOWED_ORIGINS', 'https://*.example'],
    ['ALLOWED_ORIGINS', 'inbox.example'],
    ['GRAPH_API_URL', 'graph.facebook.com'],
    ['INSTAGRAM_API_URL', 'graph.instagram.com'],
    ['PUBLIC_URL', 'files.inbox.example'],
    ['ENVIRONMENT', 'prod'],
  ])('with a bad %s is refused by its name', (name, value) => {
    const { code, problems } = problemsOf({ ...production, [name]: value })
    expect(code).toBe('config.invalid')
    expect(problems.startsWith(`${name} `)).toBe(true)
    expect(problems.split(' ')).not.toContain(value)
  })
})

describe('the keys for push services', () => {
  const keys = makePushKeys()

  it('switch push on, in the one spelling that push services take, for whom the inbox’s address stands', () => {
    const { push } = loadConfig({
      ...production,
      ...keys,
      VAPID_PUBLIC_KEY: `${keys.VAPID_PUBLIC_KEY}=`,
      ALLOWED_ORIGINS: 'https://inbox.bureau.com',
    })
    expect(push).toEqual({
      publicKey: keys.VAPID_PUBLIC_KEY,
      privateKey: keys.VAPID_PRIVATE_KEY,
      subject: 'https://inbox.bureau.com',
      keyId: expect.stringMatching(/^k[0-9a-f]{8}$/) as string,
    })
    expect(loadConfig({ ...production, ...keys, VAPID_SUBJECT: 'mailto:it@bureau.com' }).push?.subject).toBe(
      'mailto:it@bureau.com',
    )
    expect(loadConfig({ ...production, VAPID_PUBLIC_KEY: '', VAPID_PRIVATE_KEY: '' }).push).toBeNull()
  })

  it.each([
    ['VAPID_PRIVATE_KEY', { VAPID_PRIVATE_KEY: '' }],
    ['VAPID_PUBLIC_KEY', { VAPID_PUBLIC_KEY: '' }],
    ['VAPID_PRIVATE_KEY', { VAPID_PRIVATE_KEY: 'short' }],
    ['VAPID_PUBLIC_KEY', { VAPID_PUBLIC_KEY: keys.VAPID_PRIVATE_KEY }],
    ['VAPID_SUBJECT', { VAPID_SUBJECT: 'it@bureau.com' }],
    ['VAPID_SUBJECT', { ALLOWED_ORIGINS: 'https://localhost' }],
  ])('with a bad %s are refused by its name, and not by what it is', (name, fields) => {
    const env = {
      ...production,
      VAPID_SUBJECT: '',
      ...keys,
      ...(name === 'VAPID_SUBJECT' ? {} : { VAPID_SUBJECT: 'mailto:it@bureau.com' }),
      ...fields,
    }
    const { code, problems } = problemsOf(env)
    expect([code, problems.split(' ')[0]]).toEqual(['config.invalid', name])
    for (const key of Object.values(keys)) expect(problems).not.toContain(key)
  })
})

describe('the development values', () => {
  it('are those of the example, and good for local work', () => {
    expect(loadConfig(local).environment).toBe('local')
  })

  it.each([
    'META_APP_SECRET',
    'META_VERIFY_TOKEN',
    'AUTH_SECRET',
    'ADMIN_TOKEN',
    'ENCRYPTION_KEY',
    'VAPID_PRIVATE_KEY',
  ])('of %s are refused when deployed', (name) => {
    for (const ENVIRONMENT of ['staging', 'production']) {
      const { code, problems } = problemsOf({ ...production, ENVIRONMENT, [name]: example[name] })
      expect([code, problems]).toEqual(['config.development_secret', expect.stringContaining(name)])
    }
  })

  it('are refused as previous values too', () => {
    const env = {
      ...production,
      META_APP_SECRET_PREVIOUS: example['META_APP_SECRET'],
      ENCRYPTION_KEY_PREVIOUS: example['ENCRYPTION_KEY'],
    }
    const { problems } = problemsOf(env)
    expect(problems).toContain('META_APP_SECRET_PREVIOUS')
    expect(problems).toContain('ENCRYPTION_KEY_PREVIOUS')
  })

  it('answer to this machine only', () => {
    const config = loadConfig(local)
    for (const host of ['localhost', '127.0.0.1', '[::1]']) expect(() => refusePublicHost(config, host)).not.toThrow()
    for (const host of ['inbox.example', 'localhost.example', '10.0.0.1', '', 'LOCALHOST.']) {
      expect(() => refusePublicHost(config, host)).toThrow(ConfigError)
    }
    expect(() => refusePublicHost(loadConfig(production), 'inbox.example')).not.toThrow()
  })
})

describe('a rotation', () => {
  it('accepts the previous app secret until its time is over', () => {
    const rotating = { ...production, META_APP_SECRET_PREVIOUS: 'old' }
    expect(acceptedAppSecrets(loadConfig(rotating), 0)).toEqual(['meta-secret', 'old'])
    const config = loadConfig({ ...rotating, META_APP_SECRET_PREVIOUS_UNTIL: '2026-11-23T10:00:00Z' })
    const until = Date.UTC(2026, 10, 23, 10)
    expect(acceptedAppSecrets(config, until - 1)).toEqual(['meta-secret', 'old'])
    expect(acceptedAppSecrets(config, until)).toEqual(['meta-secret'])
    expect(acceptedAppSecrets(loadConfig(production), 0)).toEqual(['meta-secret'])
  })

  it('leaves a key its id when it moves from current to previous', () => {
    const [before] = loadConfig(production).encryptionKeys.keys()
    const rotated = { ...production, ENCRYPTION_KEY: otherKey, ENCRYPTION_KEY_PREVIOUS: production.ENCRYPTION_KEY }
    const [current, previous] = loadConfig(rotated).encryptionKeys.keys()
    expect(previous).toBe(before)
    expect(current).not.toBe(before)
    expect(current).toMatch(/^k[0-9a-f]{8}$/)
  })

  it('takes an empty previous value for none', () => {
    const empty = { META_APP_SECRET_PREVIOUS: '', META_APP_SECRET_PREVIOUS_UNTIL: '', ENCRYPTION_KEY_PREVIOUS: '' }
    expect(loadConfig({ ...production, ...empty })).toEqual(loadConfig(production))
  })
})
