import { describe, expect, test } from 'vitest'
import type { ActionError } from '../../src/client/action-result.ts'
import { ApiError } from '../../src/client/api-error.ts'
import type { SentMessage } from '../../src/client/api.ts'
import { type ThreadMessage, threadRows } from '../../src/client/thread-rows.ts'
import type { SendMessageBody } from '../../src/protocol/api.ts'
import type { Message } from '../../src/protocol/message.ts'
import { at, conversation, conversationUpdated, message, newMessage, userId, uuid } from './builders.ts'
import { settle } from './fake-environment.ts'
import { type InboxSetup, startInbox, storeReply } from './inbox-setup.ts'

const open = uuid(10)
const lost = (): ApiError => new ApiError('network', 0, 'The server could not be reached')
const refusal = (code: string, status: number): ApiError => new ApiError(code, status, `No: ${code}`)

type Post = { body: SendMessageBody; store(): Message; answer(): Promise<void>; fail(error: ApiError): Promise<void> }

/** An open conversation whose POSTs wait until the test says what becomes of each. */
async function setUpReplies(): Promise<InboxSetup & { posts: Post[]; rows(): readonly ThreadMessage[] }> {
  const setup = await startInbox()
  await setup.inbox.openConversation(open)
  const posts: Post[] = []
  setup.api.sendMessage = (id, body) =>
    new Promise<SentMessage>((resolve, reject) => {
      const store = (): Message => storeReply(setup.server, id, body)
      posts.push({
        body,
        store,
        async answer() {
          const stored = store()
          resolve({ message: stored, seq: stored.seq })
          await settle()
        },
        async fail(error) {
          reject(error)
          await settle()
        },
      })
    })
  return { ...setup, posts, rows: () => threadRows(setup.inbox.getState(), open) }
}

type Setup = Awaited<ReturnType<typeof setUpReplies>>

const eventOf = (stored: Message) => newMessage(stored.seq, { message: stored })
const texts = ({ rows }: Setup): string[] =>
  rows().map(({ content, status, local }) => [content, status, local?.state].join(' ').trim())
const own = ({ rows }: Setup): string[] => texts({ rows } as Setup).slice(2)
const errorOf = ({ rows }: Setup): ActionError | null | undefined => rows().at(-1)?.local?.error

describe('a reply', () => {
  test('is on show before anything was asked of the server', async () => {
    const setup = await setUpReplies()
    const [id] = setup.inbox.send(open, { content: '  Good morning\n' })
    expect(own(setup)).toEqual(['Good morning queued sending'])
    expect(setup.rows().at(-1)).toMatchObject({
      ...{ id, client_message_id: id, direction: 'outbound', type: 'text' },
      sender: { external_id: userId, name: 'I' },
    })
    expect(setup.posts[0]?.body).toEqual({ client_message_id: id, content: 'Good morning' })
  })

  test('gives way to the answer, and that to the event, without a second row', async () => {
    const setup = await setUpReplies()
    setup.inbox.send(open, { content: 'One' })
    await setup.posts[0]?.answer()
    expect(own(setup)).toEqual(['One queued'])
    expect(setup.rows().at(-1)?.id).toBe(uuid(5021))
    const stored = setup.server.messages.at(-1) ?? message(0)
    setup.socket().event(eventOf(stored))
    expect(own(setup)).toEqual(['One queued'])
    expect(setup.inbox.getState().outgoing).toEqual([])
    setup.socket().event({ ...statusOf(stored), seq: 22, status: 'delivered' })
    expect(own(setup)).toEqual(['One delivered'])
  })

  test('gives way to the event when that is first, and the answer changes nothing any more', async () => {
    const setup = await setUpReplies()
    setup.inbox.send(open, { content: 'One' })
    const stored = setup.posts[0]?.store() ?? message(0)
    setup.socket().event(eventOf(stored))
    setup.socket().event({ ...statusOf(stored), seq: 22, status: 'read' })
    expect(own(setup)).toEqual(['One read'])
    await setup.posts[0]?.answer()
    expect(own(setup)).toEqual(['One read'])
    expect(setup.inbox.getState().outgoing).toEqual([])
  })

  test('keeps its key when the row of the server takes its place', async () => {
    const setup = await setUpReplies()
    const [id] = setup.inbox.send(open, { content: 'One' })
    await setup.posts[0]?.answer()
    expect(setup.rows().at(-1)?.client_message_id).toBe(id)
  })

  test('says what it answers, that a person answers, and which template is meant', async () => {
    const setup = await setUpReplies()
    const template = { name: 'ready', language: 'uk', components: [{ type: 'body' }] }
    const [id] = setup.inbox.send(open, { content: 'Ready', template, replyTo: uuid(5001), humanAgent: true })
    expect(setup.posts[0]?.body).toEqual({
      ...{ client_message_id: id, content: 'Ready', template, reply_to: uuid(5001), human_agent: true },
    })
    expect(setup.rows().at(-1)).toMatchObject({ type: 'template', reply_to_external_id: 'external-1' })
  })

  test('of mail says its subject and who else gets it, and shows both at once', async () => {
    const setup = await setUpReplies()
    const email = { subject: 'Re: Contract', cc: ['a@b.example'], bcc: ['c@d.example'] }
    const [id] = setup.inbox.send(open, { content: 'Hello', email })
    expect(setup.posts[0]?.body).toEqual({ client_message_id: id, content: 'Hello', email })
    expect(setup.rows().at(-1)?.details).toEqual(email)
  })

  test('that says nothing is not sent', async () => {
    const setup = await setUpReplies()
    expect(setup.inbox.send(open, { content: ' \n ' })).toEqual([])
    expect(setup.posts).toEqual([])
  })

  test('stands behind what it answers, also where the clock of this machine is slow', async () => {
    const setup = await setUpReplies()
    setup.inbox.send(open, { content: 'One' })
    expect(setup.rows().at(-1)?.created_at).toBe(at(2))
  })
})

describe('an answer that does not come', () => {
  test('makes the same request again after a while, until one comes', async () => {
    const setup = await setUpReplies()
    setup.inbox.send(open, { content: 'One' })
    await setup.posts[0]?.fail(lost())
    expect(setup.rows().at(-1)?.local).toMatchObject({ state: 'waiting', error: { code: 'network' } })
    expect(setup.rows().at(-1)?.local?.retryAt).toBe(setup.environment.now() + 750)
    await setup.environment.advance(749)
    expect(setup.posts).toHaveLength(1)
    await setup.environment.advance(1)
    await setup.posts[1]?.fail(lost())
    await setup.environment.advance(1_250)
    await setup.posts[2]?.answer()
    expect(own(setup)).toEqual(['One queued'])
    expect(new Set(setup.posts.map(({ body }) => JSON.stringify(body))).size).toBe(1)
    expect(setup.environment.timers()).toBe(0)
  })

  test('does no harm when the server had stored the message: it is the same one', async () => {
    const setup = await setUpReplies()
    setup.inbox.send(open, { content: 'One' })
    setup.posts[0]?.store()
    await setup.posts[0]?.fail(lost())
    await setup.environment.advance(1_000)
    await setup.posts[1]?.answer()
    expect(setup.server.messages).toHaveLength(3)
    expect(own(setup)).toEqual(['One queued'])
  })

  test('ends the attempts when the event comes instead', async () => {
    const setup = await setUpReplies()
    setup.inbox.send(open, { content: 'One' })
    const stored = setup.posts[0]?.store() ?? message(0)
    await setup.posts[0]?.fail(lost())
    setup.socket().event(eventOf(stored))
    await setup.environment.advance(60_000)
    expect(setup.posts).toHaveLength(1)
    expect(setup.environment.timers()).toBe(0)
    expect(own(setup)).toEqual(['One queued'])
  })

  test('is not waited for any longer once the connection is back', async () => {
    const setup = await setUpReplies()
    setup.inbox.send(open, { content: 'One' })
    for (let n = 0; n < 6; n += 1) {
      await setup.posts[n]?.fail(lost())
      if (n < 5) await setup.environment.advance(30_000)
    }
    setup.socket().state({ kind: 'connecting', attempt: 1, retryAt: null })
    expect(setup.posts).toHaveLength(6)
    setup.socket().state({ kind: 'live' })
    expect(setup.posts).toHaveLength(7)
    await setup.posts[6]?.answer()
    expect(own(setup)).toEqual(['One queued'])
  })

  test('and a thread that is read anew before the event came: the row of the answer stays', async () => {
    const setup = await setUpReplies()
    setup.inbox.send(open, { content: 'One' })
    await setup.posts[0]?.answer()
    const stored = setup.server.messages.pop() ?? message(0) // the reading is older than the message
    setup.server.asOf = 20
    setup.socket().event(conversationUpdated(21, conversation(12, { status: 'merged', merged_into: open })))
    await settle()
    expect(setup.calls.filter((call) => call === 'messages 10')).toHaveLength(2)
    expect(own(setup)).toEqual(['One queued'])
    setup.socket().event(eventOf({ ...stored, seq: 22 }))
    expect(own(setup)).toEqual(['One queued'])
    expect(setup.inbox.getState().outgoing).toEqual([])
  })

  test('is found in a page that is read instead of the event', async () => {
    const setup = await setUpReplies()
    setup.inbox.send(open, { content: 'One' })
    setup.posts[0]?.store()
    setup.socket().event(conversationUpdated(22, conversation(12, { status: 'merged', merged_into: open })))
    await settle()
    expect(own(setup)).toEqual(['One queued'])
    expect(setup.inbox.getState().outgoing).toEqual([])
  })
})

describe('a refusal', () => {
  test('stays on the row with its reason, and is not repeated by itself', async () => {
    const setup = await setUpReplies()
    setup.inbox.send(open, { content: 'One' })
    await setup.posts[0]?.fail(refusal('window.closed', 409))
    await setup.environment.advance(120_000)
    setup.socket().state({ kind: 'live' })
    expect(own(setup)).toEqual(['One failed failed'])
    expect(errorOf(setup)).toEqual({ code: 'window.closed', status: 409, message: 'No: window.closed' })
    expect(setup.posts).toHaveLength(1)
  })

  test('is tried again under the same name when somebody asks', async () => {
    const setup = await setUpReplies()
    const [id = ''] = setup.inbox.send(open, { content: 'One' })
    await setup.posts[0]?.fail(refusal('session.expired', 401))
    await expect(setup.inbox.retry(id)).resolves.toEqual({ ok: true, value: null })
    expect(own(setup)).toEqual(['One queued sending'])
    await setup.posts[1]?.answer()
    expect(setup.posts[1]?.body).toEqual(setup.posts[0]?.body)
    expect(own(setup)).toEqual(['One queued'])
  })

  test('can be taken away', async () => {
    const setup = await setUpReplies()
    const [id = ''] = setup.inbox.send(open, { content: 'One' })
    await setup.posts[0]?.fail(refusal('message.too_long', 422))
    setup.inbox.discard(id)
    expect(own(setup)).toEqual([])
    expect(setup.inbox.getState().outgoing).toEqual([])
  })

  test('after eight answers that blame the server, since somebody should decide by then', async () => {
    const setup = await setUpReplies()
    setup.inbox.send(open, { content: 'One' })
    for (let n = 0; n < 8; n += 1) {
      await setup.posts[n]?.fail(refusal('internal', 500))
      await setup.environment.advance(30_000)
    }
    expect(setup.posts).toHaveLength(8)
    expect(own(setup)).toEqual(['One failed failed'])
  })

  test('because the conversation has just gone into another one waits for the news of that', async () => {
    const setup = await setUpReplies()
    setup.inbox.send(open, { content: 'One' })
    await setup.posts[0]?.fail(refusal('conversation.merged', 409))
    expect(own(setup)).toEqual(['One queued waiting'])
    setup.socket().event(conversationUpdated(21, conversation(10, { status: 'merged', merged_into: uuid(11) })))
    await settle()
    await setup.environment.advance(1_000)
    await setup.posts[1]?.answer()
    expect(setup.server.messages.at(-1)?.conversation_id).toBe(uuid(11))
  })

  test('for too many requests is waited out, and a new connection does not shorten that', async () => {
    const setup = await setUpReplies()
    setup.inbox.send(open, { content: 'One' })
    await setup.posts[0]?.fail(refusal('rate_limited', 429))
    setup.socket().state({ kind: 'live' })
    await setup.environment.advance(29_000)
    expect(setup.posts).toHaveLength(1)
    await setup.environment.advance(31_000)
    expect(setup.posts).toHaveLength(2)
  })
})

describe('several replies', () => {
  test('go in the order they were written, each after the answer to the one before', async () => {
    const setup = await setUpReplies()
    setup.inbox.send(open, { content: 'One' })
    setup.inbox.send(open, { content: 'Two' })
    expect(own(setup)).toEqual(['One queued sending', 'Two queued waiting'])
    await setup.posts[0]?.fail(lost())
    expect(setup.posts).toHaveLength(1)
    await setup.environment.advance(1_000)
    await setup.posts[1]?.answer()
    await setup.posts[2]?.answer()
    expect(setup.server.messages.slice(2).map(({ content }) => content)).toEqual(['One', 'Two'])
    expect(own(setup)).toEqual(['One queued', 'Two queued'])
  })

  test('do not wait behind a refused one', async () => {
    const setup = await setUpReplies()
    setup.inbox.send(open, { content: 'One' })
    setup.inbox.send(open, { content: 'Two' })
    await setup.posts[0]?.fail(refusal('message.too_long', 422))
    await setup.posts[1]?.answer()
    expect(own(setup)).toEqual(['One failed failed', 'Two queued'])
  })

  test('go on when the event of the first comes before its answer', async () => {
    const setup = await setUpReplies()
    setup.inbox.send(open, { content: 'One' })
    setup.inbox.send(open, { content: 'Two' })
    setup.socket().event(eventOf(setup.posts[0]?.store() ?? message(0)))
    expect(setup.posts).toHaveLength(2)
  })

  test('of different conversations do not wait for each other', async () => {
    const setup = await setUpReplies()
    setup.inbox.send(open, { content: 'One' })
    setup.inbox.send(uuid(11), { content: 'Two' })
    expect(setup.posts.map(({ body }) => body.content)).toEqual(['One', 'Two'])
    expect(own(setup)).toEqual(['One queued sending'])
  })
})

describe('while other things happen, a reply', () => {
  test('is sent after its conversation was let go and opened again', async () => {
    const setup = await setUpReplies()
    setup.inbox.send(open, { content: 'One' })
    for (let n = 100; n < 120; n += 1) await setup.inbox.openConversation(uuid(n))
    expect(setup.inbox.getState().threads[open]).toBeUndefined()
    await setup.posts[0]?.answer()
    await setup.inbox.openConversation(open)
    expect(own(setup)).toEqual(['One queued'])
    expect(setup.inbox.getState().outgoing).toEqual([])
  })

  test('follows a merge to the conversation it went into', async () => {
    const setup = await setUpReplies()
    setup.inbox.send(open, { content: 'One' })
    await setup.posts[0]?.fail(lost())
    const asked: string[] = []
    const { sendMessage } = setup.api
    setup.api.sendMessage = (id, body) => {
      asked.push(id)
      return sendMessage(id, body)
    }
    setup.socket().event(conversationUpdated(21, conversation(10, { status: 'merged', merged_into: uuid(11) })))
    await settle()
    await setup.environment.advance(1_000)
    expect(asked).toEqual([uuid(11)])
    expect(own(setup)).toEqual(['One queued sending'])
    expect(threadRows(setup.inbox.getState(), uuid(11)).at(-1)?.content).toBe('One')
  })

  test('survives a journal that was restored', async () => {
    const setup = await setUpReplies()
    setup.inbox.send(open, { content: 'Stored' })
    await setup.posts[0]?.answer()
    setup.inbox.send(open, { content: 'On its way' })
    Object.assign(setup.server, { epoch: 'new', asOf: 5, messages: [message(1)] })
    setup.socket().reset()
    await settle()
    expect(texts(setup)).toEqual(['Message 1 sent', 'On its way queued sending'])
    await setup.posts[1]?.answer()
    expect(texts(setup).at(-1)).toBe('On its way queued')
  })

  test('waits while the inbox is stopped, and goes on for the same user', async () => {
    const setup = await setUpReplies()
    setup.inbox.send(open, { content: 'One' })
    setup.inbox.stop()
    await setup.posts[0]?.fail(lost())
    await setup.environment.advance(60_000)
    expect(setup.environment.timers()).toBe(0)
    expect(setup.posts).toHaveLength(1)
    await setup.inbox.start()
    await setup.inbox.openConversation(open)
    await setup.posts[1]?.answer()
    expect(own(setup)).toEqual(['One queued'])
  })

  test('is not held up by the failure of an attempt from before the inbox was stopped', async () => {
    const setup = await setUpReplies()
    setup.inbox.send(open, { content: 'One' })
    setup.inbox.stop()
    await setup.inbox.start()
    await setup.inbox.openConversation(open)
    expect(setup.posts).toHaveLength(2)
    await setup.posts[0]?.fail(refusal('session.expired', 401))
    expect(own(setup)).toEqual(['One queued sending'])
    await setup.posts[1]?.answer()
    expect(own(setup)).toEqual(['One queued'])
  })

  test('that was discarded leaves nothing behind, whatever becomes of its request', async () => {
    const setup = await setUpReplies()
    const [id = ''] = setup.inbox.send(open, { content: 'One' })
    setup.inbox.discard(id)
    await setup.posts[0]?.fail(lost())
    expect(setup.environment.timers()).toBe(0)
    expect(own(setup)).toEqual([])
  })

  test('is dropped when somebody else signs in at the same desk', async () => {
    const setup = await setUpReplies()
    setup.inbox.send(open, { content: 'Secret' })
    setup.inbox.stop()
    const { me } = setup.api
    setup.api.me = async () => ({ ...(await me()), user_id: uuid(77) })
    await setup.inbox.start()
    expect(setup.inbox.getState().outgoing).toEqual([])
    expect(setup.posts).toHaveLength(1)
  })
})

const statusOf = (stored: Message) => ({
  ...{ type: 'message_status' as const, conversation_id: open, message_id: stored.id, at: at(5), error: null },
})
