import { describe, expect, test } from 'vitest'
import { ApiError } from '../../src/client/api-error.ts'
import { at, conversation, newMessage } from './builders.ts'
import { shown, startInbox } from './inbox-setup.ts'

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
