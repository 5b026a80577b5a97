import { describe, expect, test } from 'vitest'
import { ApiError } from '../../src/client/api-error.ts'
import { at, conversation, epoch, message, note, uuid } from './builders.ts'
import { settle } from './fake-environment.ts'
import { setUpInbox } from './inbox-setup.ts'

const id = uuid(10)
const newNote = (seq: number, n: number) => ({
  ...{ type: 'new_note' as const, seq, conversation_id: id },
  ...{ note: note(n), conversation: conversation(10) },
})

async function setUpOpen() {
  const setup = setUpInbox()
  setup.server.notes = [note(1), note(2)]
  await setup.inbox.start()
  await setup.inbox.openConversation(id)
  await settle()
  const texts = () => setup.inbox.getState().notes?.[id]?.notes.map(({ text }) => text)
  return { ...setup, texts }
}

describe('notes of a conversation', () => {
  test('are loaded with it, oldest first, and come in live, each once', async () => {
    const { socket, texts, server } = await setUpOpen()
    expect(texts()).toEqual(['Note 1', 'Note 2'])
    socket().event(newNote(server.asOf + 1, 3))
    socket().event(newNote(server.asOf + 1, 3))
    expect(texts()).toEqual(['Note 1', 'Note 2', 'Note 3'])
  })

  test('reach back as far as the messages on show, page by page', async () => {
    const setup = setUpInbox()
    setup.server.messages = [message(30)]
    setup.server.olderMessages = { before: 'messages-2', items: [message(20)] }
    const pages: Record<string, ReturnType<typeof note>[]> = { first: [note(40)], second: [note(25)], third: [note(5)] }
    const asked: string[] = []
    setup.api.notes = async (_, before) => {
      const page = before ?? 'first'
      asked.push(page)
      const next = { first: 'second', second: 'third' }[page] ?? null
      return { items: pages[page] ?? [], next_cursor: next, as_of: setup.server.asOf, epoch }
    }
    await setup.inbox.start()
    await setup.inbox.openConversation(id)
    await settle()
    expect(asked).toEqual(['first', 'second'])
    await setup.inbox.loadOlder(id)
    await settle()
    expect(asked).toEqual(['first', 'second', 'third'])
    expect(setup.inbox.getState().notes?.[id]?.notes.map(({ created_at }) => created_at)).toEqual([5, 25, 40].map(at))
  })

  test('are let go with their conversation', async () => {
    const { inbox } = await setUpOpen()
    inbox.stop()
    expect(inbox.getState().notes).toEqual({})
  })
})

describe('addNote', () => {
  test('shows what was stored, and its event does not show it again', async () => {
    const { inbox, api, socket, texts, server } = await setUpOpen()
    api.addNote = async (_, { text }) => ({ note: note(3, { text }), seq: server.asOf + 1 })
    expect(await inbox.addNote(id, { text: 'Call back', mentions: [uuid(3)] })).toMatchObject({ ok: true })
    socket().event(newNote(server.asOf + 1, 3))
    expect(texts()).toEqual(['Note 1', 'Note 2', 'Call back'])
  })

  test('is one note however often the same words are sent after no answer, and another one for others', async () => {
    const { inbox, api } = await setUpOpen()
    const ids: string[] = []
    api.addNote = async (_, body) => {
      ids.push(body.client_note_id)
      if (ids.length < 3) throw new ApiError('network', 0, 'No answer')
      return { note: note(3), seq: 50 }
    }
    for (const text of ['Same', 'Same', 'Same', 'Same', 'Other']) await inbox.addNote(id, { text })
    expect(new Set(ids.slice(0, 3)).size).toBe(1)
    expect(new Set(ids).size).toBe(3)
  })

  test('never touches what is sent to the customer', async () => {
    const { inbox, calls } = await setUpOpen()
    calls.length = 0
    await inbox.addNote(id, { text: 'Between us' })
    expect(inbox.getState().outgoing).toEqual([])
    expect(calls).toEqual([])
  })
})

test('the staff are asked for once a minute, and again after a failure', async () => {
  const { inbox, api, environment } = await setUpOpen()
  let asked = 0
  api.staff = async () => {
    asked += 1
    if (asked === 1) throw new ApiError('network', 0, 'No answer')
    return [{ user_id: uuid(3), name: 'Taras', role: 'manager' as const }]
  }
  expect(await inbox.staff()).toMatchObject({ ok: false })
  expect(await inbox.staff()).toMatchObject({ ok: true, value: [{ name: 'Taras' }] })
  await inbox.staff()
  expect(asked).toBe(2)
  await environment.advance(61_000)
  await inbox.staff()
  expect(asked).toBe(3)
})
