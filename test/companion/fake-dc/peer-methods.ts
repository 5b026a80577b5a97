import type { tl } from '@mtcute/node'
import { dialogForm, notifySettings, stateForm } from './forms.ts'
import { withFreshReference } from './media-forms.ts'
import { failure, type Call, type Methods } from './method.ts'
import { markedId, peerForm, type Peer, type StoredMessage } from './world.ts'

/** Every chat of an account with something in it, the one with the newest message first. */
function dialogsOf(call: Call): { peer: Peer; top: StoredMessage }[] {
  const { world, account } = call
  const peers = new Map<number, Peer>()
  for (const { peerId } of account.box.messages.values()) {
    if (peerId._ === 'peerUser') peers.set(peerId.userId, { kind: 'user', id: peerId.userId })
    if (peerId._ === 'peerChat') peers.set(-peerId.chatId, { kind: 'group', id: peerId.chatId })
  }
  for (const { id, members } of world.channels.values()) {
    if (members.has(account.user.id)) peers.set(markedId({ kind: 'channel', id }), { kind: 'channel', id })
  }
  return [...peers.values()]
    .flatMap((peer) => {
      const [top] = world.history(account, peer)
      return top ? [{ peer, top }] : []
    })
    .toSorted((a, b) => b.top.date - a.top.date || b.top.id - a.top.id)
}

function dialogs(call: Call, request: tl.messages.RawGetDialogsRequest): tl.messages.TypeDialogs {
  const all = dialogsOf(call)
  const { offsetDate, offsetId, offsetPeer, limit } = request
  const offset = offsetPeer._ === 'inputPeerEmpty' ? null : markedId(call.world.peer(call.account, offsetPeer))
  const at = all.findIndex(({ peer, top }) => markedId(peer) === offset && (offsetId === 0 || top.id <= offsetId))
  const later = offsetDate === 0 ? 0 : all.findIndex(({ top }) => top.date < offsetDate)
  const start = at === -1 ? Math.max(later, 0) : at + 1
  const found = all.slice(start, start + Math.max(limit, 1))
  const messages = found.map(({ top }) => withFreshReference(call.world, top))
  const shared = {
    dialogs: found.map(({ peer }) => dialogForm(call, peer)),
    messages,
    ...call.world.peersOf(call.account, messages),
  }
  if (found.length === all.length) return { _: 'messages.dialogs', ...shared }
  return { _: 'messages.dialogsSlice', count: all.length, ...shared }
}

function peerDialogs(call: Call, inputs: readonly tl.TypeInputDialogPeer[]): tl.messages.RawPeerDialogs {
  const peers = inputs.flatMap((input) =>
    input._ === 'inputDialogPeer' ? [call.world.peer(call.account, input.peer)] : [],
  )
  const messages = peers.flatMap((peer) => call.world.history(call.account, peer).slice(0, 1))
  const { users, chats } = call.world.peersOf(call.account, messages)
  const dialogs = peers.map((peer) => dialogForm(call, peer))
  return { _: 'messages.peerDialogs', dialogs, messages, users, chats, state: stateForm(call.account) }
}

function fullUser(call: Call, input: tl.TypeInputUser): tl.users.RawUserFull {
  const { id } = call.world.peer(call.account, input)
  const settings = { _: 'peerSettings' } as const
  const fullUser = { _: 'userFull', id, settings, notifySettings, commonChatsCount: 0 } as const
  return { _: 'users.userFull', fullUser, chats: [], users: [call.world.userForm(call.account, id)] }
}

function topics(call: Call, peer: Peer, wanted: (id: number) => boolean): tl.messages.RawForumTopics {
  const channel = call.world.channel(peer.id)
  const found = [...channel.topics].filter(([id]) => wanted(id))
  const topics = found.map(([id, title]) => topicForm(call, { id, title, peer }))
  const { pts } = channel.box
  const { users } = call.world.peersOf(call.account, [])
  const chats = [call.world.chatForm(call.account, channel)]
  return { _: 'messages.forumTopics', count: topics.length, topics, messages: [], chats, users, pts }
}

function topicForm(call: Call, { id, title, peer }: { id: number; title: string; peer: Peer }): tl.RawForumTopic {
  const top = call.world
    .history(call.account, peer)
    .find(({ replyTo }) => replyTo?._ === 'messageReplyHeader' && (replyTo.replyToTopId ?? replyTo.replyToMsgId) === id)
  return {
    _: 'forumTopic',
    id,
    date: 1_700_000_000,
    peer: peerForm(peer),
    title,
    iconColor: 0x6fb9f0,
    topMessage: top?.id ?? id,
    readInboxMaxId: 0,
    readOutboxMaxId: 0,
    unreadCount: 0,
    unreadMentionsCount: 0,
    unreadReactionsCount: 0,
    unreadPollVotesCount: 0,
    fromId: { _: 'peerUser', userId: call.account.user.id },
    notifySettings,
  }
}

export const peerMethods: Methods = {
  'users.getUsers': (call, { id }) =>
    id.flatMap((input) => [call.world.userForm(call.account, call.world.peer(call.account, input).id)]),
  'users.getFullUser': (call, { id }) => fullUser(call, id),
  'messages.getDialogs': dialogs,
  'messages.getPeerDialogs': (call, { peers }) => peerDialogs(call, peers),
  'messages.getChats': (call, { id }) => ({
    _: 'messages.chats',
    chats: id.map((one) => call.world.chatForm(call.account, call.world.group(one))),
  }),
  'channels.getChannels': (call, { id }) => ({
    _: 'messages.chats',
    chats: id.map((input) => {
      // No hash yet: who is in a channel may ask for it by its id alone.
      const asked = input._ === 'inputChannel' && input.accessHash.isZero() ? input.channelId : null
      const channel = call.world.channel(asked ?? call.world.peer(call.account, input).id)
      if (!channel.members.has(call.account.user.id)) throw failure(406, 'CHANNEL_PRIVATE')
      return call.world.chatForm(call.account, channel)
    }),
  }),
  'contacts.resolveUsername': (call, { username }) => {
    const user = [...call.world.users.values()].find((one) => one.username === username)
    if (!user) throw failure(400, 'USERNAME_NOT_OCCUPIED')
    const peer = { _: 'peerUser', userId: user.id } as const
    return { _: 'contacts.resolvedPeer', peer, chats: [], users: [call.world.userForm(call.account, user.id)] }
  },
  'messages.getForumTopics': (call, { peer }) => topics(call, call.world.peer(call.account, peer), () => true),
  'messages.getForumTopicsByID': (call, { peer, topics: ids }) =>
    topics(call, call.world.peer(call.account, peer), (id) => ids.includes(id)),
}
