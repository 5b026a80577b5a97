import { describe, expect, it } from 'vitest'
import { ConfigError, loadConfig, loadLoginConfig } from '../../companion/config.ts'

const key = Buffer.alloc(32, 1).toString('base64')
const telegram = { platform: 'telegram', external_id: '1001', api_id: 7, api_hash: 'hash' }
const mailbox = {
  platform: 'email',
  external_id: 'Office@Example.org',
  imap: { host: 'imap.example.org', port: 993 },
  smtp: { host: 'smtp.example.org', port: 587, tls: 'starttls' },
  auth: { password: 'p' },
}
const env = {
  EDGE_INBOX_URL: 'https://inbox.example/',
  SERVICE_KEY: 'eik_a_b',
  COMPANION_KEY: key,
  ACCOUNTS: JSON.stringify([telegram, mailbox]),
}
const noFiles = (path: string): string => {
  throw new Error(`no ${path}`)
}
const filesOf = (files: Record<string, string>) => (path: string) => files[path] ?? noFiles(path)

function problemsOf(load: () => unknown): readonly string[] {
  try {
    load()
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}
const withAccounts = (...accounts: unknown[]) => ({ ...env, ACCOUNTS: JSON.stringify(accounts) })

describe('the settings', () => {
  it('come from the environment, with defaults for what may be left out', () => {
    expect(loadConfig(env, noFiles)).toMatchObject({
      url: 'https://inbox.example',
      dataDir: 'data',
      healthHost: '127.0.0.1',
      healthPort: 8080,
      logLevel: 'info',
      paceMs: 1000,
      maxSpoolBytes: 2048 * 1024 * 1024,
      accounts: [
        { platform: 'telegram', externalId: '1001', apiId: 7, apiHash: 'hash', dcs: null, proxy: null },
        {
          platform: 'email',
          externalId: 'office@example.org',
          imap: { host: 'imap.example.org', port: 993, tls: 'implicit', user: 'office@example.org' },
          smtp: { tls: 'starttls', auth: { kind: 'password', password: 'p' } },
          folders: [{ path: 'INBOX', role: 'inbox' }],
          appendToSent: false,
          since: null,
        },
      ],
    })
  })

  it('are all said to be wrong at once, and no secret is quoted', () => {
    const wrong = {
      EDGE_INBOX_URL: 'inbox',
      COMPANION_KEY: 'too-short-a-secret',
      HEALTH_PORT: 'http',
      LOG_LEVEL: 'loud',
      ACCOUNTS: '[{"platform":"telegram","external_id":"a secret place","api_id":"x"},{"platform":"fax"}]',
    }
    const problems = problemsOf(() => loadConfig(wrong, noFiles))
    expect(problems.join('\n')).toMatch(
      /EDGE_INBOX_URL[^]*HEALTH_PORT[^]*LOG_LEVEL[^]*SERVICE_KEY is missing[^]*COMPANION_KEY/,
    )
    expect(problems).toContain('ACCOUNTS 0.external_id must be the Telegram user id, as text')
    expect(problems).toContain('ACCOUNTS 1.platform platform must be telegram or email')
    expect(problems.length).toBeGreaterThanOrEqual(7)
    expect(problems.join('\n')).not.toMatch(/too-short-a-secret|a secret place/)
  })

  it('may have their secrets and accounts in files', () => {
    const files = filesOf({
      '/run/key': 'eik_file\n',
      '/run/companion': `${key}\n`,
      '/etc/accounts.json': JSON.stringify({
        accounts: [
          { ...telegram, api_hash: undefined, api_hash_file: '/run/hash' },
          { ...mailbox, auth: { password_file: '/run/password' } },
        ],
      }),
      '/run/hash': 'from a file\n',
      '/run/password': ' kept \n',
    })
    const config = loadConfig(
      {
        EDGE_INBOX_URL: env.EDGE_INBOX_URL,
        SERVICE_KEY_FILE: '/run/key',
        COMPANION_KEY_FILE: '/run/companion',
        ACCOUNTS_FILE: '/etc/accounts.json',
      },
      files,
    )
    expect(config.serviceKey()).toBe('eik_file')
    expect(config.accounts).toMatchObject([{ apiHash: 'from a file' }, { imap: { auth: { password: 'kept' } } }])
  })

  it('read the service key again, so that it can be changed while the companion runs', () => {
    const files: Record<string, string> = { '/run/key': 'eik_old' }
    const { SERVICE_KEY: _, ...rest } = env
    const config = loadConfig({ ...rest, SERVICE_KEY_FILE: '/run/key' }, filesOf(files))
    files['/run/key'] = 'eik_new\n'
    expect(config.serviceKey()).toBe('eik_new')
    delete files['/run/key']
    expect(config.serviceKey()).toBe('eik_old')
  })

  it('name a file that cannot be read, an empty one, and accounts that are no JSON', () => {
    const { SERVICE_KEY: _, ACCOUNTS: __, ...rest } = env
    const read = filesOf({ '/run/empty': '\n', '/etc/accounts': '{"password": hunter2' })
    const broken = { ...rest, SERVICE_KEY_FILE: '/run/empty', ACCOUNTS_FILE: '/etc/accounts' }
    expect(problemsOf(() => loadConfig(broken, read))).toEqual([
      'SERVICE_KEY_FILE is empty: /run/empty',
      'ACCOUNTS_FILE is no JSON',
    ])
    const missing = { ...rest, SERVICE_KEY_FILE: '/run/none', ACCOUNTS_FILE: '/etc/none' }
    expect(problemsOf(() => loadConfig(missing, read))).toEqual([
      'SERVICE_KEY_FILE cannot be read: /run/none',
      'ACCOUNTS_FILE cannot be read: /etc/none',
    ])
  })

  it.each([
    ['an account twice', [telegram, telegram], 'ACCOUNTS 1 is there twice'],
    ['no account', [], 'ACCOUNTS names no account'],
    ['a misspelt setting', [{ ...telegram, api_hsh: 'x' }], 'Unrecognized key'],
    ['no secret', [{ ...telegram, api_hash: undefined }], 'needs a secret'],
    ['no login for one server', [{ ...mailbox, auth: undefined }], 'ACCOUNTS 0.imap.auth is missing'],
    ['an address that is none', [{ ...mailbox, external_id: 'office' }], 'must be the address of the mailbox'],
    ['an address with a line break', [{ ...mailbox, external_id: 'a@b\r\nc' }], 'must be the address of the mailbox'],
  ])('refuse %s', (_what, accounts, problem) => {
    expect(problemsOf(() => loadConfig(withAccounts(...accounts), noFiles)).join('\n')).toContain(problem)
  })

  it('know OAuth2, with a secret or without, for each server by itself', () => {
    const oauth2 = { token_url: 'https://login.example/token', client_id: 'c', refresh_token: 'r' }
    const account = { ...mailbox, auth: { oauth2 }, smtp: { ...mailbox.smtp, user: 'relay', auth: { password: 'q' } } }
    expect(loadConfig(withAccounts(account), noFiles).accounts[0]).toMatchObject({
      imap: { auth: { kind: 'oauth2', tokenUrl: 'https://login.example/token', clientSecret: '', refreshToken: 'r' } },
      smtp: { user: 'relay', auth: { kind: 'password', password: 'q' } },
    })
  })

  it('let an account log in that does not know its id yet, and nothing else', () => {
    const { external_id: _, ...unnamed } = telegram
    const first = { COMPANION_KEY: key, ACCOUNTS: JSON.stringify([unnamed]) }
    expect(loadLoginConfig(first, noFiles).accounts).toMatchObject([{ externalId: '' }])
    expect(problemsOf(() => loadConfig({ ...env, ...first }, noFiles))).toEqual(['ACCOUNTS 0.external_id is missing'])
  })
})
