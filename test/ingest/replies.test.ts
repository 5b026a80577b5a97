import { describe, expect, it } from 'vitest'
import type { IngestItem } from '../../src/ingest/items.ts'
import { message, phone, user } from './builders.ts'
import { type Model, apply, beginSending, now } from './model.ts'
import {
  error,
  begun,
  withReply,
  echo,
  type Reply,
  sentAs,
  failedWith,
  unknownOf,
  retryOf,
  after,
  on,
  status,
  rowOf,
  openJobs,
  newEvents,
} from './reply-builders.ts'

describe('a reply', () => {
  it('is stored as queued, shown, and written down to be sent, all at once', () => {
    const reply = withReply()
    expect(reply.result).toMatchObject({ outcome: 'stored', seq: 3 })
    expect(rowOf(reply.model, reply.messageId)).toMatchObject({
      direction: 'outbound',
      status: 'queued',
      externalId: null,
      clientMessageId: 'c1',
      createdAt: now - 30_000,
      sender: { external_id: '33333333-3333-4333-8333-333333333333', name: 'Ірина' },
      countsUnread: false,
    })
    expect(reply.model.tables.conversations[0]).toMatchObject({
      unreadCount: 1,
      lastMessagePreview: 'Вітаю',
      lastMessageDirection: 'outbound',
      lastInboundAt: now - 90_000,
    })
    expect(openJobs(reply.model)).toMatchObject([{ kind: 'send', subjectId: reply.messageId, seq: 3 }])
  })

  it('of the same client and conversation is one message with one job', () => {
    const reply = withReply()
    const again = apply(reply.model, [{ item: reply.item }, { item: { ...reply.item, content: 'something else' } }])
    expect(again.results).toEqual(
      [0, 1].map(() => ({
        outcome: 'duplicate',
        messageId: reply.messageId,
        conversationId: reply.conversationId,
        seq: 3,
      })),
    )
    expect(again.model.tables.jobs).toHaveLength(1)
    expect(newEvents(reply.model, again.model)).toEqual([])
  })

  it('has its files ready, and keeps what the page shows of it', () => {
    const file = { type: 'image', objectKey: 't/x/y', mimeType: 'image/png', filename: 'a.png', size: 3 } as const
    const template = { name: 'hello', language: 'uk' }
    const buttons = [{ id: 'y', title: 'Так' }]
    const { model, messageId } = withReply({ type: 'image', files: [file], template, buttons, humanAgent: true })
    expect(rowOf(model, messageId)?.details).toEqual({ template, buttons, human_agent: true })
    expect(model.tables.attachments).toMatchObject([{ ...file, messageId, state: 'ready', position: 0 }])
    expect(model.tables.jobs.map((job) => job.kind)).toEqual(['send'])
  })

  it('quotes a message of its own conversation only', () => {
    const other = begun(message({ externalId: 'elsewhere', contact: { aliases: [phone('2')] } }))
    const [hello, elsewhere] = other.model.tables.messages
    const quoting = withReply({ replyToMessageId: hello?.id ?? '' }, other)
    expect(rowOf(quoting.model, quoting.messageId)?.replyToExternalId).toBe('hello')
    expect(withReply({ replyToMessageId: elsewhere?.id ?? '' }, other).result?.code).toBe('message.not_found')
  })

  it('goes to no conversation that is not there, or that became part of another', () => {
    const two = begun(message({ externalId: 'b', contact: { aliases: [user('UA.1')] } }))
    const secondId = two.model.tables.conversations[1]?.id ?? ''
    const early = withReply({}, { ...two, conversationId: secondId })
    const merged = after(
      early.model,
      on({ kind: 'contact', at: now, contact: { aliases: [phone('380501234567'), user('UA.1')] } }),
    )
    const nowhere = withReply({}, { model: merged, conversationId: crypto.randomUUID() })
    expect(nowhere.result?.code).toBe('conversation.not_found')
    expect(withReply({ clientMessageId: 'late' }, { model: merged, conversationId: secondId }).result?.code).toBe(
      'conversation.merged',
    )
    // What was sent before is still found by whoever did not hear of it.
    expect(withReply({}, { model: merged, conversationId: secondId }).result).toMatchObject({
      outcome: 'duplicate',
      messageId: early.messageId,
      conversationId: two.conversationId,
    })
  })
})

describe('the answer to the request', () => {
  it('that it was sent is one event with the external id, and ends the work', () => {
    const reply = withReply()
    const model = after(reply.model, sentAs(reply, 'x'))
    expect(newEvents(reply.model, model)).toMatchObject([
      { type: 'message_updated', message: { id: reply.messageId, external_id: 'x', status: 'sent', error: null } },
    ])
    expect(model.tables.jobs).toMatchObject([{ state: 'done', result: null, leaseUntil: null }])
    const again = apply(model, [sentAs(reply, 'x')])
    expect(again.results).toMatchObject([{ outcome: 'duplicate', messageId: reply.messageId, seq: 3 }])
    expect(newEvents(model, again.model)).toEqual([])
  })

  it('that it failed shows why', () => {
    const reply = withReply()
    const model = after(reply.model, failedWith(reply), failedWith(reply))
    expect(newEvents(reply.model, model)).toMatchObject([{ type: 'message_status', status: 'failed', error }])
    expect(model.tables.jobs).toMatchObject([{ state: 'failed', lastError: error }])
  })

  it('that nobody knows leaves nothing to be sent again by itself', () => {
    const reply = withReply()
    const model = after(reply.model, unknownOf(reply))
    expect(rowOf(model, reply.messageId)).toMatchObject({ status: 'unknown', error })
    expect(openJobs(model)).toEqual([])
  })

  it('comes late and is believed all the same, an older refusal is not', () => {
    const reply = withReply()
    const model = after(reply.model, unknownOf(reply), failedWith(reply), sentAs(reply, 'x'))
    expect(rowOf(model, reply.messageId)).toMatchObject({ status: 'sent', externalId: 'x', error: null })
  })

  it('that names an external id which is another reply’s for certain leaves that one as it is', () => {
    const reply = withReply()
    const other = withReply({ clientMessageId: 'c2' }, reply)
    const model = after(other.model, sentAs({ ...reply }, 'x'), sentAs(other, 'x'))
    expect(rowOf(model, reply.messageId)).toMatchObject({ externalId: 'x', status: 'sent' })
    expect(rowOf(model, other.messageId)).toMatchObject({ externalId: null, status: 'sent' })
    expect(openJobs(model)).toEqual([])
  })

  it('is of this message or is refused', () => {
    const reply = withReply()
    const other = withReply({ clientMessageId: 'c2' }, reply)
    const crossed = apply(other.model, [
      sentAs({ ...other, jobId: reply.jobId }, 'x'),
      sentAs({ ...other, messageId: '-' }, 'x'),
    ])
    expect(crossed.results.map(({ code }) => code)).toEqual(['job.not_found', 'message.not_found'])
  })
})

describe('what the platform says before its answer has come', () => {
  const reply = withReply()
  const { messageId } = reply
  const answer = sentAs(reply, 'x')
  const orders: [string, IngestItem[]][] = [
    ['a status before the answer', [status('x', 'read'), answer]],
    ['a status with our reference before the answer', [status('x', 'read', messageId), answer]],
    ['an echo before the answer', [on(echo('x')), status('x', 'read'), answer]],
    [
      'an echo with our reference before the answer',
      [on(echo('x', { echo: { reference: messageId } })), status('x', 'read'), answer],
    ],
    ['read before delivered', [answer, status('x', 'read'), status('x', 'delivered'), status('x', 'sent')]],
    ['the answer lost, then the echo', [unknownOf(reply), on(echo('x')), status('x', 'read')]],
    ['the answer lost, then a status with our reference', [unknownOf(reply), status('x', 'read', messageId)]],
    ['everything twice', [on(echo('x')), answer, on(echo('x')), status('x', 'read'), answer, status('x', 'read')]],
  ]

  it.each(orders)('%s: the same row in the end', (_, items) => {
    const model = after(reply.model, ...items)
    expect(model.tables.messages).toHaveLength(2)
    expect(rowOf(model, messageId)).toMatchObject({
      externalId: 'x',
      status: 'read',
      createdAt: now - 30_000,
      error: null,
    })
    expect(model.tables.conversations[0]).toMatchObject({ unreadCount: 1, lastMessageId: messageId })
    expect(openJobs(after(model, answer))).toEqual([])
  })

  it('ends the work where it hands our reference back, so that the next reply need not wait', () => {
    for (const item of [on(echo('x', { echo: { reference: messageId } })), status('x', 'sent', messageId)]) {
      expect(openJobs(after(reply.model, item))).toEqual([])
    }
  })

  it('is a failure after it was sent: shown with its reason', () => {
    const model = after(reply.model, answer, status('x', 'failed'))
    expect(rowOf(model, messageId)).toMatchObject({ status: 'failed', error, externalId: 'x' })
  })

  it('has a reference that is not ours, or another tenant’s: it is a message of its own', () => {
    const model = after(reply.model, on(echo('x', { echo: { reference: crypto.randomUUID() } })))
    expect(model.tables.messages).toHaveLength(3)
    expect(rowOf(model, messageId)?.status).toBe('queued')
  })
})

describe('an echo without a reference', () => {
  it('is of the oldest reply of that text that is on its way', () => {
    const first = withReply({ at: now - 40_000 })
    const second = withReply({ clientMessageId: 'c2', content: ' Вітаю \n', at: now - 30_000 }, first)
    const model = after(second.model, on(echo('x')), on(echo('y')))
    expect(rowOf(model, first.messageId)).toMatchObject({ externalId: 'x', status: 'sent' })
    expect(rowOf(model, second.messageId)).toMatchObject({ externalId: 'y', status: 'sent' })
  })

  it('of another text, other files or another customer was written elsewhere', () => {
    const reply = withReply()
    const file = { type: 'image' as const, source: { url: 'https://example.com/a' } }
    const model = after(
      reply.model,
      on(echo('a', { content: 'Інше' })),
      on(echo('b', { attachments: [file] })),
      on(echo('c', { contact: { aliases: [phone('2')] } })),
    )
    expect(rowOf(model, reply.messageId)).toMatchObject({ status: 'queued', externalId: null })
    expect(model.tables.messages).toHaveLength(5)
    expect(model.tables.conversations[0]).toMatchObject({ unreadCount: 1 })
  })

  it('cannot be of a reply that was not handed over yet', () => {
    const reply = withReply()
    const waiting = {
      ...reply.model,
      tables: {
        ...reply.model.tables,
        jobs: reply.model.tables.jobs.map((job) => ({ ...job, state: 'running' as const })),
      },
    }
    expect(after(waiting, on(echo('x'))).tables.messages).toHaveLength(3)
  })

  it('of something written elsewhere gives the reply back when the answer names another', () => {
    const reply = withReply()
    const model = after(
      reply.model,
      on(echo('theirs')),
      status('theirs', 'read'),
      sentAs(reply, 'ours'),
      status('ours', 'delivered'),
    )
    const theirs = model.tables.messages.find((row) => row.externalId === 'theirs')
    expect(rowOf(model, reply.messageId)).toMatchObject({ externalId: 'ours', status: 'delivered' })
    expect(theirs).toMatchObject({ status: 'read', content: 'Вітаю', clientMessageId: null, createdAt: now - 20_000 })
    expect(model.tables.parked).toEqual([])
  })

  it('of something written elsewhere does not hide that ours was refused', () => {
    const reply = withReply()
    const model = after(reply.model, on(echo('theirs')), failedWith(reply))
    expect(rowOf(model, reply.messageId)).toMatchObject({ externalId: null, status: 'failed', error })
    expect(model.tables.messages.map((row) => row.externalId)).toContain('theirs')
  })

  it('that was stored as another message goes into ours as soon as the answer says so', () => {
    const reply = withReply()
    const heart = { kind: 'reaction', at: now, targetExternalId: 'x', by: 'customer', emoji: '❤️' } as const
    const file = { type: 'image' as const, source: { objectKey: 't/x/echo' } }
    const stored = after(
      reply.model,
      on(echo('x', { content: 'Вітаю!', attachments: [file] })),
      status('x', 'read'),
      on(heart),
    )
    const double = stored.tables.messages.find((row) => row.externalId === 'x')
    expect(stored.tables.conversations[0]).toMatchObject({ lastMessageId: double?.id, lastMessagePreview: 'Вітаю!' })
    const model = after(stored, sentAs(reply, 'x'))
    expect(rowOf(model, reply.messageId)).toMatchObject({ externalId: 'x', status: 'read', content: 'Вітаю' })
    expect(rowOf(model, double?.id ?? '')).toMatchObject({
      externalId: null,
      content: '',
      deletedAt: now,
      details: { duplicate_of: reply.messageId },
    })
    expect(model.tables.conversations[0]).toMatchObject({
      lastMessageId: reply.messageId,
      lastMessagePreview: 'Вітаю',
      unreadCount: 1,
    })
    expect(model.tables.reactions.filter((row) => row.messageId === reply.messageId)).toMatchObject([{ emoji: '❤️' }])
    expect(newEvents(stored, model).map((event) => event.type)).toEqual([
      'message_updated',
      'message_updated',
      'conversation_updated',
    ])
  })
})

describe('trying again by hand', () => {
  it('sends a reply that failed once more, however often it is asked for', () => {
    const reply = withReply()
    const failed = after(reply.model, failedWith(reply))
    const { model, results } = apply(failed, [retryOf(reply), retryOf(reply)])
    expect(results.map(({ outcome }) => outcome)).toEqual(['applied', 'duplicate'])
    expect(openJobs(model)).toHaveLength(1)
    expect(openJobs(model)[0]?.id).not.toBe(reply.jobId)
    expect(rowOf(model, reply.messageId)).toMatchObject({ status: 'queued', error: null, externalId: null })
    expect(newEvents(failed, model)).toMatchObject([{ type: 'message_updated', message: { status: 'queued' } }])
  })

  it('is for replies from here that failed or are unknown, and for nothing else', () => {
    const reply = withReply()
    const theirs = after(reply.model, on(echo('theirs', { content: 'Інше' })), status('theirs', 'failed'))
    const elsewhereId = theirs.tables.messages.find((row) => row.externalId === 'theirs')?.id ?? ''
    const attempts: [Model, Reply][] = [
      [after(reply.model, sentAs(reply, 'x')), reply],
      [theirs, { ...reply, messageId: elsewhereId }],
      [reply.model, { ...reply, messageId: reply.model.tables.messages[0]?.id ?? '' }],
    ]
    for (const [model, of] of attempts) {
      expect(apply(model, [retryOf(of)]).results[0]).toMatchObject({
        outcome: 'refused',
        code: 'message.not_retryable',
      })
    }
    const elsewhere = { ...reply, conversationId: crypto.randomUUID() }
    expect(apply(reply.model, [retryOf(elsewhere)]).results[0]?.code).toBe('message.not_found')
  })

  it('is told apart from the attempt before by news of that one', () => {
    const reply = withReply()
    const before = after(reply.model, sentAs(reply, 'x'), status('x', 'failed'), retryOf(reply))
    const model = after(
      before,
      status('x', 'failed', reply.messageId),
      status('x', 'delivered'),
      on(echo('x', { echo: { reference: reply.messageId } })),
      sentAs(reply, 'x'),
    )
    expect(rowOf(model, reply.messageId)).toMatchObject({ status: 'queued', externalId: null })
    expect(openJobs(model)).toHaveLength(1)
    expect(newEvents(before, model)).toEqual([])
  })

  it('may fail in the same way again', () => {
    const reply = withReply()
    const retried = beginSending(after(reply.model, sentAs(reply, 'x'), status('x', 'failed'), retryOf(reply)))
    const second = { ...reply, jobId: openJobs(retried)[0]?.id ?? '' }
    const model = after(retried, sentAs(second, 'y'), status('y', 'failed'))
    expect(rowOf(model, reply.messageId)).toMatchObject({ status: 'failed', externalId: 'y' })
    expect(apply(model, [retryOf(reply)]).results[0]?.outcome).toBe('applied')
  })

  it('is called off by proof that the first attempt had arrived', () => {
    const reply = withReply()
    const model = after(
      reply.model,
      unknownOf(reply),
      retryOf(reply),
      on(echo('x', { echo: { reference: reply.messageId } })),
    )
    expect(rowOf(model, reply.messageId)).toMatchObject({ status: 'sent', externalId: 'x' })
    expect(openJobs(model)).toEqual([])
  })
})
