import { describe, expect, test } from 'vitest'
import { send as sendFacebook } from '../../src/channels/facebook/send.ts'
import { send as sendInstagram } from '../../src/channels/instagram/send.ts'
import type { OutboundMessage } from '../../src/channels/outbound.ts'
import { send as sendWhatsApp } from '../../src/channels/whatsapp/send.ts'
import { file, go, graphError, json, lostConnection, platform, type Reaction, reply, timeout } from './platform-io.ts'

// What holds of a send on each of Meta's platforms, whatever its form.

const phone: OutboundMessage['to'] = [{ kind: 'phone', value: '380671234567' }]
const accepted = { whatsapp: { messages: [{ id: 'wamid.1' }] }, other: { recipient_id: '1', message_id: 'm_1' } }

const platforms = [
  { name: 'WhatsApp', send: sendWhatsApp, message: reply({ to: phone }), answer: accepted.whatsapp, id: 'wamid.1' },
  { name: 'Messenger', send: sendFacebook, message: reply(), answer: accepted.other, id: 'm_1' },
  { name: 'Instagram', send: sendInstagram, message: reply(), answer: accepted.other, id: 'm_1' },
]

describe.each(platforms)('a send on $name', ({ send, message, answer, id }) => {
  const outcomeOf = (reaction: Reaction) => send(message, platform([reaction]).io, go)

  test('is sent once the platform has named it', async () => {
    expect(await outcomeOf(json(answer))).toEqual({ kind: 'sent', externalId: id })
  })

  test.each<[string, Reaction, string]>([
    ['no answer in time', timeout(), 'timeout'],
    ['a connection that was lost', lostConnection(), 'connection.lost'],
    ['a gateway that failed', new Response('<html></html>', { status: 502 }), 'http.502'],
    ['a failure without a word of Graph', json({}, 500), 'http.500'],
    ['a redirect', new Response(null, { status: 307, headers: { location: 'https://evil.example' } }), 'http.307'],
    ['an answer cut short', new Response('{"messa'), 'answer.unreadable'],
    ['an answer without an id', json({ messaging_product: 'whatsapp' }), 'answer.without_id'],
    ['an id that is a number', json({ messages: [{ id: 5 }], message_id: 5 }), 'answer.without_id'],
    [
      'the error that comes after messages were sent',
      graphError({ code: 1, error_subcode: 1_357_046 }, 500),
      'answer.late',
    ],
  ])('is of unknown fate after %s', async (_, reaction, reason) => {
    expect(await outcomeOf(reaction)).toEqual({ kind: 'unknown', reason })
  })

  test('is rejected in the words of Graph, for good', async () => {
    const outcome = await outcomeOf(graphError({ code: 190, error_subcode: 463, message: 'Session has expired' }, 401))
    expect(outcome).toEqual({
      kind: 'rejected',
      error: { code: '190', title: 'Session has expired', details: 'Subcode 463', kind: 'token' },
      traceId: 'AbCdEf',
    })
  })

  test('is rejected for now by a limit, with the wait that the answer names', async () => {
    const usage = { 1: [{ type: 'messenger', call_count: 101, estimated_time_to_regain_access: 4 }] }
    const headers = { 'x-business-use-case-usage': JSON.stringify(usage) }
    const outcome = await outcomeOf(graphError({ code: 80_007 }, 400, headers))
    expect(outcome).toMatchObject({ kind: 'rejected', error: { kind: 'rate_limit' }, retryAfterMs: 240_000 })
  })

  test('is rejected for now by what Graph says will pass', async () => {
    const outcome = await outcomeOf(graphError({ code: 1, is_transient: true }, 500))
    expect(outcome).toMatchObject({ kind: 'rejected', retryAfterMs: 30_000 })
  })

  test('asks the customer-visible request once, after it was announced', async () => {
    const { io, seen } = platform([json(answer)])
    let requestsBefore: number | undefined
    const announce = async () => {
      requestsBefore = seen.length
    }
    await send(message, io, announce)
    expect([requestsBefore, seen.length]).toEqual([0, 1])
    expect(seen[0]).toMatchObject({ method: 'POST', redirect: 'manual' })
    expect(seen[0]?.signal).toBeInstanceOf(AbortSignal)
  })

  test('does not happen when the announcement fails', async () => {
    const { io, seen } = platform([])
    const refuse = async () => {
      throw new Error('the job was lost')
    }
    await expect(send(message, io, refuse)).rejects.toThrow('the job was lost')
    expect(seen).toHaveLength(0)
  })

  test.each<[string, Partial<OutboundMessage>, object, string]>([
    ['no token', {}, { credentials: {} }, 'credentials.missing'],
    ['no address', { to: [{ kind: 'peer', value: '1' }] }, {}, 'recipient.unknown'],
    ['nothing to say', { content: '' }, {}, 'message.empty'],
    ['two files', { attachments: [file(), file()] }, {}, 'message.too_many_attachments'],
  ])('is rejected without a request when there is %s', async (_, more, io, code) => {
    const { io: asked, seen } = platform([], io)
    const fail = () => Promise.reject(new Error('announced'))
    expect(await send({ ...message, ...more }, asked, fail)).toMatchObject({ kind: 'rejected', error: { code } })
    expect(seen).toHaveLength(0)
  })
})

describe.each(platforms.slice(0, 2))('a file on $name', ({ send, message, answer, id }) => {
  const withFile = (more: Parameters<typeof file>[1] = {}) => ({
    ...message,
    content: '',
    attachments: [file('png', more)],
  })
  const uploaded = json({ id: 'media-1', attachment_id: 'media-1' })
  const fail = () => Promise.reject(new Error('announced'))

  test('is sent ahead, and announced only then', async () => {
    const { io, seen } = platform([uploaded.clone(), json(answer)])
    let requestsBefore: number | undefined
    const announce = async () => {
      requestsBefore = seen.length
    }
    expect(await send(withFile(), io, announce)).toEqual({ kind: 'sent', externalId: id })
    expect([requestsBefore, seen.length]).toEqual([1, 2])
  })

  test.each<[string, Reaction]>([
    ['no answer in time', timeout()],
    ['a connection that was lost', lostConnection()],
    ['a gateway that failed', new Response('', { status: 503 })],
    ['a limit', graphError({ code: 4 })],
  ])('is tried again after %s, as nothing was sent', async (_, reaction) => {
    const outcome = await send(withFile(), platform([reaction]).io, fail)
    expect(outcome).toMatchObject({ kind: 'rejected' })
    expect(outcome).toHaveProperty('retryAfterMs')
  })

  test('that the platform does not take is rejected for good', async () => {
    const refusal = graphError({ code: 131_053, message: 'Media upload error' })
    const outcome = await send(withFile(), platform([refusal]).io, fail)
    expect(outcome).toMatchObject({ kind: 'rejected', error: { code: '131053' } })
    expect(outcome).not.toHaveProperty('retryAfterMs')
  })

  test('that is gone is rejected for good, without a request', async () => {
    const { io, seen } = platform([])
    const outcome = await send(withFile({ open: async () => null }), io, fail)
    expect(outcome).toEqual({
      kind: 'rejected',
      error: { code: 'file.gone', title: 'The file is no longer stored', details: null, kind: 'content' },
    })
    expect(seen).toHaveLength(0)
  })

  test('that cannot be read now is tried again', async () => {
    const open = () => Promise.reject(new Error('storage is down'))
    const outcome = await send(withFile({ open }), platform([]).io, fail)
    expect(outcome).toMatchObject({ kind: 'rejected', error: { code: 'file.unreadable' }, retryAfterMs: 30_000 })
  })

  test('without an id in the answer is not sent', async () => {
    const outcome = await send(withFile(), platform([json({ success: true })]).io, fail)
    expect(outcome).toMatchObject({ kind: 'rejected', error: { code: 'upload.without_id' } })
  })
})
