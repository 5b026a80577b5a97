import { createHash } from 'node:crypto'
import PostalMime from 'postal-mime'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { AttemptOutcome } from '../../../companion/account.ts'
import type { EmailAccountConfig } from '../../../companion/accounts-config.ts'
import type { Command } from '../../../src/protocol/companion.ts'
import { type Dovecot, hasDovecot, startDovecot } from '../imap/dovecot.ts'
import { openFakeImap } from '../imap/fake-imap.ts'
import { type MailboxRig, mailboxConfig, openMailbox, quickTiming, until, untilConnected } from '../imap/mailbox-rig.ts'
import { attemptOf, mailCommand } from './commands.ts'
import { openSink, type SinkRules, type SmtpSink } from './smtp-sink.ts'

const users = Array.from({ length: 30 }, (_, number) => `office${number}@example.com`)
let dovecot: Dovecot
let next = 0
const cleanups: (() => Promise<void>)[] = []

type Setup = { user: string; sink: SmtpSink; rig: MailboxRig }

async function setUp(
  rules: SinkRules,
  changes: Partial<EmailAccountConfig> = {},
  options: Parameters<typeof openMailbox>[1] = {},
): Promise<Setup> {
  const user = users[next++] ?? ''
  const sink = await openSink(rules)
  const auth = { kind: 'password', password: 'secret' } as const
  const imap = { host: '127.0.0.1', port: dovecot.imapPort, tls: 'none', user, auth } as const
  const smtp = { ...imap, port: sink.port }
  const rig = await openMailbox(
    { ...mailboxConfig(dovecot.imapPort), externalId: user, imap, smtp, ...changes },
    options,
  )
  cleanups.push(
    () => rig.close(),
    () => sink.close(),
  )
  await untilConnected(rig)
  return { user, sink, rig }
}

const commandFor = (user: string, mail = {}, changes: Partial<Command> = {}) =>
  mailCommand({ from: { address: user, name: 'Office' }, reply_to: null, ...mail }, changes)
const idOf = (command: Command) => command.mail?.message_id ?? ''
const send = ({ rig }: Setup, command: Command, isRepeat = false) => rig.account.send(attemptOf(command, isRepeat))
const wait = ({ until: time }: Extract<AttemptOutcome, { kind: 'waiting' }>) =>
  new Promise((resolve) => setTimeout(resolve, Math.max(0, Date.parse(time) - Date.now()) + 20))

/** Until it is done, as the core does it. */
async function sendOut(setup: Setup, command: Command, isRepeat = false): Promise<AttemptOutcome> {
  for (let attempt = 0; attempt < 20; attempt++) {
    const outcome = await send(setup, command, isRepeat)
    if (outcome.kind !== 'waiting') return outcome
    await wait(outcome)
  }
  throw new Error('it was put off too often')
}

async function sentFolder(user: string): Promise<string> {
  return await dovecot.doveadm('fetch', '-u', user, 'hdr flags', 'mailbox', 'Sent', 'all')
}

describe.skipIf(!hasDovecot)('a mailbox that answers', () => {
  beforeAll(async () => {
    dovecot = await startDovecot({ users: Object.fromEntries(users.map((user) => [user, 'secret'])) })
  })
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0)) await cleanup()
  })
  afterAll(() => dovecot.remove())

  test('sends a mail with its files, under the id that the Worker knows it by', async () => {
    const bytes = new Uint8Array(3_000_000).map((_, at) => (at * 31) % 251)
    const openFile = () => Promise.resolve({ body: new Blob([bytes]).stream(), size: bytes.length })
    const setup = await setUp({}, {}, { deps: { openFile } })
    const file = {
      filename: 'Договір.pdf',
      mime_type: 'application/pdf',
      size: bytes.length,
      url: '/api/v1/companion/files/1',
    }
    const command = commandFor(
      setup.user,
      { cc: ['cc@customer.example'], bcc: ['bcc@customer.example'] },
      { attachments: [file, file] },
    )
    expect(await send(setup, command)).toEqual({ kind: 'sent', external_id: idOf(command) })
    const [mail] = setup.sink.mails
    expect(mail).toMatchObject({
      from: setup.user,
      to: ['olena@customer.example', 'cc@customer.example', 'bcc@customer.example'],
    })
    expect(mail?.raw).not.toMatch(/^bcc:/im)
    const parsed = await PostalMime.parse(mail?.raw ?? '')
    expect(parsed.messageId).toBe(`<${idOf(command)}>`)
    const hashes = parsed.attachments.map(({ content }) => hashOf(content as ArrayBuffer))
    expect(hashes).toEqual([hashOf(bytes.buffer), hashOf(bytes.buffer)])
    expect(parsed.attachments[0]?.filename).toBe('Договір.pdf')
  })

  test('puts a copy into the sent folder where it is told to, read and with its hidden recipients, and takes it for no news', async () => {
    const setup = await setUp({}, { appendToSent: true })
    const command = commandFor(setup.user, { bcc: ['bcc@customer.example'] })
    await sendOut(setup, command)
    await until('the copy', async () => (await sentFolder(setup.user)).includes(idOf(command)))
    expect(await sentFolder(setup.user)).toMatch(/Bcc: bcc@customer\.example[\s\S]*Seen/)
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(setup.rig.adds()).toBe(0)
  })

  test('tells of mail that was sent from elsewhere', async () => {
    const setup = await setUp({})
    await dovecot.save(setup.user, 'Sent', 'Message-ID: <phone@example.com>\r\nSubject: from the phone\r\n\r\nHi\r\n')
    await until('the echo', async () => (await setup.rig.mails()).length === 1)
    expect(await setup.rig.mails()).toMatchObject([{ direction: 'outbound' }])
  })

  test('a mail whose answer was lost is found in the sent folder and not sent again', async () => {
    let losses = 1
    const setup = await setUp({ losesAnswer: () => losses-- > 0 }, { folders: [{ path: 'INBOX', role: 'inbox' }] })
    setup.sink.rules.onTaken = ({ raw }) => dovecot.save(setup.user, 'Sent', raw)
    const command = commandFor(setup.user)
    expect(await send(setup, command)).toMatchObject({ kind: 'waiting', error: { code: 'smtp.lost' } })
    expect(await sendOut(setup, command)).toEqual({ kind: 'sent', external_id: idOf(command) })
    expect(setup.sink.mails).toHaveLength(1)
  })

  test('one that is in no sent folder goes out again under the same id, but not before it could have got there', async () => {
    let losses = 1
    const setup = await setUp({ losesAnswer: () => losses-- > 0 })
    const command = commandFor(setup.user)
    await send(setup, command)
    expect(await send(setup, command)).toMatchObject({ kind: 'waiting', error: { code: 'smtp.lost' } })
    expect(setup.sink.mails).toHaveLength(1)
    expect(await sendOut(setup, command)).toEqual({ kind: 'sent', external_id: idOf(command) })
    expect(setup.sink.mails.map(({ raw }) => /^Message-ID: <(.*)>/m.exec(raw)?.[1])).toEqual([
      idOf(command),
      idOf(command),
    ])
  })

  test('where only we put copies into the sent folder, none there says nothing: a person decides', async () => {
    const setup = await setUp({ losesAnswer: () => true }, { appendToSent: true })
    const command = commandFor(setup.user)
    expect(await send(setup, command)).toMatchObject({ kind: 'waiting', error: { code: 'smtp.lost' } })
    expect(await sendOut(setup, command)).toMatchObject({ kind: 'unknown', error: { code: 'smtp.lost' } })
    // Nor when it is asked for once more.
    await setup.rig.restart()
    expect(await send(setup, command, true)).toMatchObject({ kind: 'unknown' })
    expect(setup.sink.mails).toHaveLength(1)
  })

  test('where there is no sent folder, a mail whose answer was lost is for a person to decide', async () => {
    const server = await openFakeImap()
    cleanups.push(() => server.close())
    const { imap } = mailboxConfig(server.port)
    const folders = [{ path: 'INBOX', role: 'inbox' }] as const
    const setup = await setUp({ losesAnswer: () => true }, { imap, folders })
    const command = commandFor(setup.user)
    expect(await sendOut(setup, command)).toMatchObject({ kind: 'unknown', error: { code: 'smtp.lost' } })
    expect(setup.sink.mails).toHaveLength(1)
  })

  test('while nobody can look into the sent folder it is not sent again', async () => {
    let losses = 1
    const setup = await setUp({ losesAnswer: () => losses-- > 0 })
    const command = commandFor(setup.user)
    const outcome = await send(setup, command)
    if (outcome.kind === 'waiting') await wait(outcome)
    await dovecot.stop()
    try {
      expect(await send(setup, command)).toMatchObject({ kind: 'waiting', error: { code: 'smtp.unsure' } })
      expect(setup.sink.mails).toHaveLength(1)
    } finally {
      await dovecot.start()
    }
  })

  test('is not sent again after it was, even when what became of it was forgotten', async () => {
    const setup = await setUp({})
    const command = commandFor(setup.user)
    await send(setup, command)
    await setup.rig.restart()
    expect(await send(setup, command, true)).toEqual({ kind: 'sent', external_id: idOf(command) })
    expect(setup.sink.mails).toHaveLength(1)
  })

  test.each<[string, 'hangsUp' | 'breaksOff', number]>([
    ['before the mail was asked for', 'hangsUp', 10],
    ['within the mail', 'breaksOff', 12_000_000],
  ])('a line that breaks %s leaves nothing in doubt', async (_, fault, length) => {
    let breaks = 1
    const setup = await setUp({ [fault]: () => breaks-- > 0 })
    const command = commandFor(setup.user, { text: 'x'.repeat(length) })
    expect(await send(setup, command)).toMatchObject({
      kind: 'waiting',
      error: { kind: 'unreachable' },
      holds: 'account',
    })
    expect(setup.rig.kept('outgoing') ?? '[]').toBe('[]')
    expect(await sendOut(setup, command)).toMatchObject({ kind: 'sent' })
    expect(setup.sink.mails).toHaveLength(1)
  })

  test.each<[string, SinkRules, object]>([
    [
      'an unknown recipient',
      { to: () => 550 },
      { kind: 'failed', error: { code: 'smtp.550', kind: 'recipient', details: '5.1.1' } },
    ],
    [
      'a text it does not like',
      { content: () => 554 },
      { kind: 'failed', error: { code: 'smtp.554', kind: 'content' } },
    ],
    ['this sender', { from: () => 553 }, { kind: 'failed', error: { code: 'smtp.553', kind: 'permission' } }],
    [
      'a full mailbox for now',
      { to: () => 452 },
      { kind: 'waiting', error: { code: 'smtp.452' }, holds: 'conversation' },
    ],
    [
      'the mail for now',
      { content: () => 451 },
      { kind: 'waiting', error: { code: 'smtp.451' }, holds: 'conversation' },
    ],
  ])('a server that refuses %s', async (_, rules, expected) => {
    const setup = await setUp(rules)
    const command = commandFor(setup.user)
    expect(await send(setup, command)).toMatchObject(expected)
    // The mail is certainly not out, so the next attempt asks nobody.
    expect(setup.rig.kept('outgoing') ?? '[]').toBe('[]')
  })

  test('a mail that was only ever put off is given up after two days', async () => {
    const setup = await setUp({ to: () => 451 })
    const created_at = new Date(Date.now() - 49 * 3_600_000).toISOString()
    expect(await send(setup, commandFor(setup.user, {}, { created_at }))).toMatchObject({
      kind: 'failed',
      error: { code: 'smtp.451' },
    })
  })

  test('a recipient who is refused while the copies are taken is a failure', async () => {
    const setup = await setUp({ to: (address) => (address.startsWith('olena') ? 550 : null) })
    const command = commandFor(setup.user, { cc: ['cc@customer.example'] })
    const refused = { kind: 'failed', error: { code: 'smtp.550', kind: 'recipient' } }
    expect(await send(setup, command)).toMatchObject(refused)
    // And stays one for whoever asks again.
    expect(await send(setup, command, true)).toMatchObject(refused)
    expect(setup.sink.mails).toHaveLength(1)
  })

  test('a mail that is larger than the server takes is refused by what the server had said', async () => {
    const setup = await setUp({ size: 10_000 })
    const outcome = await send(setup, commandFor(setup.user, { text: 'x'.repeat(50_000) }))
    expect(outcome).toMatchObject({ kind: 'failed', error: { kind: 'content' } })
    expect(setup.sink.mails).toHaveLength(0)
  })

  test('a refused login waits, is told, and is not tried again for a while; receiving goes on', async () => {
    const setup = await setUp(
      { login: () => false },
      {},
      { timing: { ...quickTiming, login: { firstMs: 60_000, mostMs: 60_000 } } },
    )
    const outcome = await send(setup, commandFor(setup.user))
    expect(outcome).toMatchObject({ kind: 'waiting', error: { kind: 'token' }, holds: 'account' })
    expect(setup.rig.reports.at(-1)).toMatchObject({ state: 'warning', session_state: 'needs_login', code: 'smtp.535' })
    await send(setup, commandFor(setup.user))
    expect(setup.sink.connections()).toBe(1)
    await dovecot.deliver(setup.user, ['Subject: still here\r\n\r\nHi\r\n'])
    await until('a mail', async () => (await setup.rig.mails()).length === 1)
  })

  test('a server that is not there is waited for, and told when it stays away', async () => {
    const setup = await setUp({})
    const { port } = setup.sink
    await setup.sink.close()
    const command = commandFor(setup.user)
    expect(await send(setup, command)).toMatchObject({
      kind: 'waiting',
      error: { kind: 'unreachable' },
      holds: 'account',
    })
    expect(setup.rig.reports.at(-1)).toMatchObject({ session_state: 'connected' })
    await new Promise((resolve) => setTimeout(resolve, quickTiming.unreachableAfterMs + 50))
    await send(setup, command)
    expect(setup.rig.reports.at(-1)).toMatchObject({ state: 'warning', code: 'smtp.unreachable' })
    expect(port).toBeGreaterThan(0)
  })

  test('a server that offers no STARTTLS where it is wanted gets neither a password nor the mail', async () => {
    const logins: string[] = []
    const setup = await setUp({ login: (user) => logins.push(user) > 0 })
    const auth = { kind: 'password', password: 'secret' } as const
    const smtp = { host: '127.0.0.1', port: setup.sink.port, tls: 'starttls', user: setup.user, auth } as const
    await setup.rig.restart({ smtp })
    expect(await send(setup, commandFor(setup.user))).toMatchObject({ kind: 'waiting', error: { kind: 'unreachable' } })
    expect(setup.sink.connections()).toBe(1)
    expect([...logins, ...setup.sink.mails]).toEqual([])
  })

  test('a file that cannot be had keeps the mail back', async () => {
    const setup = await setUp({})
    const file = { filename: 'a.pdf', mime_type: 'application/pdf', size: 1, url: '/x' }
    const outcome = await send(setup, commandFor(setup.user, {}, { attachments: [file] }))
    expect(outcome).toMatchObject({ kind: 'waiting', error: { code: 'file.unreadable' }, holds: 'conversation' })
    expect(setup.sink.connections()).toBe(0)
  })

  test('a mailbox without a server for sending says so', async () => {
    const setup = await setUp({}, { smtp: null })
    expect(await send(setup, commandFor(setup.user))).toMatchObject({ kind: 'failed', error: { code: 'mail.no_smtp' } })
  })
})

function hashOf(bytes: ArrayBuffer): string {
  return createHash('sha256').update(new Uint8Array(bytes)).digest('hex')
}
