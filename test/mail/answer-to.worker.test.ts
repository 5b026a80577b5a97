import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { makeReplyToken } from '../../src/channels/email/reply-token.ts'
import { createChannel, freshNumber } from '../worker/inbox.ts'
import { deliverMail, mailText, storedMails } from '../worker/mail.ts'
import { createTenant, rowsOf } from '../worker/tenant.ts'

const olena = 'olena@client.example'

async function mailbox(tenantId?: string) {
  const owner = tenantId ?? (await createTenant())
  const to = `office${freshNumber()}@slovo.example`
  const { id: channelId } = await createChannel(owner, 'email', { externalId: to })
  return { tenantId: owner, channelId, to }
}

type Fields = Parameters<typeof mailText>[0]
const form = ({ headers, ...fields }: Fields = {}) =>
  mailText({
    from: 'WordPress <wordpress@slovo.example>',
    ...fields,
    headers: { 'Reply-To': `Olena <${olena}>`, ...headers },
  })

const customersOf = (tenantId: string) =>
  rowsOf<{ id: string; client_name: string; external_id: string }>(
    `select id, client_name, external_id from conversations where tenant_id = ?1 order by created_at, id`,
    tenantId,
  )
const lastOf = async (tenantId: string) => {
  const mail = (await storedMails(tenantId)).at(-1)
  return { ...mail, details: JSON.parse(mail?.details ?? '{}') as Record<string, unknown> }
}

describe('a form on a web site', () => {
  it('is of the customer it names, and says where its answers go', async () => {
    const { tenantId, to } = await mailbox()
    await deliverMail(form(), { to })
    expect(await customersOf(tenantId)).toMatchObject([{ client_name: 'Olena', external_id: olena }])
    expect(await lastOf(tenantId)).toMatchObject({
      counts_unread: 1,
      details: {
        from: { address: 'wordpress@slovo.example' },
        reply_to: [{ address: olena, name: 'Olena' }],
        answer_to: { address: olena, name: 'Olena' },
      },
    })
  })

  it('begins a conversation in which the customer then goes on', async () => {
    const { tenantId, channelId, to } = await mailbox()
    await deliverMail(form(), { to })
    const { conversation_id: conversationId = '' } = await lastOf(tenantId)
    const replyToken = await makeReplyToken(env.AUTH_SECRET, { channelId, conversationId })
    await deliverMail(mailText({ from: olena }), { to: to.replace('@', `+${replyToken}@`) })
    const answer = await lastOf(tenantId)
    expect(answer.conversation_id).toBe(conversationId)
    expect(answer.details).not.toHaveProperty('warnings')
    expect(answer.details).not.toHaveProperty('answer_to')
  })

  it('says nothing in a conversation that is there, whatever it names', async () => {
    const { tenantId, channelId, to } = await mailbox()
    const id = `${freshNumber()}@client.example`
    await deliverMail(mailText({ id, from: olena }), { to })
    const { conversation_id: conversationId = '' } = await lastOf(tenantId)
    const replyToken = await makeReplyToken(env.AUTH_SECRET, { channelId, conversationId })
    await deliverMail(form({ headers: { 'In-Reply-To': `<${id}>`, References: `<${id}>` } }), { to })
    await deliverMail(form(), { to: to.replace('@', `+${replyToken}@`) })
    await deliverMail(form({ subject: 'Re: A question' }), { to })
    await deliverMail(form({ headers: { References: '<unknown@client.example>' } }), { to })
    await deliverMail(form({ headers: { References: '<unknown@client.example>' } }), { to })
    const threads = (await storedMails(tenantId)).map((mail) => mail.conversation_id)
    expect(new Set(threads).size).toBe(6)
  })

  it('begins one of its own also where its sender has one', async () => {
    const { tenantId, to } = await mailbox()
    const id = `${freshNumber()}@slovo.example`
    const sender = 'no-reply@forms.example'
    await deliverMail(mailText({ id, from: sender }), { to })
    await deliverMail(form({ from: sender, headers: { 'In-Reply-To': `<${id}>` } }), { to })
    await deliverMail(form({ from: sender, subject: 'Re: A question' }), { to })
    const customers = (await customersOf(tenantId)).map((row) => row.external_id)
    expect(customers.toSorted()).toEqual([sender, olena, olena])
  })

  it('is of its sender where that failed its check, and where it names ourselves', async () => {
    const { tenantId, to } = await mailbox()
    const { to: other } = await mailbox(tenantId)
    const failed = { 'Authentication-Results': 'mx.cloudflare.net; dmarc=fail header.from=slovo.example' }
    const from = 'no-reply@forms.example'
    await deliverMail(form({ from, headers: failed }), { to })
    await deliverMail(form({ from, headers: { 'Reply-To': to } }), { to })
    await deliverMail(form({ from, headers: { 'Reply-To': other.replace('@', '+x@') } }), { to })
    expect((await customersOf(tenantId)).map((row) => row.external_id)).toEqual([from, from, from])
    expect((await lastOf(tenantId)).details).not.toHaveProperty('answer_to')
  })

  it('may name whoever is a mailbox of another tenant', async () => {
    const [{ tenantId, to }, { to: foreign }] = [await mailbox(), await mailbox()]
    await deliverMail(form({ from: 'no-reply@forms.example', headers: { 'Reply-To': foreign } }), { to })
    expect(await customersOf(tenantId)).toMatchObject([{ external_id: foreign }])
  })
})

describe('a mail of a person who wants the answer elsewhere', () => {
  it('is of its sender, and in the thread that it answers', async () => {
    const { tenantId, to } = await mailbox()
    const id = `${freshNumber()}@client.example`
    const headers = { 'Reply-To': 'olena@work.example' }
    await deliverMail(mailText({ id, from: olena, headers }), { to })
    await deliverMail(mailText({ from: olena, headers: { ...headers, References: `<${id}>` } }), { to })
    expect(await customersOf(tenantId)).toMatchObject([{ external_id: olena }])
    expect(await storedMails(tenantId)).toHaveLength(2)
  })
})
