import type { Long, tl } from '@mtcute/node'
import { isSamePeer, parseMarked, peerForm, seconds } from './world.ts'
import type { Box, BoxEvent, FakeAccount, FakeChannel, Peer, StoredMessage, World } from './world.ts'

/** Something said. `to`: a marked peer id. What Telegram's own form has besides goes into `extra`. */
export type Said = {
  from: number
  to: number
  text?: string
  media?: tl.TypeMessageMedia
  action?: tl.TypeMessageAction
  replyTo?: number
  topic?: number
  groupedId?: Long
  at?: number
  extra?: Partial<tl.RawMessage>
}
/** Tells one account's open sessions of an update; `messages` name who has to be introduced. */
export type Push = (account: FakeAccount, update: tl.TypeUpdate, messages: readonly StoredMessage[]) => void

/** The ids a message got: one for each account in private chats and groups, one for all in a channel. */
export type SaidIds = Map<number, number>

/** What happens in chats, and who is told of it. */
export class Timeline {
  #world: World
  #push: Push

  constructor(world: World, push: Push) {
    this.#world = world
    this.#push = push
  }

  say(said: Said): SaidIds {
    const peer = parseMarked(said.to)
    if (peer.kind === 'channel') return this.#sayInChannel(this.#world.channel(peer.id), said)
    const ids: SaidIds = new Map()
    for (const account of this.#hearers(said.from, peer)) {
      const message = this.#build(said, account, account.box)
      account.box.messages.set(message.id, message)
      const { pts, ptsCount } = addEvent(account.box, () => ({ newMessage: message.id }))
      this.#push(account, { _: 'updateNewMessage', message, pts, ptsCount }, [message])
      ids.set(account.user.id, message.id)
    }
    return ids
  }

  #sayInChannel(channel: FakeChannel, said: Said): SaidIds {
    const message = this.#build(said, null, channel.box)
    channel.box.messages.set(message.id, message)
    const { pts, ptsCount } = addEvent(channel.box, () => ({ newMessage: message.id }))
    const hearers = this.#accountsIn(channel.members)
    for (const account of hearers) {
      const seen = this.#world.seenBy(account, message)
      this.#push(account, { _: 'updateNewChannelMessage', message: seen, pts, ptsCount }, [seen])
    }
    return new Map(hearers.map(({ user }) => [user.id, message.id]))
  }

  /** An edit as one account names the message; in private chats the other side's copy is not our matter. */
  edit(account: FakeAccount, peer: Peer, id: number, change: Partial<tl.RawMessage>): void {
    const box = this.#world.boxOf(account, peer)
    const message = box.messages.get(id)
    if (message?._ !== 'message') throw new Error(`no message ${id}`)
    const edited = { ...message, editDate: seconds(), ...change }
    box.messages.set(id, edited)
    const form = (to: FakeAccount, event: Count): tl.TypeUpdate => {
      const seen = this.#world.seenBy(to, box.messages.get(id) ?? edited)
      const kind = peer.kind === 'channel' ? 'updateEditChannelMessage' : 'updateEditMessage'
      return { _: kind, message: seen, pts: event.pts, ptsCount: event.ptsCount }
    }
    this.#tell(account, peer, { form: (event) => (to) => form(to, event), ptsCount: 1, about: [edited] })
  }

  delete(account: FakeAccount, peer: Peer, ids: readonly number[]): Count {
    const box = this.#world.boxOf(account, peer)
    for (const id of ids) box.messages.delete(id)
    const messages = [...ids]
    const form = (count: Count) => (): tl.TypeUpdate =>
      peer.kind === 'channel'
        ? { _: 'updateDeleteChannelMessages', channelId: peer.id, messages, ...count }
        : { _: 'updateDeleteMessages', messages, ...count }
    return this.#tell(account, peer, { form, ptsCount: ids.length })
  }

  /** The newest reaction of one person; no emoji takes it back. Told without a count of its own, as Telegram does. */
  react(account: FakeAccount, peer: Peer, reaction: { id: number; by: number; emoji: string | null }): void {
    const { id, by, emoji } = reaction
    const box = this.#world.boxOf(account, peer)
    const message = box.messages.get(id)
    if (message?._ !== 'message') throw new Error(`no message ${id}`)
    const peerId: tl.TypePeer = { _: 'peerUser', userId: by }
    const others = (message.reactions?.recentReactions ?? []).filter(
      (one) => !isSamePeer({ kind: 'user', id: by }, one.peerId),
    )
    const own: tl.RawMessagePeerReaction[] =
      emoji === null
        ? []
        : [{ _: 'messagePeerReaction', peerId, date: seconds(), reaction: { _: 'reactionEmoji', emoticon: emoji } }]
    const reactions = reactionsForm([...own, ...others])
    box.messages.set(id, { ...message, reactions })
    const update: tl.TypeUpdate = { _: 'updateMessageReactions', peer: peerForm(peer), msgId: id, reactions }
    this.#tell(account, peer, { form: () => () => update, ptsCount: 0, about: [message] })
  }

  /** The other side has read what was sent up to a message. */
  read(account: FakeAccount, peer: Peer, maxId: number): void {
    const form = (count: Count) => (): tl.TypeUpdate =>
      peer.kind === 'channel'
        ? { _: 'updateReadChannelOutbox', channelId: peer.id, maxId }
        : { _: 'updateReadHistoryOutbox', peer: peerForm(peer), maxId, ...count }
    this.#tell(account, peer, { form, ptsCount: peer.kind === 'channel' ? 0 : 1 })
  }

  #tell(account: FakeAccount, peer: Peer, { form, ptsCount, about = [] }: News): Count {
    const box = this.#world.boxOf(account, peer)
    const { pts } = addEvent(box, (count) => ({ update: form(count) }), ptsCount)
    const update = form({ pts, ptsCount })
    const hearers = peer.kind === 'channel' ? this.#accountsIn(this.#world.channel(peer.id).members) : [account]
    for (const hearer of hearers) this.#push(hearer, update(hearer), about)
    return { pts, ptsCount }
  }

  #accountsIn(members: ReadonlySet<number>): FakeAccount[] {
    return [...members].flatMap((id) => this.#world.accounts.get(id) ?? [])
  }

  /** In a private chat the two who talk, in a group its members: those of them that are accounts here. */
  #hearers(from: number, peer: Peer): FakeAccount[] {
    if (peer.kind === 'group') return this.#accountsIn(this.#world.group(peer.id).members)
    return this.#accountsIn(new Set([from, peer.id]))
  }

  #build(said: Said, account: FakeAccount | null, box: Box): StoredMessage {
    box.lastId += 1
    const peer = parseMarked(said.to)
    // A private chat goes by the name of the other side.
    const other = account !== null && peer.kind === 'user' && said.from !== account.user.id ? said.from : peer.id
    const peerId = peerForm({ ...peer, id: other })
    const isPost = peer.kind === 'channel' && this.#world.channel(peer.id).isBroadcast
    const isOut = account !== null && said.from === account.user.id
    const shared = {
      id: box.lastId,
      peerId,
      date: said.at ?? seconds(),
      ...(isPost ? { post: true } : { fromId: { _: 'peerUser', userId: said.from } as const }),
      ...(isOut && { out: true }),
      ...replyForm(said),
    }
    if (said.action) return { _: 'messageService', ...shared, action: said.action }
    const { media, groupedId, text: message = '' } = said
    return { _: 'message', ...shared, message, ...(media && { media }), ...(groupedId && { groupedId }), ...said.extra }
  }
}

type Count = { pts: number; ptsCount: number }
type News = {
  form: (count: Count) => (to: FakeAccount) => tl.TypeUpdate
  ptsCount: number
  about?: readonly StoredMessage[]
}
type NewEvent = { newMessage: number } | { update: (account: FakeAccount) => tl.TypeUpdate }
function addEvent(box: Box, event: (at: Count) => NewEvent, ptsCount = 1): BoxEvent {
  box.pts += ptsCount
  const count = { pts: box.pts, ptsCount }
  const made: BoxEvent = { ...count, at: seconds(), ...event(count) }
  box.events.push(made)
  return made
}

function replyForm({ replyTo, topic }: Said): { replyTo?: tl.RawMessageReplyHeader } {
  if (replyTo === undefined && topic === undefined) return {}
  const replyToMsgId = replyTo ?? topic ?? 0
  if (topic === undefined) return { replyTo: { _: 'messageReplyHeader', replyToMsgId } }
  return { replyTo: { _: 'messageReplyHeader', replyToMsgId, forumTopic: true, replyToTopId: topic } }
}

function reactionsForm(recent: tl.RawMessagePeerReaction[]): tl.RawMessageReactions {
  const counts = new Map<string, tl.RawReactionCount>()
  for (const { reaction } of recent) {
    const name = reaction._ === 'reactionEmoji' ? reaction.emoticon : reaction._
    const known = counts.get(name)
    if (known) known.count += 1
    else counts.set(name, { _: 'reactionCount', reaction, count: 1 })
  }
  return { _: 'messageReactions', canSeeList: true, results: [...counts.values()], recentReactions: recent }
}
