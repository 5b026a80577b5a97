import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { type MailDelivery, takeInMail } from '../../src/mail/take-in-mail.ts'
import { createChannel, freshNumber, operator, request } from '../worker/inbox.ts'
import { mailText, storedMails } from '../worker/mail.ts'
import { createTenant, rowsOf } from '../worker/tenant.ts'

const refusal = { outcome: 'refused', messageId: null, conversationId: null, seq: null, code: 'item.refused' }
const refusing = { idFromName: () => ({}), get: () => ({ receive: () => Promise.resolve([refusal]) }) }

async function mailbox() {
  const tenantId = await createTenant()
  const to = `office${freshNumber()}@slovo.example`
  await createChannel(tenantId, 'email', { externalId: to })
  return { tenantId, to }
}

/** A mail that could not be stored, once more by the operator's hand. */
async function refuseAndReplay(
  { tenantId, to }: { tenantId: string; to: string },
  raw: string,
  how: Pick<MailDelivery, 'source' | 'direction' | 'authservId'>,
) {
  const envelope = { envelope_from: '', envelope_to: to }
  const delivery = { envelope, raw: new TextEncoder().encode(raw), receivedAt: Date.now(), ...how }
  const broken = { ...env, HUB: refusing as unknown as Env['HUB'] }
  expect(await takeInMail(broken, delivery)).toMatchObject({ kind: 'refused', reason: 'item.refused' })
  const [kept] = await rowsOf<{ id: string }>('select id from quarantine where tenant_id = ?1', tenantId)
  const path = `/api/v1/admin/tenants/${tenantId}/quarantine/${kept?.id}/replay`
  expect((await request(path, { method: 'POST', headers: operator })).body).toMatchObject({ outcome: 'stored' })
  return (await storedMails(tenantId))[0]
}

describe('a mail that was refused, once more', () => {
  it('from a folder of sent mail is ours still, and of the customer it went to', async () => {
    const one = await mailbox()
    const sent = mailText({ from: one.to, to: 'olena@client.example' })
    const mail = await refuseAndReplay(one, sent, { source: 'api', direction: 'outbound', authservId: null })
    expect(mail).toMatchObject({ direction: 'outbound', counts_unread: 0 })
    const rows = await rowsOf('select external_id from conversations where tenant_id = ?1', one.tenantId)
    expect(rows).toEqual([{ external_id: 'olena@client.example' }])
  })

  it.each<[string, Pick<MailDelivery, 'source' | 'authservId'>, string, string]>([
    ['nobody where nobody was to be', { source: 'api', authservId: null }, 'mx.cloudflare.net', 'none'],
    ['the server that was named', { source: 'api', authservId: 'mx.client.example' }, 'mx.client.example', 'pass'],
    ['the platform where it brought the mail', { source: 'routing' }, 'mx.cloudflare.net', 'pass'],
  ])('believes %s', async (_, how, server, dmarc) => {
    const headers = { 'Authentication-Results': `${server}; dmarc=pass header.from=client.example` }
    const mail = await refuseAndReplay(await mailbox(), mailText({ headers }), how)
    expect(JSON.parse(mail?.details ?? '{}')).toMatchObject({ auth: { dmarc } })
    expect(mail?.direction).toBe('inbound')
  })
})
