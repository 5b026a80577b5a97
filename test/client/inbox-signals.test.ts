import { describe, expect, test } from 'vitest'
import { channel, conversation, conversationUpdated, message, newMessage, uuid } from './builders.ts'
import { startInbox } from './inbox-setup.ts'

describe('what is told apart from the rows', () => {
  test('tells of inbound messages once, and not of imported history or our own', async () => {
    const { inbox, socket } = await startInbox()
    const told: number[] = []
    const stop = inbox.onInbound(({ seq }) => told.push(seq))
    socket().event(newMessage(21))
    socket().event(newMessage(22, { silent: true }))
    socket().event(newMessage(23, { message: message(23, { direction: 'outbound' }) }))
    socket().event(newMessage(21)) // the journal was read again from further back
    socket().event(newMessage(24))
    stop()
    socket().event(newMessage(25))
    expect(told).toEqual([21, 24])
  })

  test('shows the health of channels', async () => {
    const { inbox, socket } = await startInbox()
    const health = { ...channel(900).health, state: 'down' as const }
    socket().event({ type: 'channel_health', seq: 21, channel_id: uuid(900), health })
    expect(inbox.getState().channels[0]?.health.state).toBe('down')
  })

  test('lets a typing sign go out after six seconds unless it is repeated', async () => {
    const { inbox, socket, environment } = await startInbox()
    const typing = { type: 'typing' as const, conversation_id: uuid(10), user_id: uuid(3), name: 'Olena' }
    socket().ephemeral(typing)
    await environment.advance(4_000)
    socket().ephemeral(typing)
    socket().ephemeral({ ...typing, user_id: uuid(4), name: 'Taras' })
    socket().ephemeral({ ...typing, user_id: inbox.getState().me?.user_id ?? '' })
    await environment.advance(5_999)
    expect(inbox.getState().typing.map(({ name }) => name)).toEqual(['Olena', 'Taras'])
    await environment.advance(1)
    expect(inbox.getState().typing).toEqual([])
  })

  test('shows who came at once and who left after fifteen seconds, so that a reload goes unseen', async () => {
    const { inbox, socket, environment } = await startInbox()
    socket().ephemeral({ type: 'online', user_ids: [uuid(3), uuid(4)] })
    socket().ephemeral({ type: 'presence', user_id: uuid(3), online: false })
    await environment.advance(10_000)
    socket().ephemeral({ type: 'presence', user_id: uuid(3), online: true })
    socket().ephemeral({ type: 'online', user_ids: [uuid(3), uuid(5)] })
    await environment.advance(14_999)
    expect(inbox.getState().online).toEqual([uuid(3), uuid(4), uuid(5)])
    await environment.advance(1)
    expect(inbox.getState().online).toEqual([uuid(3), uuid(5)])
  })

  test('changes only along the path of a change, and tells only of changes', async () => {
    const { inbox, socket } = await startInbox()
    await inbox.openConversation(uuid(10))
    const before = inbox.getState()
    let told = 0
    inbox.subscribe(() => (told += 1))
    socket().event(conversationUpdated(21, conversation(12, { client_name: 'New' })))
    expect(inbox.getState().threads).toBe(before.threads)
    expect(inbox.getState().conversations[1]).toBe(before.conversations[1])
    socket().event(newMessage(21))
    expect(told).toBe(1)
  })

  test('passes typing on to the socket', async () => {
    const { inbox, socket } = await startInbox()
    inbox.sendTyping(uuid(10))
    expect(socket().typed).toEqual([uuid(10)])
  })
})
