import { describe, expect, it } from 'vitest'
import { readCheckpoint, writeCheckpoint } from '../../../companion/telegram/checkpoint.ts'
import { logIn } from '../../../companion/telegram/login.ts'
import { seconds } from '../fake-dc/world.ts'
import {
  checkpointOf,
  heard,
  last,
  logLines,
  newFolder,
  numbered,
  onStage,
  patient,
  quietLog,
  removeFolder,
  sealer,
  telegramConfig,
  until,
  type Listening,
} from './listening.ts'

const stage = onStage()
const phone = '380501112233'

/** Logs the account of `phone` in, as the command does. */
async function logInAgain(id: number, dataDir: string): Promise<void> {
  const result = await logIn(telegramConfig(stage.dc, id), {
    sealer,
    dataDir,
    log: quietLog,
    ask: (question) => Promise.resolve(question.startsWith('Phone') ? phone : '12345'),
    say: () => {},
    showQr: () => {},
    isQr: false,
  })
  expect(result.kind).toBe('done')
}

function needsLogin(listening: Listening): Promise<void> {
  return until(
    () => last(listening)?.session_state === 'needs_login',
    () => listening.reports,
  )
}

function isBack(listening: Listening): Promise<void> {
  return until(
    () => listening.account.isReady(),
    () => [listening.reports, logLines.slice(-20)],
  )
}

describe('what is said between the end of a session and the next login', () => {
  it('is told before what comes after it, once the account is logged in again', async () => {
    const me = stage.dc.addAccount({ phone })
    const [anna, boris] = [stage.dc.addUser(), stage.dc.addUser()]
    const group = stage.dc.addGroup({ members: [me.user.id, anna.id] })
    const listening = await stage.started(me.user.id)
    stage.dc.say({ from: anna.id, to: me.user.id, text: 'before' })
    await heard(listening, 'before')
    stage.dc.revoke(me.user.id)
    await needsLogin(listening)
    for (const text of numbered(120)) stage.dc.say({ from: anna.id, to: me.user.id, text })
    stage.dc.say({ from: anna.id, to: group, text: 'in the group' })
    stage.dc.say({ from: boris.id, to: me.user.id, text: 'from somebody new' })
    await logInAgain(me.user.id, listening.folder)
    await isBack(listening)
    stage.dc.say({ from: anna.id, to: me.user.id, text: 'after' })
    await heard(listening, 'after', 'in the group', 'from somebody new')
    const withAnna = listening.messages().filter((one) => one.conversation.external_id === String(anna.id))
    expect(withAnna.map(({ message }) => message.content)).toEqual(['before', ...numbered(120), 'after'])
    expect(listening.texts()).toHaveLength(124)
  })

  it('is told of channels that were heard, of those that were not, and of those that are new', async () => {
    const me = stage.dc.addAccount({ phone })
    const anna = stage.dc.addUser()
    const members = [me.user.id, anna.id]
    const [known, silent, still] = numbered(3).map((title) => stage.dc.addSupergroup({ title, members }))
    if (known === undefined || silent === undefined || still === undefined) throw new Error('three were asked for')
    // Listened to since a while, as what is older is no news.
    const { state, session } = readCheckpoint(checkpointOf(stage.dc, me.user.id)) ?? {}
    if (state === undefined || session === undefined) throw new Error('the checkpoint is not one')
    const restored = writeCheckpoint({ session, state: { ...state, date: seconds() - 3_600 } })
    const listening = await stage.started(me.user.id, { timing: patient, restored })
    stage.dc.say({ from: anna.id, to: known, text: 'heard' })
    stage.dc.say({ from: anna.id, to: still, text: 'heard here too' })
    await heard(listening, 'heard', 'heard here too')
    await stage.stop(listening)
    stage.dc.revoke(me.user.id)
    const joined = stage.dc.addSupergroup({ title: 'new', members })
    for (const channel of stage.dc.world.channels.values()) {
      if (channel.title === 'new') channel.joinedAt = seconds() - 30
    }
    stage.dc.say({ from: anna.id, to: joined, text: 'before we came', at: seconds() - 60 })
    for (const [at, to] of [known, silent, joined].entries()) {
      for (const text of numbered(3)) stage.dc.say({ from: anna.id, to, text: `${text} in ${at}` })
    }
    await logInAgain(me.user.id, listening.folder)
    const second = await stage.started(me.user.id, { folder: listening.folder, restored: null, timing: patient })
    await heard(second, 'm2 in 0', 'm2 in 1', 'm2 in 2')
    for (const at of [0, 1, 2]) {
      const told = second.texts().filter((text) => text.endsWith(` in ${at}`))
      expect(told).toEqual(numbered(3).map((text) => `${text} in ${at}`))
    }
    expect(second.texts()).not.toContain('before we came')
    // Where nothing has moved there is nothing to search.
    const searched = () => logLines.filter((line) => line.includes('telegram.hole_filled'))
    await until(() => searched().length === 4, searched)
    expect(logLines.join('')).not.toContain(`"box":"${-1_000_000_000_000 - still}"`)
  })

  it('is told where the disk was lost as well, and the new login made before the first start', async () => {
    const me = stage.dc.addAccount({ phone })
    const anna = stage.dc.addUser()
    const chat = stage.dc.addSupergroup({ members: [me.user.id, anna.id] })
    const listening = await stage.started(me.user.id)
    stage.dc.say({ from: anna.id, to: me.user.id, text: 'before' })
    await heard(listening, 'before')
    await until(() => (listening.account.checkpoint() ?? '').includes(`"pts":${me.box.pts}`))
    const restored = listening.account.checkpoint()
    await stage.stop(listening)
    stage.dc.revoke(me.user.id)
    // Times count in whole seconds, and what was told in the checkpoint's last one may be told again.
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    stage.dc.say({ from: anna.id, to: me.user.id, text: 'between' })
    stage.dc.say({ from: anna.id, to: chat, text: 'between, in the group' })
    const folder = newFolder()
    try {
      await logInAgain(me.user.id, folder)
      const second = await stage.started(me.user.id, { folder, restored })
      await heard(second, 'between', 'between, in the group')
      await stage.stop(second)
    } finally {
      removeFolder(folder)
    }
  })

  it('is told after the process was killed as well, and the login made while nobody ran', async () => {
    const me = stage.dc.addAccount({ phone })
    const anna = stage.dc.addUser()
    let isKilled = false
    const listening = await stage.started(me.user.id, {
      change: ({ spool }) => ({
        spool: {
          ...spool,
          transaction(work) {
            if (isKilled) throw new Error('who was killed writes nothing')
            spool.transaction(work)
          },
        },
      }),
    })
    stage.dc.say({ from: anna.id, to: me.user.id, text: 'before' })
    await heard(listening, 'before')
    isKilled = true
    await stage.stop(listening)
    stage.dc.revoke(me.user.id)
    for (const text of numbered(3)) stage.dc.say({ from: anna.id, to: me.user.id, text })
    await logInAgain(me.user.id, listening.folder)
    const second = await stage.started(me.user.id, { folder: listening.folder, restored: null })
    await heard(second, 'm2')
    expect(second.texts()).toEqual(['before', ...numbered(3)])
  })

  it('is not searched for under the login that was there before', async () => {
    const me = stage.dc.addAccount()
    const first = await stage.started(me.user.id)
    await stage.stop(first)
    const calls = stage.dc.calls.get('messages.getDialogs')
    const second = await stage.started(me.user.id, { folder: first.folder, restored: null })
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(stage.dc.calls.get('messages.getDialogs')).toBe(calls)
    await stage.stop(second)
  })
})
