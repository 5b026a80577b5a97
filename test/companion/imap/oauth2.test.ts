import { randomBytes } from 'node:crypto'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { EmailAccountConfig } from '../../../companion/accounts-config.ts'
import { createSealer } from '../../../companion/sealer.ts'
import { attemptOf, mailCommand } from '../smtp/commands.ts'
import { openSink, type SmtpSink } from '../smtp/smtp-sink.ts'
import { type Dovecot, hasDovecot, startDovecot } from './dovecot.ts'
import {
  type MailboxRig,
  mailboxConfig,
  mailOf,
  openMailbox,
  quickTiming,
  until,
  untilConnected,
} from './mailbox-rig.ts'
import { openProxy } from './tcp-proxy.ts'
import { openTokenServer, type TokenServer } from './token-server.ts'

const user = 'office@example.com'
let tokens: TokenServer
let dovecot: Dovecot
let sink: SmtpSink
let rig: MailboxRig | null = null

function configOf(imapPort: number): EmailAccountConfig {
  const { tokenUrl } = tokens
  const auth = { kind: 'oauth2', tokenUrl, clientId: 'inbox', clientSecret: 'hush', refreshToken: 'refresh-0' } as const
  const config = mailboxConfig(imapPort)
  const imap = { ...config.imap, auth }
  return { ...config, imap, smtp: { ...imap, port: sink.port } }
}

describe.skipIf(!hasDovecot)('a mailbox behind OAuth2', () => {
  beforeEach(async () => {
    tokens = await openTokenServer(user)
    sink = await openSink()
    dovecot = await startDovecot({ users: { [user]: 'secret' }, tokens: { port: tokens.port } })
  })
  afterEach(async () => {
    await rig?.close()
    rig = null
    await dovecot.remove()
    await sink.close()
    await tokens.close()
  })

  test('logs in for both directions with one token, got by its refresh token', async () => {
    const seen: string[] = []
    sink.rules.login = (_user, token) => seen.push(token) > 0
    rig = await openMailbox(configOf(dovecot.imapPort))
    await untilConnected(rig)
    await dovecot.deliver(user, [mailOf('by token')])
    await until('the mail', async () => (await rig?.mails())?.length === 1)
    expect(await rig.account.send(attemptOf(mailCommand()))).toMatchObject({ kind: 'sent' })
    expect(seen).toEqual(['access-1'])
    expect(tokens.renewals.map((form) => Object.fromEntries(form))).toEqual([
      { grant_type: 'refresh_token', refresh_token: 'refresh-0', client_id: 'inbox', client_secret: 'hush' },
    ])
  })

  test('renews a token before it ends, and one that was taken back at once', async () => {
    const proxy = await openProxy(dovecot.imapPort)
    // Shorter than the margin: every login finds it about to end.
    tokens.expiresIn = 120
    rig = await openMailbox({ ...configOf(proxy.port), folders: [{ path: 'INBOX', role: 'inbox' }] })
    await untilConnected(rig)
    tokens.expiresIn = 3600
    proxy.cut()
    await until('the second token', () => tokens.renewals.length === 2)
    await untilConnected(rig)
    tokens.revoke()
    proxy.cut()
    await until('the third token', () => tokens.renewals.length === 3)
    await dovecot.deliver(user, [mailOf('after all that')])
    await until('the mail', async () => (await rig?.mails())?.length === 1)
    expect(rig.reports.every(({ session_state }) => session_state === 'connected')).toBe(true)
    await proxy.close()
  })

  test('keeps a refresh token that replaces the configured one, sealed', async () => {
    tokens.rotates = true
    rig = await openMailbox(configOf(dovecot.imapPort))
    await untilConnected(rig)
    expect(tokens.refreshToken).toBe('refresh-1')
    await rig.restart()
    await until('another renewal', () => tokens.renewals.length === 2)
    await untilConnected(rig)
    expect(tokens.renewals.map((form) => form.get('refresh_token'))).toEqual(['refresh-0', 'refresh-1'])
    const { readFileSync, readdirSync } = await import('node:fs')
    const disk = readdirSync(rig.directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    for (const { parentPath, name } of disk)
      expect(readFileSync(`${parentPath}/${name}`, 'latin1')).not.toContain('refresh-1')
  })

  test('a kept refresh token that another companion key sealed is passed over for the configured one', async () => {
    tokens.rotates = true
    const lines: string[] = []
    rig = await openMailbox(configOf(dovecot.imapPort), {
      deps: { log: pino({}, { write: (line) => lines.push(line) }) },
    })
    await untilConnected(rig)
    await rig.restart({}, { sealer: createSealer(new Uint8Array(32).fill(8), randomBytes) })
    // The one that it replaced counts no more: somebody has to log in, and is told so.
    await until('the report', () => rig?.reports.at(-1)?.session_state === 'needs_login')
    expect(rig.reports.at(-1)).toMatchObject({ state: 'down', code: 'oauth.refused' })
    tokens.refreshToken = 'refresh-0'
    await untilConnected(rig)
    expect(new Set(tokens.renewals.map((form) => form.get('refresh_token')))).toEqual(new Set(['refresh-0']))
    expect(lines.some((line) => line.includes('mail.token_unreadable'))).toBe(true)
    expect(lines.join('')).not.toContain('refresh-1')
  })

  test('a refresh token that replaced the configured one survives a lost disk', async () => {
    tokens.rotates = true
    rig = await openMailbox(configOf(dovecot.imapPort))
    await untilConnected(rig)
    const restored = rig.account.checkpoint() ?? ''
    expect(restored).not.toContain('refresh-1')
    await rig.close()
    rig = await openMailbox(configOf(dovecot.imapPort), { restored })
    await untilConnected(rig)
    expect(tokens.renewals.map((form) => form.get('refresh_token'))).toEqual(['refresh-0', 'refresh-1'])
  })

  test('needs a login when no token is renewed any more, and goes on by itself once one is', async () => {
    tokens.refreshToken = 'another one'
    const timing = { ...quickTiming, login: { firstMs: 600, mostMs: 600 } }
    rig = await openMailbox(configOf(dovecot.imapPort), { timing })
    await until('the report', () => rig?.reports.at(-1)?.session_state === 'needs_login')
    expect(rig.reports.at(-1)).toMatchObject({ state: 'down', code: 'oauth.refused' })
    const attempt = attemptOf(mailCommand())
    expect(await rig.account.send(attempt)).toMatchObject({ kind: 'waiting', error: { kind: 'token' } })
    tokens.refreshToken = 'refresh-0'
    await until('an answer goes out', async () => (await rig?.account.send(attempt))?.kind === 'sent')
    await untilConnected(rig)
  })

  test('a provider that is ill is no reason to log in again', async () => {
    tokens.status = 503
    rig = await openMailbox(configOf(dovecot.imapPort))
    await until('the report', () => (rig?.reports.length ?? 0) > 0)
    expect(rig.reports.map(({ session_state }) => session_state)).toEqual(['unreachable'])
    tokens.status = null
    await untilConnected(rig)
  })
})
