import type { tl } from '@mtcute/node'
import { dialogForm, stateForm } from './forms.ts'
import { failure, type Call, type Methods } from './method.ts'
import { withFreshReference } from './media-forms.ts'
import { seconds, type Box, type BoxEvent, type FakeChannel, type StoredMessage } from './world.ts'

type News = { messages: StoredMessage[]; updates: tl.TypeUpdate[]; about: StoredMessage[] }

/** What a box's events come to: new messages as they are by now, the rest as it was. */
function newsOf(call: Call, box: Box, events: readonly BoxEvent[]): News {
  const fresh = (message: StoredMessage) => withFreshReference(call.world, call.world.seenBy(call.account, message))
  const messages = events.flatMap((event) => {
    const message = 'newMessage' in event ? box.messages.get(event.newMessage) : undefined
    return message ? [fresh(message)] : []
  })
  const updates = events.flatMap((event) => ('update' in event ? [event.update(call.account)] : []))
  return {
    messages,
    updates,
    about: [...messages, ...updates.flatMap((one) => ('message' in one ? messagesIn(one) : []))],
  }
}

function messagesIn(update: tl.TypeUpdate): StoredMessage[] {
  const { message } = update as { message?: tl.TypeMessage }
  return message && message._ !== 'messageEmpty' ? [message] : []
}

/** Events without a count of their own belong to the one before them. */
const eventsAfter = (box: Box, pts: number) => box.events.filter((event) => event.pts > pts)

function difference(call: Call, { pts, date }: { pts: number; date: number }): tl.updates.TypeDifference {
  const { account, world } = call
  const { box } = account
  if (pts > box.pts) throw failure(400, 'PERSISTENT_TIMESTAMP_INVALID')
  const events = eventsAfter(box, pts)
  if (events.length > account.tooLongAfter) return { _: 'updates.differenceTooLong', pts: box.pts }
  const slice = events.slice(0, world.sliceSize)
  const { messages: newMessages, updates, about } = newsOf(call, box, slice)
  const channels = channelsWithNews(call, date)
  const otherUpdates = [...updates, ...channels.map(({ id, box: { pts } }) => tooLong(id, pts))]
  if (slice.length === 0 && otherUpdates.length === 0) return { _: 'updates.differenceEmpty', date: seconds(), seq: 1 }
  const { users, chats } = world.peersOf(account, about)
  const shared = {
    newMessages,
    newEncryptedMessages: [],
    otherUpdates,
    users,
    chats: [...chats, ...channels.map((channel) => world.chatForm(account, channel))],
  }
  const last = slice.at(-1)
  if (last === undefined || slice.length === events.length) {
    return { _: 'updates.difference', ...shared, state: stateForm(account) }
  }
  const intermediateState = { ...stateForm(account), pts: last.pts, date: last.at }
  return { _: 'updates.differenceSlice', ...shared, intermediateState }
}

const tooLong = (channelId: number, pts: number): tl.TypeUpdate => ({ _: 'updateChannelTooLong', channelId, pts })

function channelsWithNews({ account, world }: Call, since: number): FakeChannel[] {
  if (!world.tellsChannelNews) return []
  return [...world.channels.values()].filter(
    ({ members, box }) => members.has(account.user.id) && (box.events.at(-1)?.at ?? 0) >= since,
  )
}

type ChannelRequest = { pts: number; limit: number }
function channelDifference(
  call: Call,
  channel: FakeChannel,
  { pts, limit }: ChannelRequest,
): tl.updates.TypeChannelDifference {
  const { account, world } = call
  const { box } = channel
  const events = eventsAfter(box, pts)
  if (events.length === 0) return { _: 'updates.channelDifferenceEmpty', final: true, pts: box.pts, timeout: 30 }
  if (events.length > channel.tooLongAfter) {
    const messages = world.history(account, { kind: 'channel', id: channel.id }).slice(0, 10)
    const dialog = dialogForm(call, { kind: 'channel', id: channel.id })
    const { users, chats } = world.peersOf(account, messages)
    return { _: 'updates.channelDifferenceTooLong', final: true, timeout: 30, dialog, messages, users, chats }
  }
  const slice = events.slice(0, limit)
  const { messages: newMessages, updates: otherUpdates, about } = newsOf(call, box, slice)
  const { users, chats } = world.peersOf(account, about)
  const isFinal = slice.length === events.length
  const upTo = isFinal ? box.pts : (slice.at(-1)?.pts ?? box.pts)
  const shared = { pts: upTo, timeout: 30, newMessages, otherUpdates, users, chats }
  return { _: 'updates.channelDifference', ...(isFinal && { final: true }), ...shared }
}

export const updateMethods: Methods = {
  'updates.getState': (call) => {
    const { account } = call
    call.session.hearsUpdates = true
    return stateForm(account)
  },
  'updates.getDifference': (call, { pts, date }) => {
    const { account } = call
    call.session.hearsUpdates = account !== null
    return difference(call, { pts, date })
  },
  'updates.getChannelDifference': (call, { channel, pts, limit }) => {
    const { id } = call.world.peer(call.account, channel)
    return channelDifference(call, call.world.channel(id), { pts, limit })
  },
  'account.updateStatus': () => true,
}
