import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { log } from '../../src/lib/log.ts'
import { createChannel } from '../worker/inbox.ts'
import { deliverMail, storedMails } from '../worker/mail.ts'
import { countOf, createTenant, rowsOf } from '../worker/tenant.ts'

// Mails that nobody here wrote, through the real entrance: the hub, the database and the bucket are those of production.

const names = await (await env.REAL_MAILS.fetch('http://mails/')).json<string[]>()
if (names.length === 0) log('warn', 'tests.no_real_mails')

async function readMail(name: string): Promise<Uint8Array> {
  return new Uint8Array(await (await env.REAL_MAILS.fetch(`http://mails/${encodeURIComponent(name)}`)).arrayBuffer())
}

it.skipIf(names.length === 0)(
  'every real mail is stored once however often it comes; none is lost or refused',
  async () => {
    const tenantId = await createTenant()
    // A mailbox for each: several of them are variants of one mail, which are the same to us.
    const mailboxOf = (at: number) => `real${at}@slovo.example`
    for (const at of names.keys()) await createChannel(tenantId, 'email', { externalId: mailboxOf(at) })
    for (const [at, name] of names.entries()) {
      const raw = await readMail(name)
      expect([name, (await deliverMail(raw, { to: mailboxOf(at) })).refusal]).toEqual([name, null])
    }
    const stored = await storedMails(tenantId)
    expect(stored.map(({ details }) => (JSON.parse(details) as { mailbox: string }).mailbox).toSorted()).toEqual(
      [...names.keys()].map(mailboxOf).toSorted(),
    )
    expect(await rowsOf(`select id from quarantine where tenant_id in (?1, '')`, tenantId)).toEqual([])
    const events = await countOf('journal_events', tenantId)
    for (const [at, name] of names.entries()) await deliverMail(await readMail(name), { to: mailboxOf(at) })
    expect(await countOf('messages', tenantId)).toBe(names.length)
    expect(await countOf('journal_events', tenantId)).toBe(events)
    log('info', 'tests.real_mails', { mails: names.length, stored: stored.length })
  },
  120_000,
)
