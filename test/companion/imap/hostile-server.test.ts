import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FakeImap, type FakeMail, openFakeImap } from './fake-imap.ts'
import {
  type MailboxRig,
  mailboxConfig,
  mailOf,
  openMailbox,
  subjectsOf,
  until,
  untilConnected,
  quickTiming,
} from './mailbox-rig.ts'

let server: FakeImap
let rig: MailboxRig

beforeEach(async () => {
  server = await openFakeImap()
  server.mails = [{ uid: 4, raw: mailOf('before us') }]
  rig = await openMailbox(mailboxConfig(server.port, { folders: [{ path: 'INBOX', role: 'inbox' }] }))
  await untilConnected(rig)
})
afterEach(async () => {
  await rig.close()
  await server.close()
})

function arrive(...mails: FakeMail[]): void {
  server.mails.push(...mails)
  server.announce()
}
const subjects = async () => subjectsOf(await rig.mails())
const standInOf = async (subject: string) =>
  (await rig.mails()).find(({ text }) => text.includes(`Subject: ${subject}`))

describe('a server that is broken or means harm', () => {
  test('whatever order it answers in, mails are taken in theirs', async () => {
    arrive({ uid: 5, raw: mailOf('five') }, { uid: 6, raw: mailOf('six') }, { uid: 9, raw: mailOf('nine') })
    await until('three', async () => (await rig.mails()).length === 3)
    expect(await subjects()).toEqual(['five', 'six', 'nine'])
  })

  test.each(['bomb', 'nest'] as const)(
    'one mail that cannot be read (%s) is there by its header, and those beside it whole',
    async (fault) => {
      arrive(
        { uid: 5, raw: mailOf('before it') },
        { uid: 6, raw: mailOf('poison'), fault: () => fault },
        { uid: 7, raw: mailOf('behind it') },
      )
      await until('all three', async () => (await rig.mails()).length === 3, 20_000)
      expect((await subjects()).toSorted()).toEqual(['before it', 'behind it', 'poison'])
      const text = (await standInOf('poison'))?.text ?? ''
      expect(text).toContain('multipart/mixed; boundary="=_stand-in')
      expect((await standInOf('behind it'))?.text).not.toContain('=_stand-in')
      expect(process.memoryUsage().rss).toBeLessThan(900 * 1024 * 1024)
    },
    30_000,
  )

  test.each(['refuse', 'withhold', 'hang_up'] as const)(
    'one mail that it does not hand over (%s) does not hold up those behind it for ever',
    async (fault) => {
      arrive({ uid: 5, raw: mailOf('stuck'), fault: () => fault }, { uid: 6, raw: mailOf('behind it') })
      await until('both', async () => (await rig.mails()).length === 2, 20_000)
      expect((await subjects()).toSorted()).toEqual(['behind it', 'stuck'])
    },
    30_000,
  )

  test('a mail that could not be fetched twice and then can is taken in whole', async () => {
    let failures = 2
    arrive({ uid: 5, raw: mailOf('late', { body: 'all of it' }), fault: () => (failures-- > 0 ? 'refuse' : null) })
    await until('the mail', async () => (await rig.mails()).length === 1, 20_000)
    expect((await rig.mails())[0]?.text).toContain('all of it')
    expect((await rig.mails())[0]?.text).not.toContain('=_stand-in')
    expect(rig.kept('trouble:INBOX:77')).toBeNull()
  })

  test.each(['refuse', 'withhold', 'hang_up'] as const)(
    'one that it does not hand over for a while (%s) comes whole, and those behind it before that, once each',
    async (fault) => {
      const timing = { ...quickTiming, syncEveryMs: 200, patienceMs: 60_000 }
      const config = mailboxConfig(server.port, { folders: [{ path: 'INBOX', role: 'inbox' }] })
      await rig.account.stop()
      const other = await openMailbox(config, { timing })
      await untilConnected(other)
      let isIll = true
      arrive(
        { uid: 5, raw: mailOf('late', { body: 'all of it' }), fault: () => (isIll ? fault : null) },
        { uid: 6, raw: mailOf('behind it') },
      )
      const names = async () => subjectsOf(await other.mails())
      await until('the one behind', async () => (await names()).includes('behind it'), 20_000)
      arrive({ uid: 7, raw: mailOf('later still') })
      await until('the next one', async () => (await names()).includes('later still'))
      // A new process and a lost disk begin before what is still owed.
      expect(other.account.checkpoint()).toContain('"next":5')
      await other.restart()
      isIll = false
      await until('the late one', async () => (await names()).includes('late'))
      expect(await names()).toEqual(['behind it', 'later still', 'late'])
      expect((await other.mails())[2]?.text).toContain('all of it')
      await until('the cursor', () => other.kept('cursor:INBOX')?.includes('"next":8') === true)
      expect(other.kept('trouble:INBOX:77')).toBeNull()
      expect(other.adds()).toBe(3)
      await other.close()
    },
    40_000,
  )

  test('a mailbox is well while it waits for a mail that is refused', async () => {
    const timing = { ...quickTiming, syncEveryMs: 100, patienceMs: 60_000, unreachableAfterMs: 1500 }
    const config = mailboxConfig(server.port, { folders: [{ path: 'INBOX', role: 'inbox' }] })
    const other = await openMailbox(config, { timing })
    await untilConnected(other)
    arrive({ uid: 5, raw: mailOf('refused'), fault: () => 'refuse' }, { uid: 6, raw: mailOf('behind it') })
    await until('the one behind', async () => (await other.mails()).length === 1)
    await new Promise((resolve) => setTimeout(resolve, timing.unreachableAfterMs + 300))
    expect(other.reports.map(({ session_state }) => session_state)).toEqual(['connected'])
    await other.close()
  })

  test('a fault that passes is hardly the fault of the mail', async () => {
    const config = mailboxConfig(server.port, { folders: [{ path: 'INBOX', role: 'inbox' }] })
    await rig.account.stop()
    const other = await openMailbox(config, { timing: { ...quickTiming, patienceMs: 0 } })
    await untilConnected(other)
    let failures = 6
    server.answer = (command) =>
      /^UID FETCH 5 .*BODY\.PEEK\[\]/.test(command) && failures-- > 0 ? 'TAG NO [UNAVAILABLE] busy\r\n' : null
    arrive({ uid: 5, raw: mailOf('busy', { body: 'all of it' }) })
    await until('the mail', async () => (await other.mails()).length === 1, 20_000)
    expect((await other.mails())[0]?.text).toContain('all of it')
    await other.close()
  })

  test('not even a header: a mail that nothing is known of is there all the same', async () => {
    arrive({ uid: 5, raw: mailOf('hidden') })
    server.answer = (command) => (/^UID FETCH 5 .*BODY/i.test(command) ? 'TAG NO broken\r\n' : null)
    await until('something', async () => (await rig.mails()).length === 1, 30_000)
    expect(await subjects()).toEqual(['A mail that could not be fetched'])
  }, 40_000)

  test('mail that it tells of and says nothing about is reported', async () => {
    server.answer = (command) => (command.startsWith('UID FETCH 5 ') ? 'TAG NO not today\r\n' : null)
    arrive({ uid: 5, raw: mailOf('kept back') })
    await until('the report', () => rig.reports.at(-1)?.code === 'imap.unreadable')
    expect(rig.reports.at(-1)).toMatchObject({ state: 'down', session_state: 'unreachable' })
    server.answer = () => null
    await until('the mail', async () => (await rig.mails()).length === 1)
    await untilConnected(rig)
  })

  test('a mail that it names and leaves out of its answer is asked for again, and comes whole', async () => {
    let times = 2
    arrive({ uid: 5, raw: mailOf('left out'), isLeftOut: () => times-- > 0 }, { uid: 6, raw: mailOf('behind it') })
    await until('both', async () => (await rig.mails()).length === 2)
    expect(await subjects()).toEqual(['left out', 'behind it'])
    expect((await standInOf('left out'))?.text).not.toContain('=_stand-in')
    expect(rig.kept('cursor:INBOX')).toContain('"next":7')
  })

  test('mails that it always leaves out are there all the same, and hold up nothing for ever', async () => {
    const isLeftOut = () => true
    arrive(
      { uid: 5, raw: mailOf('never seen'), isLeftOut },
      { uid: 6, raw: mailOf('nor this'), isLeftOut },
      { uid: 7, raw: mailOf('behind them') },
    )
    await until('three', async () => (await rig.mails()).length === 3, 20_000)
    const standIn = 'A mail that could not be fetched'
    expect(await subjects()).toEqual(['behind them', `${standIn} (77.5)`, `${standIn} (77.6)`])
    await untilConnected(rig)
    expect(rig.kept('left-out:INBOX:77')).toBeNull()
  }, 30_000)

  test('a mail that vanished before it was described is nothing to wait for', async () => {
    server.answer = (command) => {
      if (/^UID FETCH 5,6 .*RFC822\.SIZE/i.test(command)) server.mails = server.mails.filter(({ uid }) => uid !== 5)
      return null
    }
    arrive({ uid: 5, raw: mailOf('deleted at once') }, { uid: 6, raw: mailOf('stays') })
    await until('the other', async () => (await rig.mails()).length === 1)
    expect(await subjects()).toEqual(['stays'])
    expect(server.connections()).toBe(1)
  })

  test('a large mail that it leaves out when it is asked for its header is not passed over', async () => {
    let times = 2
    const isLeftOut = () => server.commands.at(-1)?.includes('BODYSTRUCTURE') === true && times-- > 0
    arrive({ uid: 5, raw: mailOf('large'), size: 30_000_000, isLeftOut }, { uid: 6, raw: mailOf('behind it') })
    await until('both', async () => (await rig.mails()).length === 2)
    expect(await subjects()).toEqual(['large', 'behind it'])
  })

  test('a mail that vanished before it was fetched is nothing to wait for', async () => {
    server.answer = (command) => {
      if (/^UID FETCH 5,6 .*BODY.PEEK\[\]/i.test(command)) server.mails = server.mails.filter(({ uid }) => uid !== 5)
      return null
    }
    arrive({ uid: 5, raw: mailOf('deleted at once') }, { uid: 6, raw: mailOf('stays') })
    await until('the other', async () => (await rig.mails()).length === 1)
    expect(await subjects()).toEqual(['stays'])
  })

  test('it is believed neither about mails nobody asked for nor about sizes', async () => {
    server.answer = (command) =>
      /^UID FETCH 5 .*BODY.PEEK\[\]/i.test(command)
        ? `* 1 FETCH (UID 4 BODY[] {5}\r\nolder)\r\n* 2 FETCH (UID 5 BODY[] {5}\r\nA: b\n)\r\nTAG OK\r\n`
        : null
    arrive({ uid: 5, raw: mailOf('x'), size: 1 })
    await until('one', async () => (await rig.mails()).length === 1)
    expect((await rig.mails()).map(({ key, text }) => [key, text])).toEqual([['imap:INBOX:77:5', 'A: b\n']])
  })

  test('the last mail is not taken again, though `n:*` always finds it', async () => {
    arrive({ uid: 5, raw: mailOf('five') })
    await until('one', async () => (await rig.mails()).length === 1)
    const before = server.commands.length
    await until(
      'three more looks',
      () => server.commands.slice(before).filter((one) => one.startsWith('UID SEARCH')).length >= 3,
    )
    expect(server.commands.filter((one) => /^UID FETCH .*BODY\.PEEK\[\]/.test(one))).toHaveLength(1)
    expect(rig.adds()).toBe(1)
  })

  test('what it forgets to announce is found all the same', async () => {
    const timing = { ...quickTiming, socketTimeoutMs: 60_000 }
    const config = mailboxConfig(server.port, { folders: [{ path: 'INBOX', role: 'inbox' }] })
    const other = await openMailbox(config, { timing })
    await untilConnected(other)
    server.mails.push({ uid: 5, raw: mailOf('not announced') })
    await until('the mail', async () => (await other.mails()).length === 1)
    expect(server.connections()).toBe(2)
    await other.close()
  })

  test('it is never told to change anything', async () => {
    arrive({ uid: 5, raw: mailOf('five') })
    await until('one', async () => (await rig.mails()).length === 1)
    await rig.account.stop()
    const verbs = new Set(
      server.commands.map((command) =>
        command
          .split(' ')
          .slice(0, command.startsWith('UID') ? 2 : 1)
          .join(' '),
      ),
    )
    expect([...verbs]).not.toContain('SELECT')
    for (const verb of ['STORE', 'UID STORE', 'EXPUNGE', 'COPY', 'MOVE', 'APPEND', 'DELETE'])
      expect(verbs).not.toContain(verb)
    expect(server.commands.filter((one) => /BODY\[/.test(one))).toEqual([])
  })

  test('a name of a folder cannot become another command', async () => {
    const path = 'INBOX\r\nA9 DELETE INBOX'
    const other = await openMailbox(mailboxConfig(server.port, { folders: [{ path, role: 'inbox' }] }))
    await until('the report', () => other.reports.length > 0)
    expect(server.commands.some((command) => command.startsWith('DELETE'))).toBe(false)
    await other.close()
  })

  test('gets no password where STARTTLS is wanted and it offers none', async () => {
    const config = mailboxConfig(server.port)
    const other = await openMailbox({ ...config, imap: { ...config.imap, tls: 'starttls' } })
    await until('the report', () => other.reports.at(-1)?.session_state === 'unreachable')
    expect(server.commands.filter((command) => /LOGIN|AUTHENTICATE/i.test(command))).toHaveLength(1)
    await other.close()
  })

  test.each(['UNAVAILABLE', 'INUSE', 'LIMIT', 'SERVERBUG', 'CONTACTADMIN'])(
    'a login that it cannot take right now [%s] is soon tried again, and no wrong password',
    async (code) => {
      let failures = 2
      server.answer = (command) =>
        command.startsWith('LOGIN') && failures-- > 0 ? `TAG NO [${code}] try again\r\n` : null
      // Held back as after a refusal, it would be an hour.
      const timing = { ...quickTiming, login: { firstMs: 3_600_000, mostMs: 3_600_000 } }
      const config = mailboxConfig(server.port, { folders: [{ path: 'INBOX', role: 'inbox' }] })
      const other = await openMailbox(config, { timing })
      await untilConnected(other)
      expect(failures).toBeLessThan(0)
      expect(other.reports.some(({ session_state }) => session_state === 'needs_login')).toBe(false)
      await other.close()
    },
  )

  test('a login that it refuses for any other reason is not tried again at once', async () => {
    server.answer = (command) => (command.startsWith('LOGIN') ? 'TAG NO [AUTHENTICATIONFAILED] no\r\n' : null)
    const other = await openMailbox(mailboxConfig(server.port))
    await until('the report', () => other.reports.at(-1)?.session_state === 'needs_login')
    // The first was of the mailbox that is open already.
    expect(server.commands.filter((command) => command.startsWith('LOGIN'))).toHaveLength(2)
    await other.close()
  })

  test('is left when an answer trickles without end', async () => {
    let drip: NodeJS.Timeout | undefined
    const timing = { ...quickTiming, stepMs: 700 }
    const config = mailboxConfig(server.port, { folders: [{ path: 'INBOX', role: 'inbox' }] })
    server.mails.push({ uid: 5, raw: mailOf('behind the drip') })
    const other = await openMailbox({ ...config, since: 0 }, { timing })
    const isFirst = (command: string) => drip === undefined && command.startsWith('UID SEARCH')
    server.answer = (command) => {
      if (!isFirst(command)) return null
      drip = setInterval(() => server.announce(), 100)
      return ''
    }
    await until('the mail', async () => (await other.mails()).length === 2)
    clearInterval(drip)
    await other.close()
  })

  test('ends within five seconds, whatever it is doing', async () => {
    server.answer = (command) => (command.startsWith('UID SEARCH') ? '' : null)
    server.announce()
    await until('a look', () => server.commands.at(-1)?.startsWith('UID SEARCH') === true)
    const startedAt = Date.now()
    await rig.account.stop()
    expect(Date.now() - startedAt).toBeLessThan(5000)
  })
})
