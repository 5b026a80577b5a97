import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { onEmail } from '../../src/jobs/email.ts'
import { createChannel, freshNumber } from '../worker/inbox.ts'
import { deliverMail, mailText, objectsOf, storedMails } from '../worker/mail.ts'
import { countOf, createTenant, failingDatabase, rowsOf } from '../worker/tenant.ts'

async function mailbox() {
  const tenantId = await createTenant()
  const to = `office${freshNumber()}@slovo.example`
  await createChannel(tenantId, 'email', { externalId: to })
  return { tenantId, to }
}

const detailsOf = (mail: { details: string } | undefined) =>
  JSON.parse(mail?.details ?? '{}') as Record<string, unknown>

describe('a mail larger than the platform takes', () => {
  it.each([
    ['as its size is said', 26_214_401, 'x'],
    ['whatever is said of its size', 10, 'x'.repeat(26_214_401)],
  ])('is refused for good, %s, and nothing of it is kept', async (_, rawSize, text) => {
    const { tenantId, to } = await mailbox()
    const refusals: string[] = []
    const raw = new Blob([text]).stream()
    await onEmail({ from: 'a@b.example', to, raw, rawSize, setReject: (reason) => void refusals.push(reason) }, env)
    expect(refusals).toEqual(['This mail is too large.'])
    expect([await countOf('messages', tenantId), await objectsOf(tenantId)]).toEqual([0, []])
  })
})

describe('a mail that lacks what every mail has', () => {
  it('is shown under the sender of its envelope, at the time it came, and is one however often it comes', async () => {
    const { tenantId, to } = await mailbox()
    const startedAt = Date.now()
    const raw = 'Subject: Help\r\nDate: Mon, 5 Jan 9999 10:00:00 +0000\r\n\r\nNobody says who I am\r\n'
    for (let time = 0; time < 3; time++) await deliverMail(raw, { to, from: 'olena@client.example' })
    const [mail, ...others] = await storedMails(tenantId)
    expect(others).toEqual([])
    expect(mail).toMatchObject({ content: 'Nobody says who I am', counts_unread: 1 })
    expect(detailsOf(mail)).toMatchObject({ from: null, warnings: ['no_sender'] })
    const rows = await rowsOf<{ external_id: string; last_message_at: number }>(
      'select external_id, last_message_at from conversations where tenant_id = ?1',
      tenantId,
    )
    expect(rows.map((row) => row.external_id)).toEqual(['olena@client.example'])
    expect(rows[0]?.last_message_at).toBeGreaterThanOrEqual(startedAt)
    expect(rows[0]?.last_message_at).toBeLessThanOrEqual(Date.now())
  })

  it('with nothing in it at all is a message of an unknown sender', async () => {
    const { tenantId, to } = await mailbox()
    await deliverMail('', { to, from: '' })
    const rows = await rowsOf('select external_id from conversations where tenant_id = ?1', tenantId)
    expect(rows).toEqual([{ external_id: 'unknown' }])
    expect(await storedMails(tenantId)).toHaveLength(1)
  })
})

describe('when the database fails where the hub commits', () => {
  it.each(['before', 'after'] as const)(
    '%s the commit: the sender hears of it, and one message is stored',
    async (when) => {
      const { tenantId, to } = await mailbox()
      await runInDurableObject(env.HUB.get(env.HUB.idFromName(`tenant:${tenantId}`)), (hub) => {
        const own = hub as unknown as { env: Env }
        own.env = { ...own.env, DB: failingDatabase(own.env.DB, (batch) => (batch === 1 ? when : null)) }
      })
      const raw = mailText({})
      await expect(deliverMail(raw, { to })).rejects.toThrow('cannot be reached')
      await deliverMail(raw, { to })
      expect(await countOf('messages', tenantId)).toBe(1)
      const events = await rowsOf(
        `select seq from journal_events where tenant_id = ?1 and type = 'new_message'`,
        tenantId,
      )
      expect(events).toHaveLength(1)
    },
  )
})

describe('a mail that names no other and calls itself an answer', () => {
  const answer = (fields: Parameters<typeof mailText>[0] = {}) => mailText({ subject: 'AW: Price list', ...fields })
  const begin = async () => {
    const one = await mailbox()
    await deliverMail(mailText({ subject: 'Price  List' }), { to: one.to })
    return { ...one, conversationId: (await storedMails(one.tenantId))[0]?.conversation_id }
  }
  const placeOfLast = async (tenantId: string) => (await storedMails(tenantId)).at(-1)

  it('goes by its subject, within a week', async () => {
    const { tenantId, to, conversationId } = await begin()
    await deliverMail(answer(), { to })
    expect((await placeOfLast(tenantId))?.conversation_id).toBe(conversationId)
    await env.DB.prepare('update conversations set last_message_at = ?1 where tenant_id = ?2')
      .bind(Date.now() - 8 * 86_400_000, tenantId)
      .run()
    await deliverMail(answer({ text: 'Much later' }), { to })
    expect((await placeOfLast(tenantId))?.conversation_id).not.toBe(conversationId)
  })

  it.each<[string, Parameters<typeof mailText>[0]]>([
    ['of somebody else', { from: 'other@client.example' }],
    ['under another subject', { subject: 'Re: Prices' }],
    ['that is passed on', { subject: 'Fwd: Price list' }],
    ['that does not say that it answers', { subject: 'Price list' }],
    ['whose sender did not pass', { headers: { 'Authentication-Results': 'mx.cloudflare.net; dmarc=fail' } }],
  ])('is a matter of its own, without a warning: one %s', async (_, fields) => {
    const { tenantId, to, conversationId } = await begin()
    await deliverMail(answer(fields), { to })
    const mail = await placeOfLast(tenantId)
    expect(mail?.conversation_id).not.toBe(conversationId)
    expect(detailsOf(mail)).not.toHaveProperty('warnings')
  })
})
