import { describe, expect, test } from 'vitest'
import { ApiError } from '../../src/client/api-error.ts'
import { threadRows } from '../../src/client/thread-rows.ts'
import type { Attachment, Message } from '../../src/protocol/message.ts'
import { at, message, uuid } from './builders.ts'
import { settle } from './fake-environment.ts'
import { type InboxSetup, startInbox } from './inbox-setup.ts'

const open = uuid(10)
const refused = (code: string): Promise<never> => Promise.reject(new ApiError(code, 409, 'No'))
const error = { code: '131047', title: 'Re-engagement message', details: null }

async function openWith(...messages: Message[]): Promise<InboxSetup & { first(): Message }> {
  const setup = await startInbox({ messages })
  await setup.inbox.openConversation(open)
  const first = (): Message => setup.inbox.getState().threads[open]?.messages[0] ?? message(0)
  return { ...setup, first }
}

describe('reacting', () => {
  const given = { by: 'customer', emoji: '❤️', at: at(1) }

  test('shows at once, replaces our earlier one and leaves those of others', async () => {
    const { inbox, calls, first } = await openWith(message(1, { reactions: [given] }))
    const reacting = inbox.react(uuid(5001), '👍')
    expect(first().reactions.map(({ by, emoji }) => by + emoji)).toEqual(['customer❤️', 'business👍'])
    await expect(reacting).resolves.toEqual({ ok: true, value: null })
    await inbox.react(uuid(5001), '🙏')
    expect(first().reactions.map(({ emoji }) => emoji)).toEqual(['❤️', '🙏'])
    await inbox.react(uuid(5001), null)
    expect(first().reactions).toEqual([given])
    expect(calls.slice(-3)).toEqual(['react 001 👍', 'react 001 🙏', 'react 001 null'])
  })

  test('is taken back where it is refused, and the reason is given', async () => {
    const { inbox, api, first } = await openWith(message(1, { reactions: [given] }))
    api.react = () => refused('reaction.unsupported')
    const result = await inbox.react(uuid(5001), '👍')
    expect(result).toEqual({ ok: false, error: { code: 'reaction.unsupported', status: 409, message: 'No' } })
    expect(first().reactions).toEqual([given])
  })

  test('gives way to whatever an event said meanwhile', async () => {
    const { inbox, api, socket, first } = await openWith(message(1))
    api.react = () => {
      const edited = message(1, { content: 'Edited' })
      socket().event({ type: 'message_updated', seq: 21, conversation_id: open, message: edited })
      return refused('message.deleted')
    }
    await inbox.react(uuid(5001), '👍')
    expect(first()).toMatchObject({ content: 'Edited', reactions: [] })
  })
})

describe('sending a stored message again', () => {
  const failed = message(1, { direction: 'outbound', status: 'failed', error })

  test('shows it as waiting at once, and the journal tells the rest', async () => {
    const { inbox, calls, socket, first } = await openWith(failed)
    await inbox.retry(uuid(5001))
    expect(first()).toMatchObject({ status: 'queued', error: null })
    expect(calls.at(-1)).toBe('retryMessage 001')
    const status = { type: 'message_status' as const, conversation_id: open, message_id: uuid(5001), at: at(5) }
    socket().event({ ...status, seq: 21, status: 'sent', error: null })
    expect(first().status).toBe('sent')
  })

  test('leaves it as it was where that is refused', async () => {
    const { inbox, api, first } = await openWith(failed)
    api.retryMessage = () => refused('message.not_failed')
    await expect(inbox.retry(uuid(5001))).resolves.toMatchObject({ ok: false, error: { code: 'message.not_failed' } })
    expect(first()).toMatchObject({ status: 'failed', error })
  })

  test('by a colleague: what the journal reports after the failure counts', async () => {
    const { socket, first } = await openWith(failed)
    const status = { type: 'message_status' as const, conversation_id: open, message_id: uuid(5001), at: at(5) }
    socket().event({ ...status, seq: 21, status: 'queued', error: null })
    expect(first()).toMatchObject({ status: 'queued', error: null })
  })
})

describe('fetching a file again', () => {
  const file = (n: number): Attachment => ({
    ...{ id: uuid(n), type: 'image', mime_type: null, filename: null, size: null },
    ...{ state: 'failed', url: null, error },
  })

  test('shows it as pending at once, and leaves the others', async () => {
    const { inbox, calls, first } = await openWith(message(1, { attachments: [file(601), file(602)] }))
    await inbox.retryAttachment(uuid(602))
    expect(first().attachments.map(({ state }) => state)).toEqual(['failed', 'pending'])
    expect(calls.at(-1)).toBe('retryAttachment 602')
  })

  test('is taken back where it is refused', async () => {
    const { inbox, api, first } = await openWith(message(1, { attachments: [file(601)] }))
    api.retryAttachment = () => refused('attachment.ready')
    await inbox.retryAttachment(uuid(601))
    expect(first().attachments[0]).toMatchObject({ state: 'failed', error })
  })
})

describe('templates', () => {
  test('are asked for once in five minutes, and again after a failure', async () => {
    const { inbox, api, calls, environment } = await openWith()
    const { templates } = api
    api.templates = () => refused('platform.refused')
    await expect(inbox.templates(uuid(900))).resolves.toMatchObject({ ok: false })
    api.templates = templates
    await Promise.all([inbox.templates(uuid(900)), inbox.templates(uuid(900))])
    await environment.advance(4 * 60_000)
    await expect(inbox.templates(uuid(900))).resolves.toEqual({ ok: true, value: [] })
    await environment.advance(2 * 60_000)
    await inbox.templates(uuid(900))
    await inbox.templates(uuid(901))
    expect(calls.filter((call) => call.startsWith('templates'))).toEqual([
      'templates 900',
      'templates 900',
      'templates 901',
    ])
  })
})

describe('typing', () => {
  test('tells colleagues with every call and the customer every ten seconds', async () => {
    const { inbox, socket, calls, environment } = await openWith()
    inbox.typing(open)
    inbox.typing(open)
    inbox.typing(uuid(11))
    await environment.advance(10_000)
    inbox.typing(open)
    expect(socket().typed).toEqual([open, open, uuid(11), open])
    expect(calls.filter((call) => call.startsWith('typing'))).toEqual(['typing 010', 'typing 011', 'typing 010'])
  })

  test('is not offered to a customer again whose platform has no such sign', async () => {
    const { inbox, api, environment } = await openWith()
    let asked = 0
    api.typing = () => {
      asked += 1
      return asked === 1 ? Promise.reject(new ApiError('network', 0, 'No network')) : refused('typing.unsupported')
    }
    for (let n = 0; n < 4; n += 1) {
      inbox.typing(open)
      await settle()
      await environment.advance(10_000)
    }
    expect(asked).toBe(2)
  })
})

test('a second copy of what we sent is not shown', async () => {
  const details = { duplicate_of: uuid(5001) }
  const copy = message(2, { details, deleted_at: at(3) })
  const { inbox } = await openWith(message(1), copy, message(3, { details }), message(4, { deleted_at: at(5) }))
  expect(threadRows(inbox.getState(), open).map(({ seq }) => seq)).toEqual([1, 3, 4])
})
