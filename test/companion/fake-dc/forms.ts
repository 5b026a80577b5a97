import type { tl } from '@mtcute/node'
import type { Call } from './method.ts'
import { peerForm, seconds, type FakeAccount, type Peer } from './world.ts'

export function stateForm(account: FakeAccount): tl.updates.RawState {
  return { _: 'updates.state', pts: account.box.pts, qts: 0, date: seconds(), seq: 1, unreadCount: 0 }
}

export const notifySettings = { _: 'peerNotifySettings' } as const

export function dialogForm(call: Call, peer: Peer): tl.RawDialog {
  const [top] = call.world.history(call.account, peer)
  return {
    _: 'dialog',
    peer: peerForm(peer),
    topMessage: top?.id ?? 0,
    readInboxMaxId: 0,
    readOutboxMaxId: 0,
    unreadCount: 0,
    unreadMentionsCount: 0,
    unreadReactionsCount: 0,
    unreadPollVotesCount: 0,
    notifySettings,
    ...(peer.kind === 'channel' && { pts: call.world.channel(peer.id).box.pts }),
  }
}
