import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { prepareCompanion } from '../companion-process.ts'
import { startFakeWorker } from '../fake-worker.ts'
import { hasDovecot, startDovecot } from '../imap/dovecot.ts'
import { until } from '../imap/mailbox-rig.ts'
import { mailCommand } from './commands.ts'
import { openSink } from './smtp-sink.ts'

const isFull = process.env['FULL'] === '1'
const kills = isFull ? 20 : 6
const count = isFull ? 200 : 40
const conversations = 5
const user = 'office@example.com'
const account = `email:${user}`

describe.skipIf(!hasDovecot)('a companion that is killed while it sends', () => {
  test(`sends ${count} answers once each and in order, under ${kills} kill -9 between a mail and its answer or anywhere else`, async () => {
    const worker = await startFakeWorker({ faults: { before: 0.1, after: 0.1 } })
    const dovecot = await startDovecot({ users: { [user]: 'secret' } })
    const sink = await openSink()
    // As a provider does that keeps what it sends: the copy is there before the answer is.
    let killsLeft = kills / 2
    sink.rules.onTaken = async ({ raw }) => {
      await dovecot.save(user, 'Sent', raw)
      if (killsLeft < 1 || Math.random() > 0.3) return
      killsLeft -= 1
      await killOnce()
    }
    const server = { host: '127.0.0.1', tls: 'none' }
    const companion = prepareCompanion(worker, {
      main: 'test/companion/imap/quick-main.ts',
      accounts: [
        {
          platform: 'email',
          external_id: user,
          imap: { ...server, port: dovecot.imapPort },
          smtp: { ...server, port: sink.port },
          auth: { password: 'secret' },
          folders: [
            { path: 'INBOX', role: 'inbox' },
            { path: 'Sent', role: 'sent' },
          ],
        },
      ],
    })
    // Both places kill; a process that was started twice would lock itself out.
    let last = Promise.resolve()
    const killOnce = () => {
      last = last.then(async () => {
        await companion.kill()
        companion.start()
      })
      return last
    }
    try {
      companion.start()
      for (let number = 0; number < count; number++) {
        const { id, mail } = mailCommand({ subject: `answer ${number}` })
        const to = `customer${number % conversations}@customer.example`
        worker.commands.add(account, { id, to, content: '', mail: mail && { ...mail, to } })
      }
      for (let kill = 0; kill < kills / 2; kill++) {
        await sleep(300 + 900 * Math.random())
        await killOnce()
      }
      await until('all results', () => worker.commands.ended.size === count, 180_000)
      const ids = sink.mails.map(({ raw }) => /^Message-ID: <(.*)>/m.exec(raw)?.[1] ?? '')
      expect(ids).toHaveLength(new Set(ids).size)
      expect(
        [...worker.commands.ended.values()]
          .map((outcome) => (outcome.kind === 'sent' ? outcome.external_id : ''))
          .toSorted(),
      ).toEqual(ids.toSorted())
      for (let conversation = 0; conversation < conversations; conversation++) {
        const numbers = sink.mails
          .filter(({ to }) => to[0] === `customer${conversation}@customer.example`)
          .map(({ raw }) => Number(/^Subject: answer (\d+)/m.exec(raw)?.[1]))
        expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
      }
      // What we sent ourselves is no news to the Worker.
      expect(worker.stored).toEqual([])
    } finally {
      await companion.remove()
      await sink.close()
      await worker.close()
      await dovecot.remove()
    }
  }, 300_000)
})
