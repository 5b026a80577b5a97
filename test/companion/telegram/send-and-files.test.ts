import { randomBytes, randomUUID } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Attempt } from '../../../companion/account.ts'
import { heard, last, onStage, until } from './listening.ts'

const stage = onStage()

describe('what an account sends', () => {
  const attemptOf = (to: number, content: string, nonce = 77n): Attempt => ({
    nonce,
    isRepeat: false,
    command: {
      seq: 1,
      id: randomUUID(),
      message_id: randomUUID(),
      conversation: { external_id: String(to), thread: '' },
      type: 'text',
      content,
      reply_to_external_id: null,
      attachments: [],
      mail: null,
      created_at: new Date().toISOString(),
    },
  })

  it('arrives once, although its answer is lost and it is sent again', async () => {
    const me = stage.dc.addAccount()
    const anna = stage.dc.addUser()
    const listening = await stage.started(me.user.id)
    stage.dc.say({ from: anna.id, to: me.user.id, text: 'hello' })
    await heard(listening, 'hello')
    stage.dc.loseAnswers(1)
    const outcome = listening.account.send(attemptOf(anna.id, 'hello to you'))
    await until(() => stage.dc.sent().length > 0)
    stage.dc.loseAnswers(0)
    expect(await outcome).toEqual({ kind: 'sent', external_id: '2' })
    expect(stage.dc.calls.get('messages.sendMessage')).toBe(2)
    expect(stage.dc.sent().map(({ text }) => text)).toEqual(['hello to you'])
  })

  it('waits where Telegram asks for it, and that is shown as long as it lasts', async () => {
    const me = stage.dc.addAccount()
    const anna = stage.dc.addUser()
    const listening = await stage.started(me.user.id)
    stage.dc.say({ from: anna.id, to: me.user.id, text: 'hello' })
    await heard(listening, 'hello')
    stage.dc.floodWait(me.user.id, 11)
    const outcome = await listening.account.send(attemptOf(anna.id, 'too soon'))
    expect(outcome).toMatchObject({ kind: 'waiting', error: { code: 'FLOOD_WAIT' } })
    expect(last(listening)).toMatchObject({ state: 'warning', session_state: 'flood_wait', code: 'flood.wait' })
    await until(
      () => last(listening)?.session_state === 'connected',
      () => listening.reports,
      14_000,
    )
  }, 25_000)
})

describe('files', () => {
  it('are fetched although what they were known by has expired, and are gone with their message', async () => {
    const me = stage.dc.addAccount()
    const anna = stage.dc.addUser()
    const listening = await stage.started(me.user.id)
    const bytes = randomBytes(900_000)
    const attributes = [{ _: 'documentAttributeFilename', fileName: 'contract.pdf' } as const]
    const media = stage.dc.document({ bytes, mimeType: 'application/pdf', attributes })
    const id = stage.dc.say({ from: anna.id, to: me.user.id, text: 'please sign', media }).get(me.user.id) ?? 0
    await heard(listening, 'please sign')
    const locator: unknown = JSON.parse(
      String(listening.spool.database.sql.prepare('SELECT locator FROM files').get()?.['locator']),
    )
    stage.dc.expireFileReferences()
    const file = await listening.account.openSpooledFile(locator)
    if (typeof file === 'string') throw new Error(file)
    expect(Buffer.from(await new Response(file.body).arrayBuffer()).equals(bytes)).toBe(true)
    stage.dc.expireFileReferences()
    stage.dc.delete(me.user.id, anna.id, [id])
    expect(await listening.account.openSpooledFile(locator)).toBe('gone')
  })
})
