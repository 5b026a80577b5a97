import { describe, expect, test } from 'vitest'
import { ApiError } from '../../src/client/api-error.ts'
import { at, conversation, epoch, message, newMessage, note, uuid } from './builders.ts'
import { settle } from './fake-environment.ts'
import { type InboxSetup, shown, startInbox } from './inbox-setup.ts'

const busy = new ApiError('http.503', 503, 'busy')

/** Lets a call fail as often as told before it works again; gives how often it was asked. */
function failing<Call extends (...given: never[]) => Promise<unknown>>(call: Call, times: number, error = busy) {
  const asked: Parameters<Call>[] = []
  const failed = (...given: Parameters<Call>) => {
    asked.push(given)
    return asked.length <= times ? Promise.reject(error) : call(...given)
  }
  return { call: failed as unknown as Call, asked }
}

describe('a list that could not be loaded', () => {
  test('is tried again with growing waits while the connection stays live, and follows events from then on', async () => {
    const { inbox, api, environment, socket, server } = await startInbox()
    const { call, asked } = failing(api.conversations, 3)
    api.conversations = call
    await inbox.setQuery({ platform: 'whatsapp' })
    expect(inbox.getState()).toMatchObject({ conversationsError: 'busy', conversationsLoading: false })
    server.conversations = [conversation(30, { platform: 'whatsapp' })]
    await environment.advance(4_200)
    expect(asked).toHaveLength(3)
    await environment.advance(100)
    expect(shown(inbox)).toEqual([30])
    expect(inbox.getState().conversationsError).toBeNull()
    const row = conversation(40, { platform: 'whatsapp', last_message_at: at(50) })
    socket().event(newMessage(21, { conversation_id: row.id, conversation: row }))
    expect(shown(inbox)).toEqual([40, 30])
    await environment.advance(120_000)
    expect(asked).toHaveLength(4)
  })

  test('has no pages of the list before it: asking for more asks for its beginning', async () => {
    const { inbox, api } = await startInbox({ nextConversations: { cursor: 'c2', items: [conversation(9)] } })
    const { call, asked } = failing(api.conversations, 1)
    api.conversations = call
    await inbox.setQuery({ unread: true })
    expect(inbox.getState().conversationsCursor).toBeNull()
    await inbox.loadMoreConversations()
    expect(asked.map(([query, cursor]) => [query, cursor])).toEqual([
      [{ unread: true }, null],
      [{ unread: true }, null],
    ])
    expect(inbox.getState()).toMatchObject({ conversationsError: null, conversationsCursor: 'c2' })
  })

  test('is not tried again where it was refused, after another one was asked for, or after the end', async () => {
    const { inbox, api, environment } = await startInbox()
    const { conversations } = api
    const refused = failing(conversations, 9, new ApiError('request.invalid', 400, 'No'))
    api.conversations = refused.call
    await inbox.setQuery({ q: 'x' })
    await environment.advance(60_000)
    expect(refused.asked).toHaveLength(1)

    const gone = failing(conversations, 9)
    api.conversations = gone.call
    await inbox.setQuery({ unread: true })
    api.conversations = conversations
    await inbox.setQuery({})
    await environment.advance(60_000)
    expect(gone.asked).toHaveLength(1)

    api.conversations = gone.call
    await inbox.setQuery({ unread: true })
    inbox.stop()
    await inbox.setQuery({})
    expect(environment.timers()).toBe(0)
  })
})

describe('a thread that was loaded in part', () => {
  const id = uuid(10)
  const noteEvent = {
    ...{ type: 'new_note' as const, seq: 21, conversation_id: id },
    ...{ note: note(3), conversation: conversation(10) },
  }
  const textsOf = ({ inbox }: InboxSetup) => inbox.getState().notes?.[id]?.notes.map(({ text }) => text)

  test('says that notes are missing, and has them and live ones as soon as they can be read', async () => {
    const setup = await startInbox({ notes: [note(1)] })
    const { inbox, api, environment, socket } = setup
    api.notes = failing(api.notes, 2).call
    await inbox.openConversation(id)
    await environment.advance(800)
    expect(inbox.getState().notes?.[id]).toMatchObject({ notes: [], error: 'busy' })
    await environment.advance(2_000)
    expect(inbox.getState().notes?.[id]?.error).toBeNull()
    socket().event(noteEvent)
    expect(textsOf(setup)).toEqual(['Note 1', 'Note 3'])
  })

  test('goes on with older notes after a page of them failed', async () => {
    const setup = await startInbox({ messages: [message(1)] })
    const { inbox, api, environment } = setup
    const reading = { as_of: 20, epoch }
    const past = failing(async () => ({ items: [note(5)], next_cursor: null, ...reading }), 1)
    api.notes = async (_, before) =>
      before === 'past' ? past.call() : { items: [note(40)], next_cursor: 'past', ...reading }
    await inbox.openConversation(id)
    await settle()
    expect(inbox.getState().notes?.[id]?.error).toBe('busy')
    await environment.advance(1_000)
    expect(textsOf(setup)).toEqual(['Note 5', 'Note 40'])
    expect(inbox.getState().notes?.[id]?.error).toBeNull()
  })

  test('keeps the error of the conversation apart from that of its messages, and tries that again too', async () => {
    const { inbox, api, environment } = await startInbox()
    api.conversation = failing(api.conversation, 1).call
    await inbox.openConversation(uuid(77))
    expect(inbox.getState().threads[uuid(77)]).toMatchObject({ error: null, openedError: 'busy' })
    await environment.advance(1_000)
    expect(inbox.getState().threads[uuid(77)]).toMatchObject({ error: null, openedError: null })
    expect(inbox.getState().opened?.[uuid(77)]?.id).toBe(uuid(77))
  })

  test('is completed at once when the connection is back, also where the server had refused', async () => {
    const setup = await startInbox({ notes: [note(1)] })
    const { inbox, api, socket, calls } = setup
    const refused = new ApiError('auth.required', 401, 'Sign in')
    Object.assign(api, {
      messages: failing(api.messages, 1, refused).call,
      conversation: failing(api.conversation, 1, refused).call,
      notes: failing(api.notes, 1, refused).call,
    })
    await inbox.openConversation(id)
    await settle()
    expect(inbox.getState().threads[id]).toMatchObject({ error: 'Sign in', openedError: 'Sign in' })
    socket().state({ kind: 'live' })
    await settle()
    expect(inbox.getState().threads[id]).toMatchObject({ error: null, openedError: null })
    expect(textsOf(setup)).toEqual(['Note 1'])
    calls.length = 0
    socket().state({ kind: 'live' })
    await settle()
    expect(calls).toEqual([])
  })

  test('is not asked for any more once it was let go', async () => {
    const { inbox, api, environment } = await startInbox()
    const { call, asked } = failing(api.messages, 9)
    api.messages = (conversationId, ...others) =>
      conversationId === id ? call(conversationId, ...others) : Promise.reject(new ApiError('x.gone', 404, 'Gone'))
    await inbox.openConversation(id)
    for (let n = 100; n < 120; n += 1) await inbox.openConversation(uuid(n))
    await environment.advance(60_000)
    expect(asked).toHaveLength(1)
    expect(environment.timers()).toBe(0)
  })
})
