import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { makeReplyToken } from '../../src/channels/email/reply-token.ts'
import { createChannel, freshNumber, operator, request } from '../worker/inbox.ts'
import { deliverMail, failingBucket, mailText, objectsOf, richMail, storedMails } from '../worker/mail.ts'
import { countOf, createTenant, failingDatabase, rowsOf } from '../worker/tenant.ts'

async function mailbox(name = `office${freshNumber()}@slovo.example`) {
  const tenantId = await createTenant()
  const channel = await createChannel(tenantId, 'email', { externalId: name })
  return { tenantId, channelId: channel.id, to: name }
}

const detailsOf = (mail: { details: string } | undefined) =>
  JSON.parse(mail?.details ?? '{}') as Record<string, unknown>

describe('a mail', () => {
  it('is stored with what it says, with its files, and as it came', async () => {
    const { tenantId, to } = await mailbox()
    await deliverMail(richMail('<p>Hello <img src="cid:logo@x"></p><script>alert(1)</script>'), { to })
    const [mail] = await storedMails(tenantId)
    expect(mail).toMatchObject({
      type: 'text',
      direction: 'inbound',
      content: expect.stringContaining('Hello'),
      counts_unread: 1,
    })
    expect(detailsOf(mail)).toMatchObject({
      subject: 'Rich',
      from: { address: 'olena@client.example' },
      mailbox: to,
      has_html: true,
      inline: [{ content_id: 'logo@x', position: 0 }],
      auth: { spf: 'none', dkim: 'none', dmarc: 'none' },
    })
    const files = await rowsOf<{ filename: string; state: string; object_key: string }>(
      'select filename, state, object_key from attachments where tenant_id = ?1 order by position',
      tenantId,
    )
    expect(files.map(({ filename, state }) => [filename, state])).toEqual([
      ['logo.png', 'ready'],
      ['offer.pdf', 'ready'],
    ])
    // Two files, the raw mail and its HTML.
    expect(await objectsOf(tenantId)).toHaveLength(4)
    expect(await (await env.BUCKET.get(files[1]?.object_key ?? ''))?.text()).toBe('PDF!')
  })

  it('that comes five times, and five times at once, is one message and one event', async () => {
    const { tenantId, to } = await mailbox()
    const [first, second] = [mailText({}), mailText({})]
    for (let time = 0; time < 5; time++) await deliverMail(first, { to })
    await Promise.all(Array.from({ length: 5 }, () => deliverMail(second, { to })))
    expect(await countOf('messages', tenantId)).toBe(2)
    const events = await rowsOf(
      `select seq from journal_events where tenant_id = ?1 and type = 'new_message'`,
      tenantId,
    )
    expect(events).toHaveLength(2)
    expect(await objectsOf(tenantId)).toHaveLength(2)
  })

  it('that comes by another relay is the same, and a copy with another file is another that changes no file of the first', async () => {
    const { tenantId, to } = await mailbox()
    const id = `${freshNumber()}@client.example`
    const mail = richMail('<p>Hello</p>', { id })
    await deliverMail(mail, { to })
    await deliverMail(`Received: from relay.example by mx.example; Mon, 23 Nov 2026 09:00:05 +0000\r\n${mail}`, { to })
    expect(await countOf('messages', tenantId)).toBe(1)
    await deliverMail(mail.replace('PDF!', 'EVIL'), { to })
    expect(await countOf('messages', tenantId)).toBe(2)
    const files = await rowsOf<{ object_key: string }>(
      `select object_key from attachments a join messages m on m.tenant_id = a.tenant_id and m.id = a.message_id
         where a.tenant_id = ?1 and filename = 'offer.pdf' order by m.seq`,
      tenantId,
    )
    const contents = files.map(async ({ object_key: key }) => (await env.BUCKET.get(key))?.text())
    expect(await Promise.all(contents)).toEqual(['PDF!', 'EVIL'])
  })

  it('with an id that another one has is a message of its own, and leaves the other its answers', async () => {
    const { tenantId, to } = await mailbox()
    const id = `${freshNumber()}@client.example`
    await deliverMail(mailText({ id, text: 'The real one' }), { to })
    await deliverMail(mailText({ id, text: 'Another of hers' }), { to })
    await deliverMail(mailText({ id, text: 'The real one', from: 'thief@evil.example' }), { to })
    await deliverMail(mailText({ headers: { 'In-Reply-To': `<${id}>` } }), { to })
    const mails = await storedMails(tenantId)
    expect(mails).toHaveLength(4)
    const [own, , forged, answer] = mails.map((mail) => mail.conversation_id)
    expect(forged).not.toBe(own)
    expect(answer).toBe(own)
    expect(detailsOf(mails[3])).not.toHaveProperty('warnings')
  })

  it('to two mailboxes of a tenant is a message in each', async () => {
    const { tenantId, to } = await mailbox()
    const other = `sales${freshNumber()}@slovo.example`
    await createChannel(tenantId, 'email', { externalId: other })
    const mail = mailText({})
    await deliverMail(mail, { to })
    await deliverMail(mail, { to: other })
    expect(await countOf('messages', tenantId)).toBe(2)
  })

  it('with more text than a message holds brings all of it as a file', async () => {
    const { tenantId, to } = await mailbox()
    await deliverMail(mailText({ text: 'слово '.repeat(20_000) }), { to })
    const [mail] = await storedMails(tenantId)
    expect(new TextEncoder().encode(mail?.content).byteLength).toBeLessThanOrEqual(65_536)
    const [file] = await rowsOf<{ filename: string; size: number }>(
      'select filename, size from attachments where tenant_id = ?1',
      tenantId,
    )
    expect(file).toMatchObject({ filename: 'message.txt' })
    expect(file?.size).toBeGreaterThan(200_000)
  })

  it.each([
    ['of 25 MiB', () => mailText({ text: `${'x'.repeat(998)}\r\n`.repeat(26_000) })],
    ['of 20,000 parts', () => manyParts(20_000)],
    ['of 300 levels', () => deep(300)],
  ])('%s is shown by its subject, with the raw mail', async (_, make) => {
    const { tenantId, to } = await mailbox()
    const raw = make()
    const startedAt = Date.now()
    await deliverMail(raw, { to })
    expect(Date.now() - startedAt).toBeLessThan(5_000)
    const [mail] = await storedMails(tenantId)
    expect(mail?.content).toBe('A question')
    expect(detailsOf(mail)).toHaveProperty('unread')
    expect(await objectsOf(tenantId)).toHaveLength(1)
  })
})

function manyParts(count: number): string {
  const headers = { 'Content-Type': 'multipart/mixed; boundary=b' }
  return mailText({ headers, text: `${'--b\r\nContent-Type: text/plain\r\n\r\nx\r\n'.repeat(count)}--b--` })
}

function deep(levels: number): string {
  const open = Array.from(
    { length: levels },
    (_, level) => `--b${level}\r\nContent-Type: multipart/mixed; boundary=b${level + 1}\r\n\r\n`,
  )
  return mailText({ headers: { 'Content-Type': 'multipart/mixed; boundary=b0' }, text: open.join('') })
}

describe('whose a mail is', () => {
  it('says the envelope alone, in capitals or not, and before a plus', async () => {
    const one = await mailbox()
    const other = await mailbox()
    await deliverMail(mailText({ to: other.to }), { to: one.to.toUpperCase() })
    await deliverMail(mailText({ to: other.to }), { to: one.to.replace('@', '+detail@') })
    expect([await countOf('messages', one.tenantId), await countOf('messages', other.tenantId)]).toEqual([2, 0])
  })

  it('is the catch-all of its domain where no mailbox has its address', async () => {
    const domain = `d${freshNumber()}.example`
    const all = await mailbox(`*@${domain}`)
    const exact = await mailbox(`office@${domain}`)
    await deliverMail(mailText({}), { to: `anybody@${domain}` })
    await deliverMail(mailText({}), { to: `office@${domain}` })
    expect(await countOf('messages', exact.tenantId)).toBe(1)
    expect(detailsOf((await storedMails(all.tenantId))[0])).toMatchObject({ mailbox: `anybody@${domain}` })
  })

  it("is nobody's until its mailbox is connected: it is kept, and delivered once more by hand", async () => {
    const to = `late${freshNumber()}@slovo.example`
    const raw = mailText({ text: 'Not lost' })
    expect(await deliverMail(raw, { to })).toEqual({ refusal: null })
    await deliverMail(raw, { to })
    const list = await request<{ items: { id: string; reason: string; body: string }[] }>(
      '/api/v1/admin/quarantine?limit=100',
      { headers: operator },
    )
    const kept = list.body.items.filter(({ body }) => body?.includes(to))
    expect(kept).toMatchObject([{ reason: 'mailbox.unknown' }])
    const replay = () =>
      request(`/api/v1/admin/quarantine/${kept[0]?.id}/replay`, { method: 'POST', headers: operator })
    expect((await replay()).body).toMatchObject({ outcome: 'still_refused', reason: 'mailbox.unknown' })
    const { tenantId } = await mailbox(to)
    expect((await replay()).body).toMatchObject({ outcome: 'stored' })
    expect(await storedMails(tenantId)).toMatchObject([{ content: expect.stringContaining('Not lost') }])
  })

  it('is refused at the door where the operator wants that', async () => {
    const strict = { ...env, UNKNOWN_RECIPIENT: 'reject' }
    const { refusal } = await deliverMail(mailText({}), { to: `nobody${freshNumber()}@slovo.example`, env: strict })
    expect(refusal).toBe('There is no such mailbox.')
  })
})

describe('when something of ours fails', () => {
  it('the sender hears of it at every step, and the next delivery stores the mail once', async () => {
    const { tenantId, to } = await mailbox()
    const raw = richMail('<p>Hello</p>')
    for (const put of [1, 2, 3, 4]) {
      const broken = { ...env, BUCKET: failingBucket(env.BUCKET, (at) => at === put) }
      await expect(deliverMail(raw, { to, env: broken })).rejects.toThrow('internal error')
      expect(await countOf('messages', tenantId)).toBe(0)
    }
    for (const batch of [1, 2]) {
      const broken = { ...env, DB: failingDatabase(env.DB, (at) => (at === batch ? 'before' : null)) }
      await expect(deliverMail(raw, { to, env: broken })).rejects.toThrow('network connection lost')
    }
    const hub = { idFromName: () => ({}), get: () => ({ receive: () => Promise.reject(new Error('gone')) }) }
    const broken = { ...env, HUB: hub as unknown as Env['HUB'] }
    await expect(deliverMail(raw, { to, env: broken })).rejects.toThrow('cannot be reached')
    await deliverMail(raw, { to })
    expect(await countOf('messages', tenantId)).toBe(1)
    expect(await objectsOf(tenantId)).toHaveLength(4)
  })
})

describe('the thread of a mail', () => {
  const reply = (id: string, fields: Parameters<typeof mailText>[0] = {}) =>
    mailText({
      subject: 'Re: A question',
      ...fields,
      headers: { 'In-Reply-To': `<${id}>`, References: `<${id}>`, ...fields.headers },
    })

  it('is the one it answers, in whatever order they come', async () => {
    const { tenantId, to } = await mailbox()
    const [a, b] = [`a${freshNumber()}@x.example`, `b${freshNumber()}@x.example`]
    await deliverMail(reply(a, { id: b }), { to })
    await deliverMail(mailText({ id: a }), { to })
    await deliverMail(reply(b), { to })
    await deliverMail(mailText({ subject: 'Another matter' }), { to })
    const threads = (await storedMails(tenantId)).map((mail) => mail.conversation_id)
    expect(new Set(threads.slice(0, 3)).size).toBe(1)
    expect(threads[3]).not.toBe(threads[0])
  })

  it('is named by our own token, whatever else the mail lacks', async () => {
    const { tenantId, channelId, to } = await mailbox()
    await deliverMail(mailText({}), { to })
    const conversationId = (await storedMails(tenantId))[0]?.conversation_id ?? ''
    const replyToken = await makeReplyToken(env.AUTH_SECRET, { channelId, conversationId })
    await deliverMail(mailText({ subject: 'New subject' }), { to: to.replace('@', `+${replyToken}@`) })
    const mails = await storedMails(tenantId)
    expect(mails.map((mail) => mail.conversation_id)).toEqual([conversationId, conversationId])
  })

  it('is its own for whoever only knows an id or a token of it, and says so', async () => {
    const { tenantId, channelId, to } = await mailbox()
    const id = `${freshNumber()}@client.example`
    await deliverMail(mailText({ id }), { to })
    const conversationId = (await storedMails(tenantId))[0]?.conversation_id ?? ''
    const replyToken = await makeReplyToken(env.AUTH_SECRET, { channelId, conversationId })
    await deliverMail(reply(id, { from: 'Olena <thief@evil.example>' }), { to })
    await deliverMail(mailText({ from: 'thief@evil.example' }), { to: to.replace('@', `+${replyToken}@`) })
    const failed = { 'Authentication-Results': 'mx.cloudflare.net; dmarc=fail header.from=client.example' }
    await deliverMail(reply(id, { headers: failed }), { to })
    const [, ...others] = await storedMails(tenantId)
    expect(others.map((mail) => mail.conversation_id)).not.toContain(conversationId)
    expect(others.map((mail) => detailsOf(mail)['warnings'])).toEqual([
      ['sender_mismatch'],
      ['sender_mismatch'],
      ['not_authenticated'],
    ])
  })
})

describe('whoever got a copy of a mail', () => {
  const boss = 'Boss@client.example'
  const copied = async () => {
    const one = await mailbox()
    const id = `${freshNumber()}@client.example`
    await deliverMail(mailText({ id, headers: { Cc: `The Boss <${boss}>, us <${one.to}>` } }), { to: one.to })
    const conversationId = (await storedMails(one.tenantId))[0]?.conversation_id ?? ''
    return { ...one, id, conversationId }
  }
  const answerOf = (from: string, id: string, headers: Record<string, string> = {}) =>
    mailText({ from, headers: { References: `<${id}>`, ...headers } })

  it('answers in its conversation, which stays the customer’s', async () => {
    const { tenantId, to, id, conversationId } = await copied()
    await deliverMail(answerOf('The Boss <boss@Client.example>', id), { to })
    const answer = (await storedMails(tenantId)).at(-1)
    expect(answer).toMatchObject({ conversation_id: conversationId, counts_unread: 1 })
    expect(detailsOf(answer)).not.toHaveProperty('warnings')
    expect(detailsOf(answer)).toMatchObject({ from: { address: 'boss@client.example' } })
    const rows = await rowsOf('select client_name, external_id from conversations where tenant_id = ?1', tenantId)
    expect(rows).toEqual([{ client_name: 'Olena', external_id: 'olena@client.example' }])
  })

  it('does so only where the mail that is named went to them, and they prove who they are', async () => {
    const { tenantId, channelId, to, id, conversationId } = await copied()
    const replyToken = await makeReplyToken(env.AUTH_SECRET, { channelId, conversationId })
    const failed = { 'Authentication-Results': 'mx.cloudflare.net; dmarc=fail header.from=client.example' }
    await deliverMail(answerOf('clerk@client.example', id), { to })
    await deliverMail(answerOf(boss, id, failed), { to })
    await deliverMail(mailText({ from: boss }), { to: to.replace('@', `+${replyToken}@`) })
    await deliverMail(answerOf(boss, 'unknown@client.example'), { to })
    const [, ...others] = await storedMails(tenantId)
    expect(others.map((mail) => mail.conversation_id)).not.toContain(conversationId)
    expect(others.map((mail) => detailsOf(mail)['warnings'])).toEqual([
      ['sender_mismatch'],
      ['not_authenticated'],
      ['sender_mismatch'],
      undefined,
    ])
  })

  it('is never ourselves, though every mail went to us', async () => {
    const { tenantId, to, id, conversationId } = await copied()
    await deliverMail(answerOf(to, id), { to })
    await deliverMail(answerOf(to.replace('@', '+x@'), id), { to })
    const [, ...others] = await storedMails(tenantId)
    expect(others.map((mail) => mail.conversation_id)).not.toContain(conversationId)
    for (const mail of others) expect(detailsOf(mail)['warnings']).toEqual(['sender_mismatch'])
  })
})

describe('a mail of a machine', () => {
  it('is unread where a person wrote it: an answer by way of a list', async () => {
    const { tenantId, to } = await mailbox()
    const id = `${freshNumber()}@client.example`
    await deliverMail(mailText({ id }), { to })
    const list = { 'List-Id': '<all.client.example>', 'List-Unsubscribe': '<mailto:x@client.example>' }
    await deliverMail(mailText({ headers: { 'In-Reply-To': `<${id}>`, ...list } }), { to })
    const answer = (await storedMails(tenantId)).at(-1)
    expect(answer?.counts_unread).toBe(1)
    expect(detailsOf(answer)).toMatchObject({ automated: 'list' })
  })

  it.each<[string, Record<string, string>]>([
    ['auto_reply', { 'Auto-Submitted': 'auto-replied' }],
    ['list', { 'List-Id': '<news.example>' }],
  ])('is flagged as %s and leaves nothing unread', async (kind, headers) => {
    const { tenantId, to } = await mailbox()
    await deliverMail(mailText({ headers }), { to })
    const [mail] = await storedMails(tenantId)
    expect(mail?.counts_unread).toBe(0)
    expect(detailsOf(mail)).toMatchObject({ automated: kind })
  })
})
