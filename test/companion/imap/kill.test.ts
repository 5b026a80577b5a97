import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { prepareCompanion } from '../companion-process.ts'
import { type FakeWorker, startFakeWorker } from '../fake-worker.ts'
import { hasDovecot, startDovecot } from './dovecot.ts'
import { mailOf, until } from './mailbox-rig.ts'

const isFull = process.env['FULL'] === '1'
const kills = isFull ? 10 : 4
const perFolder = isFull ? 45 : 30
const user = 'office@example.com'

const subjectsAt = ({ stored }: FakeWorker) =>
  stored.map(({ mail }) => /^Subject: (.*?)\r?$/m.exec(mail?.raw.toString('latin1') ?? '')?.[1] ?? '')

describe.skipIf(!hasDovecot)('a companion that is killed', () => {
  test(`brings ${kills * perFolder * 2} mails of two folders once each, under ${kills} kill -9, a change of all numbers and a Worker that fails`, async () => {
    const worker = await startFakeWorker({ faults: { before: 0.15, after: 0.1 } })
    const dovecot = await startDovecot({ users: { [user]: 'secret' } })
    const companion = prepareCompanion(worker, {
      accounts: [
        {
          platform: 'email',
          external_id: user,
          imap: { host: '127.0.0.1', port: dovecot.imapPort, tls: 'none' },
          auth: { password: 'secret' },
          folders: [
            { path: 'INBOX', role: 'inbox' },
            { path: 'Work', role: 'inbox' },
          ],
        },
      ],
    })
    try {
      await dovecot.doveadm('mailbox', 'create', '-u', user, 'Work')
      await dovecot.deliver(user, [mailOf('before us')])
      companion.start()
      await until('connected', () => worker.states.some(({ session_state }) => session_state === 'connected'), 60_000)
      const expected: string[] = []
      for (let round = 0; round < kills; round++) {
        const names = Array.from({ length: perFolder * 2 }, (_, number) => `${round}-${number}`)
        expected.push(...names)
        // Every seventh has no Message-ID.
        const mails = names.map((name, at) => mailOf(name, at % 7 === 0 ? { id: null, body: `Text of ${name}` } : {}))
        const delivering = Promise.all([
          dovecot.deliver(user, mails.slice(0, perFolder)),
          saveAll(mails.slice(perFolder), (mail) => dovecot.save(user, 'Work', mail)),
        ])
        await sleep(200 + 800 * Math.random())
        await companion.kill()
        if (round === kills - 2) {
          await delivering
          await dovecot.renumber(user, 'INBOX')
        }
        companion.start()
        await delivering
      }
      await until('all of them', () => worker.stored.length >= expected.length, 120_000)
      await sleep(1000)
      expect(subjectsAt(worker).toSorted()).toEqual(expected.toSorted())
      // The Worker knows a copy again; here none was even sent under another name.
      const posts = worker.calls.filter(({ path }) => path === '/api/v1/communications/inbound-email')
      expect(new Set(posts.map(({ key }) => key)).size).toBe(expected.length)
      expect(await companion.stop()).toBe(0)
    } finally {
      await companion.remove()
      await worker.close()
      await dovecot.remove()
    }
  }, 300_000)
})

async function saveAll(mails: readonly string[], save: (mail: string) => Promise<void>): Promise<void> {
  for (const mail of mails) await save(mail)
}
