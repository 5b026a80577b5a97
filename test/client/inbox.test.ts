import { describe, expect, test } from 'vitest'
import { ApiError } from '../../src/client/api-error.ts'
import type { Message } from '../../src/protocol/message.ts'
import { at, channel, conversation, conversationUpdated, epoch, message, newMessage, uuid } from './builders.ts'
import { settle } from './fake-environment.ts'
import { setUpInbox, shown, startInbox } from './inbox-setup.ts'

const ids = (messages: readonly Message[] | undefined): number[] =>
  (messages ?? []).map(({ id }) => Number(id.slice(-3)))

describe('starting', () => {
  test('loads the rows first and follows events from their position', async () => {
    const { inbox, socket } = await startInbox()
    expect(socket().openedAt).toEqual({ seq: 20, epoch })
    expect(socket().isOpen).toBe(true)
    expect(inbox.getState()).toMatchObject({ connection: { kind: 'live' }, conversationsLoading: false })
    expect(inbox.getState().me?.name).toBe('I')
    expect(shown(inbox)).toEqual([12, 11, 10])
  })

  test('follows from the earliest position of what was loaded', async () => {
    const { inbox, api, socket } = setUpInbox()
    api.channels = async () => ({ items: [channel(900)], next_cursor: null, as_of: 17, epoch })
    await inbox.start()
    expect(socket().openedAt.seq).toBe(17)
    socket().event(newMessage(18)) // older than the list: the row says more than the event
    expect(inbox.getState().conversations.find(({ id }) => id === uuid(10))?.unread_count).toBe(0)
  })

  test('tries again while the server cannot be reached', async () => {
    const { inbox, api, environment } = setUpInbox()
    const { me } = api
    api.me = () => Promise.reject(new ApiError('network', 0, 'No network'))
    void inbox.start()
    await settle()
    expect(inbox.getState()).toMatchObject({
      connection: { kind: 'connecting', attempt: 1 },
      conversationsError: 'No network',
    })
    api.me = me
    await environment.advance(1_000)
    expect(inbox.getState().conversationsError).toBeNull()
    expect(shown(inbox)).toEqual([12, 11, 10])
  })

  test('stops where the credential is refused, and can be started again', async () => {
    const { inbox, api, socket } = setUpInbox()
    const { me } = api
    api.me = () => Promise.reject(new ApiError('unauthorised', 401, 'Sign in'))
    await inbox.start()
    expect(inbox.getState().connection).toEqual({ kind: 'stopped', code: 4500 })
    api.me = me
    await inbox.start()
    expect(socket().isOpen).toBe(true)
  })

  test('starts once, however often it is asked, and again after it was stopped', async () => {
    const { inbox, calls, environment, socket } = setUpInbox()
    await Promise.all([inbox.start(), inbox.start()])
    expect(calls.filter((call) => call === 'me')).toHaveLength(1)
    const first = socket()
    inbox.stop()
    expect(first.isOpen).toBe(false)
    expect(environment.timers()).toBe(0)
    await inbox.start()
    expect(socket()).not.toBe(first)
    first.event(newMessage(21))
    expect(shown(inbox)).toEqual([12, 11, 10])
  })

  test('opens nothing when it is stopped while it loads', async () => {
    const { inbox, socket } = setUpInbox()
    const started = inbox.start()
    inbox.stop()
    await started
    expect(socket).toThrow()
    expect(inbox.getState()).toMatchObject({ connection: { kind: 'stopped', code: null }, me: null })
  })

  test('keeps a thread live that was opened before anything was loaded', async () => {
    const { inbox, socket } = setUpInbox()
    await Promise.all([inbox.openConversation(uuid(10)), inbox.start()])
    socket().event(newMessage(21))
    expect(ids(inbox.getState().threads[uuid(10)]?.messages)).toEqual([1, 2, 21])
  })
})

describe('the list', () => {
  test('moves a conversation with a new message to the top, and adds an unknown one', async () => {
    const { inbox, socket } = await startInbox()
    socket().event(newMessage(21))
    expect(shown(inbox)).toEqual([10, 12, 11])
    const row = conversation(30, { last_message_at: at(40) })
    socket().event(newMessage(22, { conversation_id: row.id, conversation: row }))
    expect(shown(inbox)).toEqual([30, 10, 12, 11])
  })

  test('takes out what the query leaves out, and takes in what it asks for', async () => {
    const { inbox, socket, server } = await startInbox()
    await inbox.setQuery({ status: 'open', platform: 'telegram' })
    socket().event(conversationUpdated(21, conversation(11, { status: 'closed' })))
    expect(shown(inbox)).toEqual([12, 10])
    socket().event(newMessage(22, { conversation: conversation(31, { platform: 'email' }) }))
    expect(shown(inbox)).toEqual([12, 10])
    socket().event(conversationUpdated(23, conversation(11)))
    expect(shown(inbox)).toEqual([12, 11, 10])
    server.asOf = 23
    await inbox.setQuery({ unread: true })
    socket().event(conversationUpdated(24, conversation(12)))
    expect(shown(inbox)).toEqual([11, 10])
  })

  test('keeps the order of search results and adds none, since only the server can judge', async () => {
    const { inbox, socket } = await startInbox()
    await inbox.setQuery({ q: 'contract' })
    socket().event(newMessage(21))
    socket().event(newMessage(22, { conversation: conversation(30) }))
    expect(shown(inbox)).toEqual([12, 11, 10])
    expect(inbox.getState().conversations.at(-1)?.unread_count).toBe(1)
  })

  test('applies events that came while the list was being read to the rows that arrive after them', async () => {
    const { inbox, socket, server, api } = await startInbox()
    const { conversations } = api
    let answer: () => void = () => undefined
    api.conversations = async (...args) => {
      const page = await conversations(...args)
      await new Promise<void>((resolve) => (answer = resolve))
      return page
    }
    server.asOf = 21
    const loading = inbox.setQuery({ status: 'open' })
    await settle()
    socket().event(newMessage(21)) // in the rows already
    socket().event(newMessage(22, { conversation: conversation(11, { last_message_at: at(50) }) }))
    answer()
    await loading
    expect(shown(inbox)).toEqual([11, 12, 10])
    expect(socket().cursors).toEqual([])
  })

  test('reads the journal again for rows older than anything it still knows', async () => {
    const { inbox, socket, server } = await startInbox()
    server.asOf = 12
    await inbox.setQuery({ status: 'open' })
    expect(socket().cursors).toEqual([{ seq: 12, epoch }])
    socket().event(conversationUpdated(15, conversation(11, { client_name: 'New name' })))
    expect(inbox.getState().conversations.find(({ id }) => id === uuid(11))?.client_name).toBe('New name')
  })

  test('shows the answer to the newest question only', async () => {
    const { inbox, api, server } = await startInbox()
    const answers: (() => void)[] = []
    api.conversations = (query) =>
      new Promise((resolve) => {
        const items = [conversation(query.platform === 'email' ? 50 : 60)]
        answers.push(() => resolve({ items, next_cursor: null, as_of: server.asOf, epoch }))
      })
    const both = [inbox.setQuery({ platform: 'email' }), inbox.setQuery({ platform: 'facebook' })]
    answers[1]?.()
    answers[0]?.()
    await Promise.all(both)
    expect(shown(inbox)).toEqual([60])
    expect(inbox.getState().conversationsLoading).toBe(false)
  })

  test('appends pages without repeating a conversation, and without rows from beyond the pages it has', async () => {
    const next = { cursor: 'c2', items: [conversation(10, { unread_count: 9 }), conversation(9)] }
    const { inbox, socket, server } = await startInbox({ nextConversations: next })
    socket().event(conversationUpdated(21, conversation(5)))
    expect(shown(inbox)).toEqual([12, 11, 10])
    server.asOf = 21
    await inbox.loadMoreConversations()
    expect(shown(inbox)).toEqual([12, 11, 10, 9])
    expect(inbox.getState().conversations[2]?.unread_count).toBe(0)
    expect(inbox.getState().conversationsCursor).toBeNull()
  })

  test('brings rows of a page up to date that was read before the events on show', async () => {
    const next = { cursor: 'c2', items: [conversation(9, { client_name: 'Old name' })] }
    const { inbox, socket } = await startInbox({ nextConversations: next })
    socket().event(conversationUpdated(21, conversation(9, { client_name: 'New name' })))
    await inbox.loadMoreConversations()
    expect(inbox.getState().conversations.at(-1)?.client_name).toBe('New name')
  })

  test('says what went wrong and loads the list as soon as the connection is back', async () => {
    const { inbox, api, socket } = await startInbox()
    const { conversations } = api
    api.conversations = () => Promise.reject(new ApiError('network', 0, 'No network'))
    await inbox.setQuery({ status: 'closed' })
    expect(inbox.getState()).toMatchObject({ conversationsError: 'No network', conversationsLoading: false })
    api.conversations = conversations
    socket().state({ kind: 'live' })
    await settle()
    expect(inbox.getState().conversationsError).toBeNull()
  })
})

describe('threads', () => {
  test('shows messages oldest first and appends new ones in order of their time', async () => {
    const { inbox, socket } = await startInbox()
    await inbox.openConversation(uuid(10))
    socket().event(newMessage(22, { message: message(22, { created_at: at(30) }) }))
    socket().event(newMessage(23, { message: message(23, { created_at: at(25) }) }))
    socket().event(newMessage(24, { message: message(24, { created_at: at(25) }) }))
    expect(ids(inbox.getState().threads[uuid(10)]?.messages)).toEqual([1, 2, 23, 24, 22])
  })

  test('applies edits, and statuses only forward', async () => {
    const { inbox, socket } = await startInbox()
    await inbox.openConversation(uuid(10))
    const status = { type: 'message_status' as const, conversation_id: uuid(10), message_id: uuid(5001), at: at(5) }
    socket().event({ ...status, seq: 21, status: 'read', error: null })
    socket().event({ ...status, seq: 22, status: 'delivered', error: null })
    const edited = message(2, { content: 'Edited', edited_at: at(6) })
    socket().event({ type: 'message_updated', seq: 23, conversation_id: uuid(10), message: edited })
    const messages = inbox.getState().threads[uuid(10)]?.messages
    expect(messages?.map(({ status: s, content }) => [s, content])).toEqual([
      ['read', 'Message 1'],
      ['sent', 'Edited'],
    ])
  })

  test('loads the past in front, once at a time', async () => {
    const older = { before: 'b1', items: [message(0, { created_at: at(-5) }), message(1)] }
    const { inbox, calls } = await startInbox({ olderMessages: older })
    await inbox.openConversation(uuid(10))
    await Promise.all([inbox.loadOlder(uuid(10)), inbox.loadOlder(uuid(10))])
    expect(ids(inbox.getState().threads[uuid(10)]?.messages)).toEqual([0, 1, 2])
    expect(inbox.getState().threads[uuid(10)]).toMatchObject({ before: null, loading: false })
    expect(calls.filter((call) => call === 'messages 10')).toHaveLength(2)
  })

  test('tells of a failed load and tries again when asked', async () => {
    const { inbox, api } = await startInbox()
    const { messages } = api
    api.messages = () => Promise.reject(new ApiError('network', 0, 'No network'))
    await inbox.openConversation(uuid(10))
    expect(inbox.getState().threads[uuid(10)]).toMatchObject({ error: 'No network', loading: false })
    api.messages = messages
    await inbox.openConversation(uuid(10))
    expect(inbox.getState().threads[uuid(10)]).toMatchObject({ error: null, loading: false })
  })

  test('does not load a thread again that is kept live, and lets go of the ones opened longest ago', async () => {
    const { inbox, calls } = await startInbox()
    await inbox.openConversation(uuid(10))
    await inbox.openConversation(uuid(10))
    expect(calls.filter((call) => call === 'messages 10')).toHaveLength(1)
    for (let n = 100; n < 120; n += 1) await inbox.openConversation(uuid(n))
    expect(Object.keys(inbox.getState().threads)).toHaveLength(20)
    expect(inbox.getState().threads[uuid(10)]).toBeUndefined()
  })

  test('keeps an opened conversation up to date that the query leaves out of the list', async () => {
    const { inbox, socket } = await startInbox()
    await inbox.openConversation(uuid(40))
    socket().event(conversationUpdated(21, conversation(40, { status: 'closed' })))
    expect(inbox.getState().opened?.[uuid(40)]?.status).toBe('closed')
  })

  test('leaves a late message of the past to the page it belongs to', async () => {
    const older = { before: 'b1', items: [message(0, { created_at: at(-5) })] }
    const { inbox, socket } = await startInbox({ olderMessages: older })
    await inbox.openConversation(uuid(10))
    socket().event(newMessage(21, { message: message(21, { created_at: at(-9) }) }))
    expect(ids(inbox.getState().threads[uuid(10)]?.messages)).toEqual([1, 2])
    await inbox.loadOlder(uuid(10))
    expect(ids(inbox.getState().threads[uuid(10)]?.messages)).toEqual([21, 0, 1, 2])
  })

  test('discards a page of the past of a thread that was loaded anew meanwhile', async () => {
    const older = { before: 'b1', items: [message(0, { created_at: at(-5) })] }
    const { inbox, api, socket, server } = await startInbox({ olderMessages: older })
    await inbox.openConversation(uuid(10))
    const { messages } = api
    let answer: () => void = () => undefined
    api.messages = async (id, before) => {
      const page = await messages(id, before)
      if (before !== undefined) await new Promise<void>((resolve) => (answer = resolve))
      return page
    }
    const loading = inbox.loadOlder(uuid(10))
    await settle()
    Object.assign(server, { epoch: 'new', olderMessages: null })
    socket().reset()
    await settle()
    answer()
    await loading
    expect(ids(inbox.getState().threads[uuid(10)]?.messages)).toEqual([1, 2])
    expect(inbox.getState().threads[uuid(10)]?.loading).toBe(false)
  })

  test('loads a thread again that another conversation went into', async () => {
    const { inbox, socket, calls } = await startInbox()
    await inbox.openConversation(uuid(11))
    socket().event(conversationUpdated(21, conversation(10, { status: 'merged', merged_into: uuid(11) })))
    expect(calls.filter((call) => call === 'messages 11')).toHaveLength(2)
  })

  test('follows a merge from the conversation that was open to the one it went into', async () => {
    const { inbox, socket, calls } = await startInbox()
    await inbox.openConversation(uuid(10))
    const merged = conversation(10, { status: 'merged', merged_into: uuid(11) })
    socket().event(conversationUpdated(21, merged))
    await settle()
    expect(shown(inbox)).toEqual([12, 11])
    expect(inbox.getState().redirects).toEqual({ [uuid(10)]: uuid(11) })
    expect(Object.keys(inbox.getState().threads)).toEqual([uuid(11)])
    await inbox.openConversation(uuid(10))
    expect(calls.filter((call) => call === 'messages 11')).toHaveLength(1)
  })
})

describe('read marks', () => {
  test('show at once and stay when the server agrees', async () => {
    const { inbox, calls } = await startInbox({ conversations: [conversation(10, { unread_count: 3 })] })
    const marking = inbox.markRead(uuid(10))
    expect(inbox.getState().conversations[0]?.unread_count).toBe(0)
    await marking
    await inbox.markRead(uuid(10))
    expect(inbox.getState().conversations[0]?.unread_count).toBe(0)
    expect(calls.filter((call) => call === 'markRead')).toHaveLength(1)
  })

  test('are taken back when the server refuses, also where the query had hidden the conversation', async () => {
    const { inbox, api } = await startInbox({ conversations: [conversation(10, { unread_count: 3 })] })
    await inbox.setQuery({ unread: true })
    api.markRead = () => Promise.reject(new ApiError('network', 0, 'No network'))
    const marking = inbox.markRead(uuid(10))
    expect(shown(inbox)).toEqual([])
    await marking
    expect(inbox.getState().conversations[0]?.unread_count).toBe(3)
  })

  test('go up to the message that arrived last, also where its time is earlier than that of a reply', async () => {
    const conversations = [conversation(10, { unread_count: 1 })]
    const late = message(9, { created_at: at(1) })
    const { inbox, api } = await startInbox({ conversations, messages: [late, message(8, { created_at: at(2) })] })
    await inbox.openConversation(uuid(10))
    const { markRead } = api
    const marked: string[] = []
    api.markRead = (id, messageId) => {
      marked.push(messageId)
      return markRead(id, messageId)
    }
    await inbox.markRead(uuid(10))
    expect(marked).toEqual([late.id])
  })

  test('give way to whatever an event said meanwhile', async () => {
    const { inbox, api, socket } = await startInbox({ conversations: [conversation(10, { unread_count: 3 })] })
    await inbox.openConversation(uuid(10))
    api.markRead = async () => {
      socket().event(newMessage(21, { conversation: conversation(10, { unread_count: 4 }) }))
      throw new ApiError('network', 0, 'No network')
    }
    await inbox.markRead(uuid(10))
    expect(inbox.getState().conversations[0]?.unread_count).toBe(4)
  })
})

describe('a journal that was restored', () => {
  test('loads everything again, quietly, and follows the new journal from there', async () => {
    const { inbox, socket, server } = await startInbox()
    await inbox.openConversation(uuid(10))
    Object.assign(server, { epoch: 'new', asOf: 5, conversations: [conversation(11)], messages: [message(1)] })
    socket().reset()
    expect(inbox.getState().conversationsLoading).toBe(false)
    expect(shown(inbox)).toEqual([12, 11, 10])
    await settle()
    expect(shown(inbox)).toEqual([11])
    expect(ids(inbox.getState().threads[uuid(10)]?.messages)).toEqual([1])
    expect(socket().cursors).toEqual([{ seq: 5, epoch: 'new' }])
    socket().event(newMessage(6))
    expect(shown(inbox)).toEqual([11, 10])
    expect(ids(inbox.getState().threads[uuid(10)]?.messages)).toEqual([1, 6])
  })

  test('is noticed also when rows of it arrive before the socket tells', async () => {
    const { inbox, socket, server } = await startInbox()
    Object.assign(server, { epoch: 'new', asOf: 5 })
    await inbox.openConversation(uuid(10))
    await settle()
    expect(socket().cursors).toEqual([{ seq: 5, epoch: 'new' }])
    socket().event(newMessage(6))
    expect(ids(inbox.getState().threads[uuid(10)]?.messages)).toEqual([1, 2, 6])
  })
})
