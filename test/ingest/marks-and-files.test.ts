import { describe, expect, it } from 'vitest'
import type { InboundContact, InboundItem } from '../../src/channels/channel.ts'
import type { AttachmentItem, IngestItem } from '../../src/ingest/items.ts'
import { message, onChannel, phone, user } from './builders.ts'
import { apply, beginSending, emptyModel, now } from './model.ts'
import {
  error,
  contact,
  begun,
  withReply,
  echo,
  sentAs,
  failedWith,
  retryOf,
  after,
  on,
  rowOf,
  openJobs,
  newEvents,
} from './reply-builders.ts'

describe('a mark of a contact', () => {
  const mark = (to: 'delivered' | 'read', upTo: number, of = contact): IngestItem =>
    on({ kind: 'watermark', at: now, contact: of, status: to, upTo })

  it('reaches every reply up to it, whenever that is stored', () => {
    const reply = withReply()
    const [early, late] = [
      echo('early', { content: 'a', at: now - 25_000 }),
      echo('late', { content: 'b', at: now - 5_000 }),
    ]
    const model = after(
      reply.model,
      on(late),
      mark('read', now - 10_000),
      mark('delivered', now),
      on(early),
      sentAs(reply, 'x'),
    )
    const byId = Object.fromEntries(model.tables.messages.map((row) => [row.externalId, row.status]))
    expect(byId).toEqual({ hello: 'sent', early: 'read', late: 'delivered', x: 'read' })
    expect(model.tables.contacts[0]).toMatchObject({ deliveredUntil: now, readUntil: now - 10_000 })
  })

  it('never moves back, and says nothing twice', () => {
    const reply = withReply()
    const marked = after(reply.model, sentAs(reply, 'x'), mark('read', now))
    const { model, results } = apply(marked, [mark('read', now), mark('delivered', now - 60_000)])
    expect(results.map(({ outcome }) => outcome)).toEqual(['duplicate', 'duplicate'])
    expect(rowOf(model, reply.messageId)?.status).toBe('read')
    expect(newEvents(marked, model)).toEqual([])
  })

  it('is no proof that a reply was sent', () => {
    const reply = withReply()
    const model = after(reply.model, mark('read', now))
    expect(rowOf(model, reply.messageId)?.status).toBe('queued')
    expect(rowOf(after(model, failedWith(reply)), reply.messageId)?.status).toBe('failed')
  })

  it('from before it was tried again says nothing of the new attempt', () => {
    const reply = withReply()
    const marked = after(reply.model, failedWith(reply), mark('read', now - 10_000))
    const retried = beginSending(after(marked, retryOf(reply)))
    const second = { ...reply, jobId: openJobs(retried)[0]?.id ?? '' }
    expect(rowOf(after(retried, sentAs(second, 'x')), reply.messageId)?.status).toBe('sent')
    expect(rowOf(after(retried, sentAs(second, 'x'), mark('read', now)), reply.messageId)?.status).toBe('read')
  })

  it('of somebody unknown is kept for the messages to come', () => {
    const stranger = { aliases: [phone('7')] as [ReturnType<typeof phone>] }
    const { model } = begun()
    const marked = after(model, mark('read', now, stranger))
    expect(marked.tables.conversations).toHaveLength(1)
    const later = after(marked, on(echo('x', { contact: stranger })))
    expect(later.tables.messages.find((row) => row.externalId === 'x')?.status).toBe('read')
  })

  it('with a time that cannot be right reaches only up to now', () => {
    const model = after(withReply().model, mark('read', now * 1000), mark('delivered', 0))
    expect(model.tables.contacts[0]).toMatchObject({ readUntil: now, deliveredUntil: now })
  })
})

describe('a file of a message', () => {
  const file = (source: { mediaId?: string; url?: string }) => ({ type: 'image' as const, source })

  function withFile(...items: InboundItem[]) {
    const { model } = begun(message({ externalId: 'in', attachments: [file({ mediaId: 'm' })] }), ...items)
    const { id: attachmentId = '', messageId = '' } = model.tables.attachments[0] ?? {}
    const { conversationId = '' } = rowOf(model, messageId) ?? {}
    const { id: jobId = '' } = openJobs(model)[0] ?? {}
    const report = (state: AttachmentItem['state'], more: Partial<AttachmentItem> = {}): IngestItem => ({
      item: { kind: 'attachment', conversationId, messageId, attachmentId, jobId, state, ...more },
    })
    return { model, messageId, attachmentId, report }
  }
  const stored = { objectKey: 't/x/1', size: 3, mimeType: 'image/png', sha256: 'ab' }

  it('is to be fetched where there is something to fetch it by', () => {
    const { model } = begun(
      message({
        externalId: 'a',
        attachments: [file({ mediaId: 'm' }), file({ url: 'https://example.com' }), file({})],
      }),
      message({ externalId: 'b', attachments: [{ type: 'image', source: { objectKey: 't/x/y' } }] }),
    )
    const pending = model.tables.attachments.slice(0, 2).map((row) => row.id)
    expect(openJobs(model)).toMatchObject(pending.map((subjectId) => ({ kind: 'media', subjectId, state: 'due' })))
  })

  it('is shown when it is there, and then stays as it is', () => {
    const { model, report } = withFile()
    const ready = after(model, report('ready', { stored }))
    expect(newEvents(model, ready)).toMatchObject([
      { type: 'message_updated', message: { attachments: [{ state: 'ready', size: 3, mime_type: 'image/png' }] } },
    ])
    expect(openJobs(ready)).toEqual([])
    const later = after(ready, report('ready', { stored }), report('failed', { error }), report('pending'))
    expect(later.tables.attachments).toEqual(ready.tables.attachments)
    expect(newEvents(ready, later)).toEqual([])
  })

  it('that could not be fetched says why, and is fetched again when a person wants it', () => {
    const { model, report, attachmentId } = withFile()
    const failed = after(model, report('failed', { error }))
    expect(newEvents(model, failed)).toMatchObject([{ message: { attachments: [{ state: 'failed', error }] } }])
    const { model: again, results } = apply(failed, [report('pending'), report('pending')])
    expect(results.map(({ outcome }) => outcome)).toEqual(['applied', 'duplicate'])
    expect(openJobs(again)).toMatchObject([{ subjectId: attachmentId }])
    // The first attempt's report comes once more.
    expect(after(again, report('failed', { error })).tables.attachments[0]?.state).toBe('pending')
    const { id: jobId = '' } = openJobs(again)[0] ?? {}
    expect(after(again, report('failed', { error, jobId })).tables.attachments[0]?.state).toBe('failed')
    expect(after(again, report('ready', { stored })).tables.attachments[0]).toMatchObject({
      state: 'ready',
      error: null,
    })
  })

  it('fails for good although the clock went back after it was asked for', () => {
    const { model, report } = withFile()
    const { model: failed } = apply(model, [report('failed', { error })], now - 86_400_000)
    expect(failed.tables.attachments[0]).toMatchObject({ state: 'failed', error })
    expect(openJobs(failed)).toEqual([])
  })

  it('without anything to fetch it by is not tried again', () => {
    const { model } = begun(message({ externalId: 'in', attachments: [file({})] }))
    const { id: attachmentId = '', messageId = '' } = model.tables.attachments[0] ?? {}
    const item = { kind: 'attachment', conversationId: '', messageId, attachmentId } as const
    const { results } = apply(model, [{ item: { ...item, state: 'expired' } }, { item: { ...item, state: 'pending' } }])
    expect(results).toMatchObject([{ outcome: 'applied' }, { code: 'attachment.not_retryable' }])
    expect(apply(model, [{ item: { ...item, attachmentId: '-', state: 'failed' } }]).results[0]?.code).toBe(
      'attachment.not_found',
    )
  })

  it('of a message that was taken back is not kept, and nobody works on it any more', () => {
    const { model, report } = withFile()
    const gone = after(model, on({ kind: 'deletion', at: now, targetExternalId: 'in' }))
    expect(openJobs(gone)).toEqual([])
    const late = apply(gone, [report('ready', { stored })])
    expect(late.results[0]?.outcome).toBe('duplicate')
    expect(late.removedObjects).toEqual([stored.objectKey])
    expect(late.model.tables.attachments[0]).toMatchObject({ state: 'expired', objectKey: null })
  })

  it('that was fetched twice is kept once', () => {
    const { model, report } = withFile()
    const ready = after(model, report('ready', { stored }))
    const again = apply(ready, [report('ready', { stored: { ...stored, objectKey: 't/x/2' } })])
    expect(again.removedObjects).toEqual(['t/x/2'])
    expect(again.model.tables.attachments[0]?.objectKey).toBe('t/x/1')
  })
})

describe('a contact', () => {
  it('that nobody named is asked for once, where the platform can be asked', () => {
    const nameless = { aliases: [phone('7')] as [ReturnType<typeof phone>] }
    const asking = { hasProfiles: () => true }
    const first = apply(emptyModel(), onChannel(message({ externalId: 'a', contact: nameless })), now, asking)
    expect(openJobs(first.model)).toMatchObject([{ kind: 'profile', subjectId: first.model.tables.contacts[0]?.id }])
    const second = apply(first.model, onChannel(message({ externalId: 'b', contact: nameless })), now, asking)
    expect(second.model.tables.jobs).toHaveLength(1)
    const named = apply(emptyModel(), onChannel(message({ externalId: 'a' })), now, asking)
    expect(named.model.tables.jobs).toEqual([])
  })

  it('gets a picture, and the one before goes', () => {
    const { model } = begun()
    const picture = (pictureKey: string): IngestItem =>
      on({ kind: 'contact', at: now, contact: { ...contact, pictureKey } })
    const first = apply(model, [picture('t/x/one')])
    const [shown] = newEvents(model, first.model)
    expect(shown).toMatchObject({
      type: 'conversation_updated',
      conversation: {
        picture_url: expect.stringMatching(
          /^\/api\/v1\/communications\/conversations\/[0-9a-f-]{36}\/picture\?v=[0-9a-f]{8}$/,
        ),
      },
    })
    const second = apply(first.model, [picture('t/x/one'), picture('t/x/two')])
    expect(second.removedObjects).toEqual(['t/x/one'])
    const [next] = newEvents(first.model, second.model)
    expect(next).not.toEqual(shown)
  })

  it('that turns out to be another keeps one picture', () => {
    const other = { aliases: [user('UA.1')] as [ReturnType<typeof user>] }
    const { model } = begun(message({ externalId: 'b', contact: other }))
    const both: InboundContact = { aliases: [...contact.aliases, ...other.aliases] }
    const picture = (of: InboundContact, pictureKey: string): IngestItem =>
      on({ kind: 'contact', at: now, contact: { ...of, pictureKey } })
    const merged = apply(model, [
      picture(contact, 'one'),
      picture(other, 'two'),
      on({ kind: 'contact', at: now, contact: both }),
    ])
    expect(merged.removedObjects).toEqual(['two'])
    expect(merged.model.tables.conversations.map((row) => row.pictureKey)).toEqual(['one', null])
  })
})

it('two contacts that become one keep the marks of both, and their replies stay on their way', () => {
  const two = begun(message({ externalId: 'b', contact: { aliases: [user('UA.1')] } }))
  const secondId = two.model.tables.conversations[1]?.id ?? ''
  const reply = withReply({}, { ...two, conversationId: secondId })
  const both = { aliases: [phone('380501234567'), user('UA.1')] as [ReturnType<typeof phone>, ReturnType<typeof user>] }
  const of: InboundContact = { aliases: [user('UA.1')] }
  const mark: InboundItem = { kind: 'watermark', at: now, contact: of, status: 'read', upTo: now }
  const model = after(reply.model, on(mark), on({ kind: 'contact', at: now, contact: both }), sentAs(reply, 'x'))
  expect(rowOf(model, reply.messageId)).toMatchObject({
    conversationId: two.conversationId,
    status: 'read',
    externalId: 'x',
  })
  expect(model.tables.contacts.find((row) => row.address === '380501234567')?.readUntil).toBe(now)
})
