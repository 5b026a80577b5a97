import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { jobDepsOf } from '../../src/jobs/entrances.ts'
import { handleMailEvents } from '../../src/jobs/mail-events.ts'
import { runJob } from '../../src/jobs/run-job.ts'
import { loadConfig } from '../../src/lib/config.ts'
import { seal } from '../../src/lib/seal.ts'
import { type ErrorAnswer, bearer, createChannel, createUserToken, freshNumber, request } from '../worker/inbox.ts'
import { deliverMail, mailText, storedMails } from '../worker/mail.ts'
import { createFakeRelay, relayError } from '../worker/mail-relay.ts'
import { createTenant, rowsOf } from '../worker/tenant.ts'

type Fields = { credentials?: Record<string, string>; name?: string }

async function world({ credentials = {}, name }: Fields = {}) {
  const tenantId = await createTenant()
  const to = name ?? `o${freshNumber().slice(-6)}@slovo.example`
  const channel = await createChannel(tenantId, 'email', { externalId: to })
  const sealed = await seal(loadConfig(env).encryptionKeys, JSON.stringify(credentials), {
    tenantId,
    kind: 'channel_credentials',
    rowId: channel.id,
  })
  await env.DB.prepare('update channels set sealed_credentials = ?1 where id = ?2').bind(sealed, channel.id).run()
  const relay = createFakeRelay()
  const headers = { ...bearer(await createUserToken(tenantId)), 'content-type': 'application/json' }
  const deps = { ...jobDepsOf({ ...env, MAIL: relay.binding }) }
  return {
    tenantId,
    to,
    channelId: channel.id,
    relay,
    deps,
    async answer(conversationId: string, body: Record<string, unknown> = {}) {
      const json = { client_message_id: crypto.randomUUID(), content: 'Our answer', ...body }
      const path = `/api/v1/communications/conversations/${conversationId}/messages`
      // The queue must not send it with another relay.
      const quiet = { ...env, JOBS: { sendBatch: async () => {} } as unknown as Queue }
      return request<Partial<ErrorAnswer>>(path, { method: 'POST', headers, body: JSON.stringify(json) }, quiet)
    },
    async runJobs() {
      const jobs = await rowsOf<{ id: string }>(
        `select id from jobs where tenant_id = ?1 and state = 'due' order by seq`,
        tenantId,
      )
      for (const { id } of jobs) await runJob(deps, tenantId, id)
    },
    mails: () => storedMails(tenantId),
  }
}

async function withMail(fields: Fields & Parameters<typeof mailText>[0] = {}) {
  const made = await world(fields)
  const id = `${freshNumber()}@client.example`
  await deliverMail(mailText({ id, ...fields }), { to: made.to.replace('*', 'anybody') })
  const conversationId = (await made.mails())[0]?.conversation_id ?? ''
  return { ...made, id, conversationId }
}

/** The hub rings the real queue as well, whose consumer has the local relay: the row says who was first. */
const settled = async (one: Awaited<ReturnType<typeof withMail>>) => {
  await one.runJobs()
  return (await one.mails()).at(-1)
}

describe('an answer', () => {
  it('goes to the customer in both forms, in its thread, with the way back', async () => {
    const one = await withMail({ credentials: { signature: 'Slovo Bureau' }, subject: 'Price?' })
    expect((await one.answer(one.conversationId, { content: 'It is <b>5</b> €' })).status).toBe(202)
    const message = await settled(one)
    expect(one.relay.sent).toHaveLength(1)
    const [mail] = one.relay.sent
    expect(mail).toMatchObject({
      to: 'olena@client.example',
      subject: 'Re: Price?',
      text: 'It is <b>5</b> €\n\n-- \nSlovo Bureau',
      html: expect.stringContaining('&lt;b&gt;5&lt;/b&gt;'),
      from: { email: one.to, name: 'A channel' },
      headers: {
        'In-Reply-To': `<${one.id}>`,
        References: expect.stringContaining(`<${one.id}>`),
        'X-Edge-Inbox-Loop': '1',
      },
      replyTo: expect.stringMatching(/^o\d+\+r[a-z2-7]{42}@slovo\.example$/),
    })
    expect(mail?.headers).not.toHaveProperty('Auto-Submitted')
    expect(message).toMatchObject({ status: 'sent', external_id: expect.stringMatching(/^sent-1-/) })
  })

  it('brings the customer back into the conversation by its id alone, and by its token alone', async () => {
    const one = await withMail()
    await one.answer(one.conversationId)
    const sent = await settled(one)
    await deliverMail(mailText({ subject: 'x', headers: { 'In-Reply-To': `<${sent?.external_id}>` } }), { to: one.to })
    await deliverMail(mailText({ subject: 'y' }), { to: one.relay.sent[0]?.replyTo ?? '' })
    const mails = await one.mails()
    expect(mails.map((mail) => mail.conversation_id)).toEqual(Array.from({ length: 4 }, () => one.conversationId))
  })

  it('brings whoever got a copy of it into the conversation, and nobody else', async () => {
    const one = await withMail()
    await one.answer(one.conversationId, { email: { cc: ['Boss@Client.example'], bcc: ['secret@client.example'] } })
    const named = { 'In-Reply-To': `<${(await settled(one))?.external_id}>` }
    await deliverMail(mailText({ from: 'The Boss <boss@client.example>', headers: named }), { to: one.to })
    await deliverMail(mailText({ from: 'clerk@client.example', headers: named }), { to: one.to })
    const [, , boss, clerk] = await one.mails()
    expect(boss).toMatchObject({ conversation_id: one.conversationId, counts_unread: 1 })
    expect(boss?.details).not.toContain('warnings')
    expect(clerk?.conversation_id).not.toBe(one.conversationId)
    expect(clerk?.details).toContain('sender_mismatch')
  })

  it('brings the customer back by the id of an earlier attempt, too', async () => {
    const one = await withMail()
    await one.answer(one.conversationId)
    const first = await settled(one)
    await deliverMail(bounceOf(first?.external_id ?? '', 'olena@client.example'), { to: one.to, from: '' })
    const headers = bearer(await createUserToken(one.tenantId))
    const quiet = { ...env, JOBS: { sendBatch: async () => {} } as unknown as Queue }
    const path = `/api/v1/communications/messages/${first?.id}/retry`
    expect((await request(path, { method: 'POST', headers }, quiet)).status).toBeLessThan(300)
    await one.runJobs()
    const sent = (await one.mails()).find(({ direction }) => direction === 'outbound')
    expect([one.relay.sent.length, sent?.status]).toEqual([2, 'sent'])
    expect(sent?.external_id).not.toBe(first?.external_id)
    await deliverMail(mailText({ subject: 'x', headers: { References: `<${first?.external_id}>` } }), { to: one.to })
    expect((await one.mails()).at(-1)).toMatchObject({ direction: 'inbound', conversation_id: one.conversationId })
  })

  it('takes a subject, copies and a file; without tokens where the operator wants none', async () => {
    const one = await withMail({ credentials: { reply_token: 'off' } })
    const upload = await request<{ upload_id: string }>('/api/v1/communications/uploads', {
      method: 'POST',
      headers: {
        ...bearer(await createUserToken(one.tenantId)),
        'content-type': 'application/pdf',
        'content-length': '4',
      },
      body: 'PDF!',
    })
    const email = { subject: 'Offer', cc: ['Boss@Client.example'], bcc: ['us@slovo.example'] }
    const attachments = [{ upload_id: upload.body.upload_id, filename: 'offer.pdf' }]
    expect((await one.answer(one.conversationId, { email, attachments })).status).toBe(202)
    await one.runJobs()
    const [mail] = one.relay.sent
    expect(mail).toMatchObject({ subject: 'Offer', cc: ['Boss@client.example'], bcc: ['us@slovo.example'] })
    expect(mail).not.toHaveProperty('replyTo')
    expect(mail?.attachments).toMatchObject([
      { filename: 'offer.pdf', type: 'application/pdf', disposition: 'attachment' },
    ])
    expect(new TextDecoder().decode(mail?.attachments[0]?.content)).toBe('PDF!')
  })

  it('of a catch-all comes from the address that was written to', async () => {
    const one = await withMail({ name: `*@d${freshNumber()}.example` })
    await one.answer(one.conversationId)
    await one.runJobs()
    expect(one.relay.sent[0]?.from).toMatchObject({ email: one.to.replace('*', 'anybody') })
  })

  it.each([
    ['mail.bad_subject', { email: { subject: 'Hi\r\nBcc: thief@evil.example' } }],
    ['mail.bad_address', { email: { cc: ['a@b.example, thief@evil.example'] } }],
    ['mail.bad_address', { email: { bcc: ['"a@b.example x"@c.example'] } }],
  ])('is refused with %s before anything is stored', async (code, body) => {
    const one = await withMail()
    const { status, body: answer } = await one.answer(one.conversationId, body)
    expect([status, answer.error?.code]).toEqual([422, code])
    expect(await one.mails()).toHaveLength(1)
  })

  it('is the last of five within ten minutes', async () => {
    const one = await withMail()
    for (let count = 0; count < 5; count++) expect((await one.answer(one.conversationId)).status).toBe(202)
    const { status, body } = await one.answer(one.conversationId)
    expect([status, body.error?.code]).toEqual([429, 'mail.too_many'])
  })

  it.each([
    ['E_RECIPIENT_SUPPRESSED', 'failed', 'recipient'],
    ['E_SENDER_NOT_VERIFIED', 'failed', 'permission'],
    ['E_HEADER_VALUE_INVALID', 'failed', 'content'],
    ['E_RATE_LIMIT_EXCEEDED', 'queued', undefined],
    ['E_INTERNAL_SERVER_ERROR', 'unknown', 'unreachable'],
  ])('that the relay answers with %s is %s', async (code, status, kind) => {
    const one = await withMail()
    await one.answer(one.conversationId)
    one.relay.failures.push(relayError(code))
    await one.runJobs()
    const [row] = await rowsOf<{ status: string; error: string | null }>(
      `select status, error from messages where tenant_id = ?1 and direction = 'outbound'`,
      one.tenantId,
    )
    expect(row?.status).toBe(status)
    expect((JSON.parse(row?.error ?? 'null') as { kind?: string } | null)?.kind).toBe(kind)
  })
})

describe('what became of an answer', () => {
  const event = (type: string, one: { to: string }, messageId: string, recipient = 'Olena@client.example') => ({
    type: `cf.email.sending.message.${type}`,
    source: { type: 'email.sending', domain: 'slovo.example' },
    payload: {
      messageId,
      sender: one.to,
      recipient,
      delivery: { smtpEnhancedStatusCode: '5.1.1', smtpResponse: '550 5.1.1 no such user' },
    },
    metadata: { eventTimestamp: new Date().toISOString() },
  })
  const batchOf = (bodies: unknown[]) => {
    const outcomes: string[] = []
    const messages = bodies.map((body, at) => ({
      ...{ id: String(at), body, attempts: 1, timestamp: new Date() },
      ack: () => outcomes.push('ack'),
      retry: () => outcomes.push('retry'),
    }))
    return { batch: { queue: 'edge-inbox-mail-events', messages } as unknown as MessageBatch, outcomes }
  }

  it('is told by the events of the platform, and by nothing else that comes that way', async () => {
    const one = await withMail()
    await one.answer(one.conversationId)
    const id = `<${(await settled(one))?.external_id}>`
    const statusAfter = async (...bodies: unknown[]) => {
      const { batch, outcomes } = batchOf(bodies)
      await handleMailEvents(batch, one.deps)
      expect(outcomes).toEqual(bodies.map(() => 'ack'))
      return (await one.mails()).at(-1)?.status
    }
    const unknown = event('bounced', { to: 'nobody@elsewhere.example' }, id)
    expect(await statusAfter(null, 'x', { type: 5 }, event('deferred', one, id), unknown)).toBe('sent')
    const copy = 'copy@client.example'
    expect(await statusAfter(event('delivered', one, id, copy), event('bounced', one, id, copy))).toBe('sent')
    expect(await statusAfter(event('delivered', one, id), event('delivered', one, id))).toBe('delivered')
    expect(await statusAfter(event('bounced', one, id))).toBe('failed')
  })

  it('is told by a bounce, which shows as a line of its own and is not unread', async () => {
    const one = await withMail()
    await one.answer(one.conversationId)
    const id = (await settled(one))?.external_id ?? ''
    await deliverMail(bounceOf(id, 'olena@client.example'), { to: one.to, from: '' })
    const mails = await one.mails()
    expect(mails.map(({ type, status, counts_unread }) => [type, status, counts_unread])).toEqual([
      ['text', 'sent', 1],
      ['text', 'failed', 0],
      ['system', 'sent', 0],
    ])
    expect(mails[2]?.conversation_id).toBe(one.conversationId)
    const [failed] = await rowsOf<{ error: string }>(
      `select error from messages where tenant_id = ?1 and status = 'failed'`,
      one.tenantId,
    )
    const reason = { code: '5.1.1', kind: 'recipient', details: expect.stringContaining('no such user') }
    expect(JSON.parse(failed?.error ?? 'null')).toMatchObject(reason)
  })

  it('is told by a bounce though somebody else has used its id', async () => {
    const one = await withMail()
    await one.answer(one.conversationId)
    const id = (await settled(one))?.external_id ?? ''
    await deliverMail(mailText({ id, from: 'mailer-daemon@relay.example', text: 'Mine now' }), { to: one.to })
    await deliverMail(bounceOf(id, 'olena@client.example'), { to: one.to, from: '' })
    const mails = await one.mails()
    expect(mails.find(({ direction }) => direction === 'outbound')?.status).toBe('failed')
    expect(mails.at(-1)).toMatchObject({ type: 'system', conversation_id: one.conversationId })
  })

  it('is not told by a bounce of another recipient, nor by one of a mail that we never sent', async () => {
    const one = await withMail()
    await one.answer(one.conversationId)
    const id = (await settled(one))?.external_id ?? ''
    await deliverMail(bounceOf(id, 'copy@client.example'), { to: one.to, from: '' })
    await deliverMail(bounceOf(one.id, 'olena@client.example'), { to: one.to, from: '' })
    expect((await one.mails())[1]?.status).toBe('sent')
  })

  it('is told by a bounce that names another recipient first', async () => {
    const one = await withMail()
    await one.answer(one.conversationId)
    const id = (await settled(one))?.external_id ?? ''
    await deliverMail(bounceOf(id, 'copy@client.example', 'olena@client.example'), { to: one.to, from: '' })
    expect((await one.mails())[1]?.status).toBe('failed')
  })
})

const blockOf = (recipient: string): string =>
  `Final-Recipient: rfc822; ${recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user`

function bounceOf(messageId: string, ...recipients: string[]): string {
  const part = (type: string, body: string) => `--b\r\nContent-Type: ${type}\r\n\r\n${body}\r\n`
  return mailText({
    from: 'Mail Delivery System <mailer-daemon@relay.example>',
    subject: 'Undelivered Mail Returned to Sender',
    headers: { 'Content-Type': 'multipart/report; report-type=delivery-status; boundary=b' },
    text:
      part('text/plain', 'Your mail could not be delivered.') +
      part(
        'message/delivery-status',
        ['Reporting-MTA: dns; relay.example', ...recipients.map(blockOf)].join('\r\n\r\n'),
      ) +
      part('text/rfc822-headers', `Message-ID: <${messageId}>\r\nSubject: Re: A question`) +
      '--b--',
  })
}

it('two inboxes whose staff answer each other at once come to an end, with nothing unread lost and nothing sent by itself', async () => {
  const [left, right] = [await world(), await world()]
  await deliverMail(mailText({ from: right.to }), { to: left.to, from: right.to })
  const carry = async (from: typeof left, to: typeof left) => {
    await from.runJobs()
    for (const mail of from.relay.sent.splice(0)) {
      const headers = { ...mail.headers, ...(mail.replyTo === undefined ? {} : { 'Reply-To': mail.replyTo }) }
      await deliverMail(mailText({ from: from.to, subject: mail.subject, text: mail.text, headers }), {
        to: to.to,
        from: from.to,
      })
    }
  }
  await carry(left, right)
  await carry(right, left)
  // Nobody has answered: nothing went out.
  expect([(await left.mails()).length, (await right.mails()).length]).toEqual([1, 0])
  let refusals = 0
  for (let round = 0; round < 8; round++) {
    for (const [from, to] of [
      [left, right],
      [right, left],
    ] as const) {
      const newest = (await from.mails()).findLast((mail) => mail.direction === 'inbound')
      if (newest === undefined) continue
      if ((await from.answer(newest.conversation_id)).status === 429) refusals += 1
      await carry(from, to)
    }
  }
  expect(refusals).toBeGreaterThan(0)
  expect((await left.mails()).filter((mail) => mail.direction === 'outbound')).toHaveLength(5)
})
