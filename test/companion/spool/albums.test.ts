import { describe, expect, it } from 'vitest'
import {
  account as channel,
  add,
  amendment,
  deliverAll,
  idsOf,
  itemsOf,
  makeFolder,
  openTestSpool,
  row,
} from './setup.ts'

const at = '2026-11-23T11:00:00.000Z'
const deletion = (external_id: string, lane?: string) =>
  amendment({ kind: 'delete', channel, message: { external_id, deleted_at: at } }, lane)
const edit = (external_id: string, content: string) =>
  amendment({ kind: 'edit', channel, message: { external_id, content, edited_at: at } })
const reaction = (external_id: string) =>
  amendment({ kind: 'reaction', channel, message: { external_id }, reaction: { emoji: '👍', at } })

function openWithAlbum() {
  const clock = { now: 1_000_000 }
  const folder = makeFolder()
  const spool = openTestSpool(folder, clock)
  add(
    spool,
    row({ id: '10', album: 'x', files: ['photo'] }),
    row({ id: '11', album: 'x', files: ['photo'], text: 'my papers' }),
    row({ id: '12', album: 'x', files: ['photo'] }),
  )
  return { spool, clock, folder }
}

/** Delivered already. */
function openWithDeliveredAlbum() {
  const opened = openWithAlbum()
  opened.clock.now += 700
  expect(deliverAll(opened.spool)).toHaveLength(1)
  return opened
}

describe('an album', () => {
  it('becomes one message under the id of its first part, with the text of whichever part has one', () => {
    const { spool, clock } = openWithAlbum()
    clock.now += 699
    expect(deliverAll(spool)).toEqual([])
    clock.now += 1
    const [item, ...none] = deliverAll(spool)
    expect(none).toEqual([])
    expect(item).toMatchObject({
      message: {
        external_id: '10',
        content: 'my papers',
        attachments: [{ key: '0:photo' }, { key: '1:photo' }, { key: '2:photo' }],
      },
    })
  })

  it('found late is one message all the same, with a reaction that came behind its first part', () => {
    const clock = { now: 1_000_000 }
    const folder = makeFolder()
    const spool = openTestSpool(folder, clock)
    add(spool, row({ id: '10', album: 'x' }), reaction('10'), row({ id: '11', album: 'x' }), reaction('11'))
    clock.now += 700
    const sent = itemsOf(spool.outgoing.take())
    expect(sent).toMatchObject([
      { message: { external_id: '10' } },
      { kind: 'reaction', message: { external_id: '10' } },
      { kind: 'reaction', message: { external_id: '10' } },
    ])
    spool.close()
    expect(deliverAll(openTestSpool(folder, clock))).toEqual(sent)
  })

  it('is the same after a crash at any moment, also when parts came too late for it', () => {
    const { spool, clock, folder } = openWithAlbum()
    clock.now += 700
    const [sent] = spool.outgoing.take()
    spool.close()
    const reopened = openTestSpool(folder, clock)
    add(reopened, row({ id: '13', album: 'x', files: ['photo'] }))
    clock.now += 700
    const items = deliverAll(reopened)
    expect(idsOf(items)).toEqual(['10', '13'])
    expect(sent?.what.kind === 'items' ? sent.what.items[0] : null).toEqual(items[0])
  })

  it('brings the files of its parts under the keys and the id that were announced', () => {
    const { spool } = openWithDeliveredAlbum()
    const busy = new Set<number>()
    const files = [0, 1, 2].map(() => {
      const file = spool.files.next(['telegram:1001'], busy)
      if (file !== null) busy.add(file.id)
      return file
    })
    expect(files.map((file) => [file?.messageId, file?.key, file?.locator])).toEqual([
      ['10', '0:photo', { of: '10/photo' }],
      ['10', '1:photo', { of: '11/photo' }],
      ['10', '2:photo', { of: '12/photo' }],
    ])
  })

  it('is what a reaction to a part and an answer to a part are about', () => {
    const { spool } = openWithDeliveredAlbum()
    add(spool, reaction('12'), row({ id: '20', replyTo: '11', text: 'which one?' }))
    const items = deliverAll(spool)
    expect(items[0]).toMatchObject({ kind: 'reaction', message: { external_id: '10' } })
    expect(items[1]).toMatchObject({ message: { external_id: '20', reply_to_external_id: '10' } })
  })

  it('keeps its text when a part without one is edited, and changes it when the other is', () => {
    const { spool } = openWithDeliveredAlbum()
    add(spool, edit('12', ''), edit('11', 'all my papers'))
    const items = deliverAll(spool)
    expect(items[0]).toMatchObject({ message: { external_id: '10', content: 'my papers' } })
    expect(items[1]).toMatchObject({ message: { external_id: '10', content: 'all my papers' } })
  })

  it('loses only the part that was taken back, and goes with the last one', () => {
    const { spool } = openWithDeliveredAlbum()
    add(spool, deletion('12'))
    expect(deliverAll(spool)).toEqual([
      {
        kind: 'file',
        channel,
        message: { external_id: '10' },
        file: { key: '2:photo', error: { code: 'file.deleted', title: 'Taken back by the customer' } },
      },
    ])
    add(spool, deletion('11'))
    expect(deliverAll(spool)).toMatchObject([{ kind: 'file' }, { kind: 'edit', message: { content: '' } }])
    add(spool, deletion('10'))
    expect(deliverAll(spool)).toMatchObject([{ kind: 'delete', message: { external_id: '10' } }])
  })

  it('does not fetch the file of a part that was taken back', () => {
    const { spool } = openWithDeliveredAlbum()
    add(spool, deletion('10'))
    deliverAll(spool)
    const next = spool.files.next(['telegram:1001'], new Set())
    expect(next?.key).toBe('1:photo')
  })

  it('does not fetch it either when the deletion goes out together with the album', () => {
    const { spool, clock } = openWithAlbum()
    add(spool, deletion('10'))
    clock.now += 700
    deliverAll(spool)
    expect(spool.files.next(['telegram:1001'], new Set())?.key).toBe('1:photo')
  })

  it('is waited for by a deletion that comes in another lane', () => {
    const { spool, clock } = openWithAlbum()
    add(spool, deletion('11', 'elsewhere'), row({ id: '30', lane: 'elsewhere' }))
    expect(deliverAll(spool)).toEqual([])
    clock.now += 700
    const items = deliverAll(spool)
    expect(items).toMatchObject([
      { message: { external_id: '10', attachments: [{}, {}, {}] } },
      { kind: 'file', message: { external_id: '10' }, file: { key: '1:photo' } },
      { kind: 'edit', message: { external_id: '10', content: '' } },
      { message: { external_id: '30' } },
    ])
  })

  it.each([
    ['a reaction', reaction('11')],
    ['an edit', edit('11', 'all my papers')],
    ['a deletion', deletion('11')],
  ])('is not waited for by %s ahead of it in its own lane, which would hold the lane for ever', (_what, ahead) => {
    const clock = { now: 1_000_000 }
    const folder = makeFolder()
    const spool = openTestSpool(folder, clock)
    const album = [row({ id: '10', album: 'x' }), row({ id: '11', album: 'x' })]
    add(spool, ahead, ...album, row({ id: '20' }))
    clock.now += 700
    spool.close()
    expect(idsOf(deliverAll(openTestSpool(folder, clock)))).toEqual(['11', '10', '20'])
  })

  it('says the same of an edit that has to be sent again', () => {
    const { spool, folder, clock } = openWithDeliveredAlbum()
    add(spool, edit('11', 'first'), edit('11', 'second'))
    const sent = spool.outgoing.take().map(({ what }) => what)
    spool.close()
    const again = openTestSpool(folder, clock)
    expect(again.outgoing.take().map(({ what }) => what)).toEqual(sent)
  })

  it('of one part is a message like any other', () => {
    const clock = { now: 0 }
    const spool = openTestSpool(makeFolder(), clock)
    add(spool, row({ id: '1', album: 'x', files: ['photo'] }))
    clock.now = 700
    expect(deliverAll(spool)).toMatchObject([{ message: { external_id: '1', attachments: [{ key: 'photo' }] } }])
    add(spool, deletion('1'))
    expect(deliverAll(spool)).toMatchObject([{ kind: 'delete', message: { external_id: '1' } }])
  })
})
