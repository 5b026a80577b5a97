import { describe, expect, it } from 'vitest'
import { attentionOf, createBells } from '../../src/hub/bells.ts'
import { type Attachment, type OpenSocket, type SocketHost, createSockets } from '../../src/hub/sockets.ts'

/** Open sockets, and how often all of them were gone through. */
function hubWith(...open: (Pick<Attachment, 'userId' | 'feed' | 'focus'> & Pick<OpenSocket, 'toldSeq'>)[]) {
  let walks = 0
  class Counted extends Map<WebSocket, OpenSocket> {
    override values() {
      walks += 1
      return super.values()
    }
  }
  const sockets = createSockets({} as SocketHost, () => 0)
  sockets.open = new Counted(
    open.map(({ toldSeq, ...attachment }) => [{} as WebSocket, { toldSeq, attachment } as unknown as OpenSocket]),
  )
  return { bells: createBells({} as D1Database, sockets), walks: () => walks }
}

const [ann, ben, cleo] = ['ann', 'ben', 'cleo']

describe('the hub', () => {
  it('knows of each user how many sockets were told, and what lies open in any of them', () => {
    const { bells } = hubWith(
      { userId: ann, feed: 'notifications', focus: null, toldSeq: 5 },
      { userId: ann, feed: 'notifications', focus: null, toldSeq: 4 },
      { userId: ann, feed: 'communications', focus: 'v1', toldSeq: 5 },
      { userId: ben, feed: 'notifications', focus: 'v2', toldSeq: 6 },
      { userId: ben, feed: 'notifications', focus: 'v3', toldSeq: 5 },
    )
    expect(attentionOf(bells, [ben, ann, cleo], 5)).toEqual([
      { userId: ben, sockets: 2, focus: ['v2', 'v3'] },
      { userId: ann, sockets: 1, focus: ['v1'] },
      { userId: cleo, sockets: 0, focus: [] },
    ])
  })

  it('goes through its sockets as often for a thousand users as for one', () => {
    const userIds = Array.from({ length: 1_000 }, (_, n) => `user ${n}`)
    const walksFor = (asked: string[]): number => {
      const open = userIds.map((userId) => ({ userId, feed: 'notifications' as const, focus: null, toldSeq: 1 }))
      const { bells, walks } = hubWith(...open)
      expect(attentionOf(bells, asked, 1).every(({ sockets }) => sockets === 1)).toBe(true)
      return walks()
    }
    expect(walksFor(userIds)).toBe(walksFor(userIds.slice(0, 1)))
  })
})
