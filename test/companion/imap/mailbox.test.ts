import { ImapFlow } from 'imapflow'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { EmailAccountConfig } from '../../../companion/accounts-config.ts'
import { type Dovecot, hasDovecot, startDovecot } from './dovecot.ts'
import {
  type MailboxRig,
  mailboxConfig,
  mailOf,
  openMailbox,
  quickTiming,
  subjectsOf,
  until,
  untilConnected,
} from './mailbox-rig.ts'
import { openProxy } from './tcp-proxy.ts'

const users = Array.from({ length: 20 }, (_, number) => `box${number}@example.com`)
let dovecot: Dovecot
let next = 0
const open: MailboxRig[] = []

/** Each test has a mailbox of its own. */
function freshConfig(changes: Partial<EmailAccountConfig> = {}): { user: string; config: EmailAccountConfig } {
  const user = users[next++] ?? ''
  const config = mailboxConfig(dovecot.imapPort, { externalId: user })
  return { user, config: { ...config, imap: { ...config.imap, user }, ...changes } }
}

async function openRig(...args: Parameters<typeof openMailbox>): Promise<MailboxRig> {
  const rig = await openMailbox(...args)
  open.push(rig)
  return rig
}

async function append(user: string, folder: string, mail: string, receivedAt: Date): Promise<void> {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: dovecot.imapPort,
    secure: false,
    auth: { user, pass: 'secret' },
    logger: false,
  })
  await client.connect()
  await client.append(folder, mail, [], receivedAt)
  await client.logout()
}

const has = (rig: MailboxRig, subject: string) => async () => subjectsOf(await rig.mails()).includes(subject)

describe.skipIf(!hasDovecot)('a mailbox on a real server', () => {
  beforeAll(async () => {
    dovecot = await startDovecot({ users: Object.fromEntries(users.map((user) => [user, 'secret'])) })
  })
  afterEach(async () => {
    await Promise.all(open.splice(0).map((rig) => rig.close()))
  })
  afterAll(() => dovecot.remove())

  test('begins at the present, and takes in what comes to each folder: sent mail as outbound', async () => {
    const { user, config } = freshConfig()
    await dovecot.deliver(user, [mailOf('before us')])
    const rig = await openRig(config)
    await untilConnected(rig)
    await dovecot.deliver(user, [mailOf('one'), mailOf('two')])
    await dovecot.save(user, 'Sent', mailOf('our answer'))
    await until('three mails', async () => (await rig.mails()).length === 3)
    const mails = await rig.mails()
    expect(Object.fromEntries(mails.map((mail) => [subjectsOf([mail])[0], mail.direction]))).toEqual({
      one: 'inbound',
      two: 'inbound',
      'our answer': 'outbound',
    })
    expect(mails.map(({ key }) => key).toSorted()).toEqual([
      expect.stringMatching(/^imap:INBOX:\d+:2$/),
      expect.stringMatching(/^imap:INBOX:\d+:3$/),
      expect.stringMatching(/^imap:Sent:\d+:1$/),
    ])
  })

  test('hears of a mail at once, not when the next look is due', async () => {
    const { user, config } = freshConfig()
    const rig = await openRig(config, { timing: { ...quickTiming, syncEveryMs: 60_000, socketTimeoutMs: 60_000 } })
    await untilConnected(rig)
    await dovecot.deliver(user, [mailOf('quick')])
    await until('the mail', has(rig, 'quick'), 3000)
    // Right after a sync, when a client that begins to idle by itself has not begun yet.
    await dovecot.deliver(user, [mailOf('quick again')])
    await until('the second mail', has(rig, 'quick again'), 3000)
  })

  test('changes no flag: what nobody has read stays unread', async () => {
    const { user, config } = freshConfig()
    const rig = await openRig(config)
    await untilConnected(rig)
    await dovecot.deliver(user, [mailOf('unread')])
    await until('the mail', has(rig, 'unread'))
    await rig.account.stop()
    const flags = await dovecot.doveadm('fetch', '-u', user, 'flags', 'mailbox', 'INBOX', 'all')
    expect(flags).not.toMatch(/Seen|Answered|Flagged|Deleted/)
  })

  test('takes no mail twice, however often it looks', async () => {
    const { user, config } = freshConfig()
    const rig = await openRig(config, { timing: { ...quickTiming, syncEveryMs: 50 } })
    await untilConnected(rig)
    await dovecot.deliver(user, [mailOf('once')])
    await until('the mail', has(rig, 'once'))
    await new Promise((resolve) => setTimeout(resolve, 600))
    await rig.restart()
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(rig.adds()).toBe(1)
  })

  test('goes on where it was: what came while nobody was there is taken in', async () => {
    const { user, config } = freshConfig()
    const rig = await openRig(config)
    await untilConnected(rig)
    await rig.account.stop()
    await dovecot.deliver(user, [mailOf('meanwhile 1'), mailOf('meanwhile 2')])
    await rig.restart()
    await until('both', async () => (await rig.mails()).length === 2)
  })

  test('writes down where it begins before anything comes', async () => {
    const { user, config } = freshConfig()
    const rig = await openRig(config)
    await until('a cursor', () => rig.kept('cursor:INBOX') !== null)
    await rig.account.stop()
    await dovecot.deliver(user, [mailOf('the first ever')])
    await rig.restart()
    await until('the mail', has(rig, 'the first ever'))
  })

  test('reads back to a date when it is told to, and no further', async () => {
    const { user, config } = freshConfig({ since: Date.parse('2026-11-01T00:00:00Z') })
    await append(user, 'INBOX', mailOf('october'), new Date('2026-10-31T12:00:00Z'))
    await append(user, 'INBOX', mailOf('november'), new Date('2026-11-02T12:00:00Z'))
    const rig = await openRig(config)
    await until('the mail of november', has(rig, 'november'))
    await untilConnected(rig)
    expect(subjectsOf(await rig.mails())).toEqual(['november'])
  })

  test('knows what it has when the server numbers all mails anew', async () => {
    const { user, config } = freshConfig()
    await append(user, 'INBOX', mailOf('before us'), new Date(Date.now() - 60_000))
    const rig = await openRig(config)
    await untilConnected(rig)
    await dovecot.deliver(user, [
      mailOf('known'),
      mailOf('known without id', { id: null }),
      mailOf('twin', { id: 'twin@x.example' }),
    ])
    await until('all three', async () => (await rig.mails()).length === 3)
    await rig.account.stop()
    const lines = ['new', 'new without id'].map((subject) => mailOf(subject, subject === 'new' ? {} : { id: null }))
    await dovecot.deliver(user, lines)
    // Another text under the same Message-ID is another mail.
    await dovecot.deliver(user, [mailOf('other twin', { id: 'twin@x.example' })])
    await dovecot.renumber(user, 'INBOX')
    await rig.restart()
    await until('the new ones', async () => (await rig.mails()).length === 6)
    await dovecot.deliver(user, [mailOf('after')])
    await until('what comes later', has(rig, 'after'))
    expect(subjectsOf(await rig.mails()).toSorted()).toEqual([
      'after',
      'known',
      'known without id',
      'new',
      'new without id',
      'other twin',
      'twin',
    ])
    const epochs = new Set((await rig.mails()).map(({ key }) => key.split(':')[2]))
    expect(epochs.size).toBe(2)
  })

  test('a refused login is told, is not tried again for a while, and stops no other mailbox', async () => {
    const proxy = await openProxy(dovecot.imapPort)
    const { config } = freshConfig()
    const wrong = { ...config.imap, port: proxy.port, auth: { kind: 'password', password: 'wrong' } as const }
    const locked = await openRig({ ...config, imap: wrong })
    const { user, config: healthy } = freshConfig()
    const other = await openRig(healthy)
    await untilConnected(other)
    await until('the report', () => locked.reports.length > 0)
    expect(locked.reports[0]).toMatchObject({ state: 'down', session_state: 'needs_login', code: 'imap.login_refused' })
    await dovecot.deliver(user, [mailOf('for the other')])
    await until('the mail of the other', has(other, 'for the other'))
    // Two folders wanted in: one try was made for both of them.
    expect(proxy.connections()).toBe(1)
    await proxy.close()
  })

  test.each([
    ['the inbox', ['INBOX', 'Sent']],
    ['another folder', ['Sent', 'INBOX']],
  ])('a login that stays refused is never told as a server that cannot be reached, with %s first', async (_, paths) => {
    const proxy = await openProxy(dovecot.imapPort)
    const timing = { ...quickTiming, unreachableAfterMs: 1500, login: { firstMs: 1000, mostMs: 1000 } }
    const folders = paths.map((path) => ({ path, role: path === 'INBOX' ? ('inbox' as const) : ('sent' as const) }))
    const { config } = freshConfig({ folders })
    const auth = { kind: 'password', password: 'wrong' } as const
    const rig = await openRig({ ...config, imap: { ...config.imap, port: proxy.port, auth } }, { timing })
    await until('a third try', () => proxy.connections() === 3)
    expect(rig.reports.at(-1)).toMatchObject({
      state: 'down',
      session_state: 'needs_login',
      code: 'imap.login_refused',
    })
    expect(rig.reports.filter(({ session_state }) => session_state !== 'needs_login')).toEqual([])
    // And is told as one once it is.
    await proxy.close()
    await until('the report', () => rig.reports.at(-1)?.session_state === 'unreachable')
  })

  test('notices a link that is dead without a word, tells it, and takes in what came meanwhile', async () => {
    const proxy = await openProxy(dovecot.imapPort)
    const { user, config } = freshConfig()
    const rig = await openRig({ ...config, imap: { ...config.imap, port: proxy.port } })
    await untilConnected(rig)
    proxy.goSilent()
    await dovecot.deliver(user, [mailOf('in the silence')])
    // A warning may come first.
    await until('the report', () => rig.reports.at(-1)?.state === 'down')
    expect(rig.reports.at(-1)).toMatchObject({ session_state: 'unreachable', code: 'imap.unreachable' })
    proxy.heal()
    await until('the mail', has(rig, 'in the silence'))
    await untilConnected(rig)
    await proxy.close()
  }, 20_000)

  test('comes back after the server was restarted and after cut lines', async () => {
    const proxy = await openProxy(dovecot.imapPort)
    const { user, config } = freshConfig()
    const rig = await openRig({ ...config, imap: { ...config.imap, port: proxy.port } })
    await untilConnected(rig)
    await dovecot.stop()
    await dovecot.start()
    await dovecot.deliver(user, [mailOf('after the restart')])
    await until('the mail', has(rig, 'after the restart'))
    proxy.cut()
    await dovecot.deliver(user, [mailOf('after the cut')])
    await until('the mail', has(rig, 'after the cut'))
    expect(rig.adds()).toBe(2)
    await proxy.close()
  })

  test('a folder that does not exist is told, and the others are read', async () => {
    const folders = [
      { path: 'INBOX', role: 'inbox' },
      { path: 'No such folder', role: 'sent' },
    ] as const
    const { user, config } = freshConfig({ folders })
    const rig = await openRig(config)
    await until('the report', () => rig.reports.some(({ code }) => code === 'imap.no_folder'))
    expect(rig.reports.at(-1)).toMatchObject({ state: 'warning', session_state: 'unreachable' })
    await dovecot.deliver(user, [mailOf('here it comes')])
    await until('the mail', has(rig, 'here it comes'))
  })

  test('a mail that is too large is there by its header, its text and its files, and says so', async () => {
    const { user, config } = freshConfig()
    const rig = await openRig(config)
    await untilConnected(rig)
    const file = 'A'.repeat(76).concat('\r\n').repeat(370_000)
    const mail = [
      'From: Olena <olena@customer.example>\r\nTo: office@example.com\r\nSubject: plans\r\nMessage-ID: <big@customer.example>',
      'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b',
      'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nDear all, see the plans.\r\n--b',
      `Content-Type: application/pdf; name="plans.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n${file}--b--\r\n`,
    ].join('\r\n')
    await dovecot.deliver(user, [mail, mailOf('right behind it')])
    await until('both', async () => (await rig.mails()).length === 2, 20_000)
    const [standIn] = (await rig.mails()).filter(({ text }) => text.includes('Subject: plans'))
    expect(standIn?.text.length).toBeLessThan(10_000)
    expect(standIn?.text).toContain('Message-ID: <big@customer.example>')
    expect(standIn?.text).toContain('Dear all, see the plans.')
    const note = /base64\r\n\r\n([\w+/=\r\n]+?)\r\n--/.exec(standIn?.text ?? '')?.[1] ?? ''
    expect(Buffer.from(note, 'base64').toString()).toMatch(
      /too large to be shown.*whole\.\]\r\n\[File: plans\.pdf, 2\d\.\d MB\]/s,
    )
  }, 40_000)

  test('goes on from the last checkpoint when its disk is lost', async () => {
    const { user, config } = freshConfig()
    const rig = await openRig(config)
    await untilConnected(rig)
    const restored = rig.account.checkpoint() ?? ''
    await rig.close()
    open.length = 0
    await dovecot.deliver(user, [mailOf('while the disk was away')])
    const empty = await openRig(config, { restored })
    await until('the mail', has(empty, 'while the disk was away'))
  })
})
