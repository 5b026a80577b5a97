import { Long, type tl } from '@mtcute/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Command } from '../../../../src/protocol/companion.ts'
import type { AttemptOutcome } from '../../../../companion/account.ts'
import { FakeDataCenter } from '../../fake-dc/fake-data-center.ts'
import { type Listening, listen, logLines, newFolder, patient, removeFolder, until } from '../listening.ts'
import { command, file } from './sending.ts'
import { bytes } from './telegram.ts'

// Through real connections: what the library makes of an update before it is mapped, and of a request before it is sent.

let dc: FakeDataCenter
let listening: Listening
let folder: string
let me: number
let anna: number
let group: number
let forum: number
const scan = Buffer.from(Array.from({ length: 700_000 }, (_, at) => at % 249))

beforeAll(async () => {
  dc = await new FakeDataCenter().listen()
  me = dc.addAccount({ name: 'Sales' }).user.id
  anna = dc.addUser({ firstName: 'Anna', lastName: 'Koval' }).id
  group = dc.addGroup({ title: 'Notaries', members: [me, anna] })
  forum = dc.addSupergroup({ title: 'Office', members: [me, anna], topics: { 7: 'Prices' } })
  folder = newFolder()
  const openFile = () => Promise.resolve({ body: new Response(scan).body ?? new ReadableStream(), size: scan.length })
  listening = await listen(dc, me, { folder, timing: patient, change: () => ({ openFile }) })
  await until(
    () => listening.account.isReady(),
    () => [listening.reports, logLines.slice(-20), dc.notes],
  )
})
afterAll(async () => {
  await listening.stop()
  await dc.close()
  removeFolder(folder)
})

/** The item that comes of what is done. */
async function told(act: () => void): Promise<Record<string, unknown>> {
  const before = listening.items().length
  act()
  await until(
    () => listening.items().length > before,
    () => [logLines.slice(-20), dc.notes],
  )
  return listening.items()[before] as unknown as Record<string, unknown>
}
const says = (media: tl.TypeMessageMedia, text = '') => told(() => dc.say({ from: anna, to: me, media, text }))
const toAnna = () => ({ conversation: { external_id: String(anna), thread: '' } })
let commands = 0
async function send(fields: Partial<Command>, times = 1): Promise<AttemptOutcome | undefined> {
  commands += 1
  const message_id = `11111111-2222-8333-8444-${String(commands).padStart(12, '0')}`
  const given = command({ created_at: new Date().toISOString(), message_id, ...toAnna(), ...fields })
  const attempt = { command: given, nonce: BigInt(commands) * 1_000_003n, isRepeat: false }
  let outcome: AttemptOutcome | undefined
  for (let time = 0; time < times; time += 1) outcome = await listening.account.send({ ...attempt, isRepeat: time > 0 })
  return outcome
}

describe('over the wire', () => {
  it('every kind of message arrives as what it is', async () => {
    const text = (value: string): tl.RawTextWithEntities => ({ _: 'textWithEntities', text: value, entities: [] })
    const geo = { _: 'geoPoint', lat: 50.45, long: 30.52, accessHash: Long.ONE } as const
    const answers: tl.RawPollAnswer[] = [{ _: 'pollAnswer', text: text('Monday'), option: bytes('0') }]
    const poll: tl.RawPoll = { _: 'poll', id: Long.fromNumber(8), question: text('When?'), answers, hash: Long.ZERO }
    const kinds: [tl.TypeMessageMedia, string, string][] = [
      [dc.photo(scan), 'image', 'Photo'],
      [dc.document({ bytes: scan, mimeType: 'application/pdf', attributes: [] }), 'document', 'Document'],
      [
        {
          _: 'messageMediaContact',
          phoneNumber: '380501112233',
          firstName: 'Ihor',
          lastName: '',
          vcard: '',
          userId: 0,
        },
        'contacts',
        'Ihor',
      ],
      [{ _: 'messageMediaGeo', geo }, 'location', '50.45, 30.52'],
      [{ _: 'messageMediaGeoLive', geo, period: 60 }, 'location', 'Live location: 50.45, 30.52'],
      [{ _: 'messageMediaPoll', poll, results: { _: 'pollResults' } }, 'interactive', 'Poll: When?\n• Monday'],
      [{ _: 'messageMediaDice', value: 3, emoticon: '🎯' }, 'text', '🎯 3'],
      [{ _: 'messageMediaUnsupported' }, 'unsupported', 'Unsupported message'],
      [{ _: 'messageMediaStory', peer: { _: 'peerUser', userId: anna }, id: 3 }, 'story', 'Shared story'],
      [
        {
          _: 'messageMediaInvoice',
          title: 'Page',
          description: '',
          currency: 'UAH',
          totalAmount: Long.fromNumber(500),
          startParam: '',
        },
        'order',
        'Invoice: Page, 5.00 UAH',
      ],
    ]
    for (const [media, type, content] of kinds) {
      expect(await says(media)).toMatchObject({
        conversation: { external_id: String(anna), client_name: 'Anna Koval' },
        message: { direction: 'inbound', type, content },
      })
    }
  })

  it('a reaction, an edit, reading and a deletion name the message as it was told', async () => {
    const item = await told(() => dc.say({ from: anna, to: me, text: 'One page' }))
    const id = Number((item['message'] as { external_id: string }).external_id)
    expect(await told(() => dc.react(me, anna, { id, by: anna, emoji: '👍' }))).toMatchObject({
      kind: 'reaction',
      message: { external_id: String(id) },
      reaction: { by: 'customer', emoji: '👍' },
    })
    expect(await told(() => dc.react(me, anna, { id, by: anna, emoji: null }))).toMatchObject({
      reaction: { emoji: null },
    })
    expect(await told(() => dc.edit(me, anna, id, 'Two pages'))).toMatchObject({
      kind: 'edit',
      message: { external_id: String(id), content: 'Two pages' },
    })
    expect(await told(() => dc.read(me, anna, id))).toMatchObject({
      kind: 'read',
      conversation: { external_id: String(anna) },
    })
    expect(await told(() => dc.delete(me, anna, [id]))).toMatchObject({
      kind: 'delete',
      message: { external_id: String(id) },
    })
  })

  it('a group, a topic and a group that becomes a supergroup', async () => {
    expect(await told(() => dc.say({ from: anna, to: group, text: 'Hello all' }))).toMatchObject({
      conversation: { external_id: String(group), client_name: 'Notaries' },
      message: { sender: { external_id: String(anna), name: 'Anna Koval' } },
    })
    expect(await told(() => dc.say({ from: anna, to: forum, text: 'How much?', topic: 7 }))).toMatchObject({
      conversation: { external_id: String(forum), thread: '7' },
    })
    let moved = 0
    const item = await told(() => (moved = dc.migrate(group)))
    expect(item).toMatchObject({ conversation: { external_id: String(moved), aliases: [String(group)] } })
  })

  it('a file is fetched, also when its address has expired', async () => {
    const rows = listening.spool.database.sql.prepare('SELECT locator FROM files ORDER BY id').all()
    const locators = rows.map(({ locator }) => JSON.parse(String(locator)) as unknown)
    expect(locators.length).toBeGreaterThan(1)
    for (const locator of locators) {
      dc.expireFileReferences()
      const opened = await listening.account.openSpooledFile(locator)
      if (typeof opened === 'string') throw new Error(opened)
      expect(opened.size).toBe(scan.length)
      expect(Buffer.from(await new Response(opened.body).arrayBuffer()).equals(scan)).toBe(true)
    }
  })

  it('replies go out once, whatever answers are lost', async () => {
    const sent = () => dc.sent(me).map(({ text, media, groupedId }) => [text, media, groupedId !== null])
    expect(await send({ content: 'Plain' }, 3)).toMatchObject({ kind: 'sent' })
    expect(
      await send({ content: 'With a file', attachments: [file('application/pdf', 'a.pdf', scan.length)] }),
    ).toMatchObject({ kind: 'sent' })
    const attachments = [file('image/png', 'a.png', scan.length), file('image/png', 'b.png', scan.length)]
    expect(await send({ content: 'An album', attachments })).toMatchObject({ kind: 'sent' })
    expect(sent()).toEqual([
      ['Plain', null, false],
      ['With a file', 'messageMediaDocument', false],
      ['An album', 'messageMediaPhoto', true],
      ['', 'messageMediaPhoto', true],
    ])
  })

  it('a reply in a topic answers there, and comes back under our own id', async () => {
    const item = await told(() => dc.say({ from: anna, to: forum, text: 'And two?', topic: 7 }))
    const asked = (item['message'] as { external_id: string }).external_id
    const echo = told(() => undefined)
    const outcome = await send({
      content: 'Twice that',
      conversation: { external_id: String(forum), thread: '7' },
      reply_to_external_id: asked,
    })
    expect(dc.sent(me).at(-1)).toMatchObject({ peer: forum, topic: 7, replyTo: Number(asked.split(':')[1]) })
    expect(await echo).toMatchObject({
      conversation: { thread: '7' },
      message: {
        details: { topic: { title: 'Prices' } },
        direction: 'outbound',
        external_id: (outcome as { external_id: string }).external_id,
        reference: `11111111-2222-8333-8444-${String(commands).padStart(12, '0')}`,
      },
    })
  })

  it.each([
    ['text', {}],
    ['album', { attachments: [file('image/png', 'a.png', scan.length), file('image/png', 'b.png', scan.length)] }],
  ])('what was sent (%s) is found in the chat when the answer was lost, and not sent twice', async (name, fields) => {
    const content = `Unique ${name}`
    const found = () => dc.sent(me).filter((one) => one.text === content)
    dc.loseAnswers(1)
    const outcome = send({ content, ...fields })
    await until(() => found().length > 0)
    dc.loseAnswers(0)
    dc.cutConnections()
    expect(await outcome).toEqual({ kind: 'sent', external_id: String(found()[0]?.id) })
    expect(found()).toHaveLength(1)
    expect(dc.calls.get('messages.getHistory')).toBeGreaterThan(0)
  })
})
