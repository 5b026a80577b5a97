import { describe, expect, it } from 'vitest'
import { countOnDisk, heard, last, logLines, numbered, onStage, patient, until } from './listening.ts'

const stage = onStage()

describe('what Telegram does not tell by itself', () => {
  it('is read from the histories when the difference is too long', async () => {
    const me = stage.dc.addAccount()
    const people = Array.from({ length: 7 }, () => stage.dc.addUser())
    const group = stage.dc.addGroup({ members: [me.user.id, ...people.map(({ id }) => id)] })
    const first = await stage.started(me.user.id)
    for (const { id } of people) stage.dc.say({ from: id, to: me.user.id, text: `hello ${id}` })
    await until(() => first.texts().length === 7)
    await stage.stop(first)
    me.tooLongAfter = 100
    for (let at = 0; at < 100; at += 1) {
      for (const { id } of people)
        stage.dc.say({ from: id, to: at % 10 === 0 ? group : me.user.id, text: `${at} of ${id}` })
    }
    const second = await stage.start(me.user.id, { folder: first.folder, restored: null })
    // News that arrives in the middle of the search must not come before what it follows.
    await until(
      () => second.texts().length > 50,
      () => [logLines.slice(-20), stage.dc.notes],
    )
    for (const { id } of people) stage.dc.say({ from: id, to: me.user.id, text: `100 of ${id}` })
    await until(
      () => second.texts().length === 7 + 707,
      () => [second.texts().length, logLines.slice(-20), stage.dc.notes],
    )
    for (const { id } of people) {
      const inOrder = second.messages().filter(({ message }) => message.content.endsWith(` of ${id}`))
      const inChat = inOrder.filter(({ conversation }) => conversation.external_id === String(id))
      const counts = inChat.map(({ message }) => Number(message.content.split(' ')[0]))
      expect(counts).toEqual(Array.from({ length: 101 }, (_, at) => at).filter((at) => at % 10 !== 0 || at === 100))
    }
  }, 30_000)

  it('is searched for again after a crash in the middle of the search', async () => {
    const me = stage.dc.addAccount()
    const anna = stage.dc.addUser()
    const first = await stage.started(me.user.id)
    stage.dc.say({ from: anna.id, to: me.user.id, text: 'hello' })
    await heard(first, 'hello')
    await stage.stop(first)
    me.tooLongAfter = 10
    for (const text of numbered(150)) stage.dc.say({ from: anna.id, to: me.user.id, text })
    // The count moves on the disk although nothing could be read: this run cannot reach any history.
    const allow = stage.dc.refuse('messages.getDialogs')
    const second = await stage.started(me.user.id, { folder: first.folder, restored: null })
    await until(() => countOnDisk(second, me.user.id) === me.box.pts)
    await stage.stop(second)
    allow()
    const third = await stage.started(me.user.id, { folder: first.folder, restored: null })
    await heard(third, 'm149')
    expect(third.texts()).toEqual(['hello', ...numbered(150)])
  })

  it('is not covered by a checkpoint before it was found', async () => {
    const me = stage.dc.addAccount()
    const anna = stage.dc.addUser()
    const first = await stage.started(me.user.id)
    stage.dc.say({ from: anna.id, to: me.user.id, text: 'hello' })
    await heard(first, 'hello')
    await stage.stop(first)
    me.tooLongAfter = 10
    for (const text of numbered(30)) stage.dc.say({ from: anna.id, to: me.user.id, text })
    const allow = stage.dc.refuse('messages.getDialogs', 500, 'INTERNAL')
    const second = await stage.started(me.user.id, { folder: first.folder, restored: null })
    await until(() => countOnDisk(second, me.user.id) === me.box.pts)
    stage.dc.say({ from: anna.id, to: me.user.id, text: 'kept until it was found' })
    await until(() => countOnDisk(second, me.user.id) === me.box.pts)
    expect(second.texts()).toEqual(['hello'])
    expect(second.account.checkpoint()).toBeNull()
    allow()
    await heard(second, 'kept until it was found')
    await until(() => (second.account.checkpoint() ?? '').includes(`"pts":${me.box.pts}`))
    expect(second.texts()).toEqual(['hello', ...numbered(30), 'kept until it was found'])
  }, 30_000)

  it('is read from the history of a channel whose difference is too long', async () => {
    const me = stage.dc.addAccount()
    const anna = stage.dc.addUser()
    const chat = stage.dc.addSupergroup({ members: [me.user.id, anna.id] })
    const first = await stage.started(me.user.id)
    stage.dc.say({ from: anna.id, to: chat, text: 'hello' })
    await heard(first, 'hello')
    await stage.stop(first)
    for (const channel of stage.dc.world.channels.values()) channel.tooLongAfter = 20
    for (const text of numbered(230)) stage.dc.say({ from: anna.id, to: chat, text })
    const second = await stage.started(me.user.id, { folder: first.folder, restored: null })
    await heard(second, 'm229')
    expect(second.texts()).toEqual(['hello', ...numbered(230)])
  })

  it('is found in a channel that the common difference says nothing of', async () => {
    stage.dc.world.tellsChannelNews = false
    const me = stage.dc.addAccount()
    const anna = stage.dc.addUser()
    const chat = stage.dc.addSupergroup({ members: [me.user.id, anna.id] })
    const listening = await stage.started(me.user.id)
    stage.dc.say({ from: anna.id, to: chat, text: 'heard' })
    await heard(listening, 'heard')
    stage.dc.dropPushes(1)
    stage.dc.say({ from: anna.id, to: chat, text: 'missed' })
    await heard(listening, 'missed')
  })

  it('is found before the first message of a channel after a start', async () => {
    stage.dc.world.tellsChannelNews = false
    const me = stage.dc.addAccount()
    const anna = stage.dc.addUser()
    const chat = stage.dc.addSupergroup({ members: [me.user.id, anna.id] })
    const first = await stage.started(me.user.id, { timing: patient })
    stage.dc.say({ from: anna.id, to: chat, text: 'heard' })
    await heard(first, 'heard')
    await stage.stop(first)
    stage.dc.say({ from: anna.id, to: chat, text: 'missed' })
    const second = await stage.started(me.user.id, { folder: first.folder, restored: null, timing: patient })
    stage.dc.say({ from: anna.id, to: chat, text: 'live' })
    await heard(second, 'live')
    expect(second.texts()).toEqual(['heard', 'missed', 'live'])
  })

  it('is found in a channel from which nothing was ever heard', async () => {
    stage.dc.world.tellsChannelNews = false
    const me = stage.dc.addAccount()
    const anna = stage.dc.addUser()
    const listening = await stage.started(me.user.id, { timing: patient })
    stage.dc.say({ from: anna.id, to: me.user.id, text: 'hello' })
    await heard(listening, 'hello')
    const chat = stage.dc.addSupergroup({ members: [me.user.id, anna.id] })
    stage.dc.dropPushes(1)
    stage.dc.say({ from: anna.id, to: chat, text: 'missed' })
    stage.dc.dropPushes(0)
    stage.dc.say({ from: anna.id, to: chat, text: 'live' })
    await heard(listening, 'live')
    expect(listening.texts()).toEqual(['hello', 'missed', 'live'])
  })

  it('is found in a channel that was joined while nobody listened', async () => {
    const me = stage.dc.addAccount()
    const anna = stage.dc.addUser()
    const first = await stage.started(me.user.id)
    await stage.stop(first)
    const chat = stage.dc.addSupergroup({ members: [me.user.id, anna.id] })
    for (const text of numbered(3)) stage.dc.say({ from: anna.id, to: chat, text })
    const second = await stage.started(me.user.id, { folder: first.folder, restored: null })
    await heard(second, 'm2')
    expect(second.texts()).toEqual(numbered(3))
  })

  it('is searched for when the count is no longer valid and counting begins anew', async () => {
    const me = stage.dc.addAccount()
    const anna = stage.dc.addUser()
    const first = await stage.started(me.user.id)
    stage.dc.say({ from: anna.id, to: me.user.id, text: 'hello' })
    await heard(first, 'hello')
    await stage.stop(first)
    for (const text of numbered(20)) stage.dc.say({ from: anna.id, to: me.user.id, text })
    // The server has lost count: what the client has lies in the future.
    me.box.pts = 1
    me.box.events = []
    const second = await stage.started(me.user.id, { folder: first.folder, restored: null })
    await heard(second, 'm19')
    expect(second.texts()).toEqual(['hello', ...numbered(20)])
  })

  it('keeps nobody waiting when one chat cannot be read', async () => {
    const me = stage.dc.addAccount()
    const [anna, boris] = [stage.dc.addUser(), stage.dc.addUser()]
    const first = await stage.started(me.user.id)
    stage.dc.say({ from: anna.id, to: me.user.id, text: 'hello' })
    stage.dc.say({ from: boris.id, to: me.user.id, text: 'hello' })
    await until(() => first.texts().length === 2)
    await stage.stop(first)
    me.tooLongAfter = 5
    for (const text of numbered(10)) stage.dc.say({ from: anna.id, to: me.user.id, text })
    stage.dc.say({ from: boris.id, to: me.user.id, text: 'unreadable' })
    stage.dc.world.refusedHistories.set(boris.id, 'PEER_ID_INVALID')
    const second = await stage.started(me.user.id, { folder: first.folder, restored: null })
    await heard(second, 'm9')
    stage.dc.say({ from: boris.id, to: me.user.id, text: 'live' })
    await heard(second, 'live')
  })

  it('stays missed when the session ends while it is searched for', async () => {
    const me = stage.dc.addAccount()
    const anna = stage.dc.addUser()
    const chat = stage.dc.addSupergroup({ members: [me.user.id, anna.id] })
    const first = await stage.started(me.user.id)
    stage.dc.say({ from: anna.id, to: chat, text: 'hello' })
    await heard(first, 'hello')
    await stage.stop(first)
    for (const channel of stage.dc.world.channels.values()) channel.tooLongAfter = 5
    for (const text of numbered(30)) stage.dc.say({ from: anna.id, to: chat, text })
    const allow = stage.dc.refuse('messages.getHistory', 406, 'AUTH_KEY_DUPLICATED')
    const second = await stage.start(me.user.id, { folder: first.folder, restored: null })
    await until(
      () => last(second)?.code === 'session.duplicated',
      () => [second.reports, logLines.slice(-20)],
    )
    await stage.stop(second)
    allow()
    expect(logLines.join('')).not.toContain('telegram.hole_filled')
    const third = await stage.started(me.user.id, { folder: first.folder, restored: null })
    await heard(third, 'm29')
    expect(third.texts()).toEqual(['hello', ...numbered(30)])
  })

  it('is read from all other chats when one is refused for a reason nobody knows, and that one tried again', async () => {
    const me = stage.dc.addAccount()
    const [anna, boris] = [stage.dc.addUser(), stage.dc.addUser()]
    const first = await stage.started(me.user.id)
    stage.dc.say({ from: anna.id, to: me.user.id, text: 'hello' })
    stage.dc.say({ from: boris.id, to: me.user.id, text: 'hello' })
    await until(() => first.texts().length === 2)
    await stage.stop(first)
    me.tooLongAfter = 5
    for (const text of numbered(10)) stage.dc.say({ from: anna.id, to: me.user.id, text })
    // The newest chat comes first in the list.
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    stage.dc.say({ from: boris.id, to: me.user.id, text: 'refused at first' })
    stage.dc.world.refusedHistories.set(boris.id, 'SOMETHING_NEW')
    const second = await stage.started(me.user.id, { folder: first.folder, restored: null })
    await heard(second, 'm9')
    expect(second.texts()).not.toContain('refused at first')
    stage.dc.world.refusedHistories.delete(boris.id)
    await heard(second, 'refused at first')
  }, 20_000)

  it('is read once more when more is missed while it is searched for', { timeout: 40_000 }, async () => {
    const me = stage.dc.addAccount()
    const people = Array.from({ length: 40 }, () => stage.dc.addUser())
    const sayAll = (text: string) => {
      for (const { id } of people) stage.dc.say({ from: id, to: me.user.id, text: `${text} ${id}` })
    }
    const first = await stage.started(me.user.id)
    sayAll('hello')
    await until(() => first.texts().length === 40)
    await stage.stop(first)
    me.tooLongAfter = 5
    for (const text of numbered(30)) sayAll(text)
    const second = await stage.start(me.user.id, { folder: first.folder, restored: null })
    await until(() => (stage.dc.calls.get('messages.getHistory') ?? 0) >= 12)
    // Chats that were read already get more, of which no update ever tells.
    stage.dc.dropPushes(1)
    sayAll('late')
    await until(
      () => second.texts().length === 40 * 32,
      () => [second.texts().length, logLines.slice(-20)],
    )
    for (const { id } of people) {
      const told = second.texts().filter((text) => text.endsWith(` ${id}`))
      expect(told).toEqual(['hello', ...numbered(30), 'late'].map((text) => `${text} ${id}`))
    }
  })

  it('includes what was changed about messages from before it', async () => {
    const me = stage.dc.addAccount()
    const anna = stage.dc.addUser()
    const first = await stage.started(me.user.id)
    const id = stage.dc.say({ from: anna.id, to: me.user.id, text: 'ten pages' }).get(me.user.id) ?? 0
    await heard(first, 'ten pages')
    await stage.stop(first)
    me.tooLongAfter = 5
    stage.dc.edit(me.user.id, anna.id, id, 'twelve pages')
    for (const text of numbered(10)) stage.dc.say({ from: anna.id, to: me.user.id, text })
    const second = await stage.started(me.user.id, { folder: first.folder, restored: null })
    await heard(second, 'm9')
    const edits = second.items().flatMap((item) => (item.kind === 'edit' ? [item.message.content] : []))
    expect(edits).toEqual(['twelve pages'])
  })
})
