import { describe, expect, it } from 'vitest'
import { heard, last, logLines, numbered, onStage, patient, until } from './listening.ts'

const stage = onStage()

describe('an account that listens', () => {
  it('tells what is said in private chats, groups, supergroups and channels, in the order of each', async () => {
    const me = stage.dc.addAccount()
    const anna = stage.dc.addUser({ firstName: 'Anna' })
    const group = stage.dc.addGroup({ members: [me.user.id, anna.id] })
    const forum = stage.dc.addSupergroup({ members: [me.user.id, anna.id], topics: { 7: 'Prices' } })
    const channel = stage.dc.addChannel({ members: [me.user.id] })
    const listening = await stage.started(me.user.id)
    const peers = [me.user.id, group, forum, channel]
    for (const text of numbered(5)) {
      for (const to of peers)
        stage.dc.say({ from: anna.id, to, text: `${text} ${to}`, ...(to === forum && { topic: 7 }) })
    }
    await until(
      () => listening.texts().length === 20,
      () => [listening.texts(), logLines.slice(-10), stage.dc.notes],
    )
    for (const to of peers) {
      expect(listening.texts().filter((text) => text.endsWith(` ${to}`))).toEqual(
        numbered(5).map((text) => `${text} ${to}`),
      )
    }
    const ids = new Set(listening.messages().map(({ conversation }) => conversation.external_id))
    expect(ids).toEqual(new Set([anna.id, group, forum, channel].map(String)))
    expect(last(listening)).toMatchObject({ state: 'ok', session_state: 'connected' })
  })

  it('tells of edits, deletions and reactions', async () => {
    const me = stage.dc.addAccount()
    const anna = stage.dc.addUser()
    const listening = await stage.started(me.user.id)
    const id = stage.dc.say({ from: anna.id, to: me.user.id, text: 'frist' }).get(me.user.id) ?? 0
    await heard(listening, 'frist')
    stage.dc.edit(me.user.id, anna.id, id, 'first')
    stage.dc.react(me.user.id, anna.id, { id, by: anna.id, emoji: '❤' })
    await until(
      () => listening.items().length === 3,
      () => listening.items(),
    )
    stage.dc.delete(me.user.id, anna.id, [id])
    await until(
      () => listening.items().length === 4,
      () => listening.items(),
    )
    expect(listening.items().map(({ kind }) => kind ?? 'message')).toEqual(['message', 'edit', 'reaction', 'delete'])
  })

  it('hears what was said while it was not there', async () => {
    const me = stage.dc.addAccount()
    const anna = stage.dc.addUser()
    const first = await stage.started(me.user.id)
    stage.dc.say({ from: anna.id, to: me.user.id, text: 'before' })
    await heard(first, 'before')
    await stage.stop(first)
    for (const text of numbered(250)) stage.dc.say({ from: anna.id, to: me.user.id, text })
    const second = await stage.started(me.user.id, { folder: first.folder, restored: null })
    await heard(second, 'm249')
    expect(second.texts()).toEqual(['before', ...numbered(250)])
    // From the difference, which also tells of edits and deletions, and not from the histories.
    expect(logLines.join('')).not.toContain('telegram.missed')
  })

  it('notices by the clock that the last message was lost on its way', async () => {
    const me = stage.dc.addAccount()
    const anna = stage.dc.addUser()
    const listening = await stage.started(me.user.id)
    stage.dc.say({ from: anna.id, to: me.user.id, text: 'hello' })
    await heard(listening, 'hello')
    stage.dc.dropPushes(1)
    stage.dc.say({ from: anna.id, to: me.user.id, text: 'lost' })
    await heard(listening, 'lost')
  })

  it('asks for what it missed as soon as it is connected again', async () => {
    const me = stage.dc.addAccount()
    const anna = stage.dc.addUser()
    const listening = await stage.started(me.user.id, { timing: patient })
    await until(() => (stage.dc.calls.get('updates.getDifference') ?? 0) > 0)
    stage.dc.cutConnections()
    stage.dc.say({ from: anna.id, to: me.user.id, text: 'meanwhile' })
    await heard(listening, 'meanwhile')
  })

  it('finds a link that is open at this end only, and says so when nobody answers at all', async () => {
    const me = stage.dc.addAccount()
    const anna = stage.dc.addUser()
    const listening = await stage.started(me.user.id)
    stage.dc.freeze({ isForNewOnes: true })
    stage.dc.say({ from: anna.id, to: me.user.id, text: 'into the void' })
    await until(
      () => last(listening)?.session_state === 'unreachable',
      () => listening.reports,
    )
    expect(listening.account.isReady()).toBe(false)
    stage.dc.freeze()
    await until(
      () => last(listening)?.session_state === 'connected',
      () => listening.reports,
      14_000,
    )
    await heard(listening, 'into the void')
  }, 30_000)

  it('ends the process when the spool takes nothing: a failed handler would count as told', async () => {
    const me = stage.dc.addAccount()
    const anna = stage.dc.addUser()
    const full = () => {
      throw new Error('the disk is full')
    }
    let isFull = false
    const listening = await stage.started(me.user.id, {
      change: ({ spool }) => ({
        spool: { ...spool, transaction: (work) => (isFull ? full() : spool.transaction(work)) },
      }),
    })
    isFull = true
    stage.dc.say({ from: anna.id, to: me.user.id, text: 'too much' })
    await until(() => listening.crashes.length > 0)
    expect(listening.texts()).toEqual([])
  })
})
