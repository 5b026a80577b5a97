import type { tl } from '@mtcute/core'
import { compact, type Details, type MapContext } from './map-context.ts'
import { markedChannelId, markedId } from './map-ids.ts'
import { amountOf } from './map-shared.ts'

/**
 * What happened in a chat without anybody saying a word. `content`: in English, for whoever does not know the action;
 * `service`: the same in parts, from which a page writes it in its reader's language.
 */
export type ServiceBody = { content: string; service: Details }

/** What an action is told with: who did it, and how people are called. */
type Telling = { by: string; isOwn: boolean; nameOf(peerId: number): string; isBroadcast: boolean }

export function serviceOf(message: tl.RawMessageService, context: MapContext): ServiceBody {
  const nameOf = (peerId: number) => context.peer(peerId)?.name ?? String(peerId)
  const actor = message.fromId === undefined ? markedId(message.peerId) : markedId(message.fromId)
  const isOwn = message.out === true || actor === context.accountId
  const telling = { by: nameOf(actor), isOwn, nameOf, isBroadcast: message.post === true }
  const told =
    peopleAction(message.action, telling) ?? chatAction(message.action, telling) ?? otherAction(message.action)
  const { words, ...parts } = told
  return { content: words, service: compact({ by: telling.by, is_own: isOwn ? true : undefined, ...parts }) }
}

type Told = { action: string; words: string } & Details

function peopleAction(action: tl.TypeMessageAction, { by, isOwn, nameOf }: Telling): Told | null {
  switch (action._) {
    case 'messageActionChatAddUser': {
      const names = action.users.map(nameOf)
      const isSelf = names.length === 1 && names[0] === by
      if (isSelf) return { action: 'joined', words: `${by} joined` }
      return { action: 'added', words: `${by} added ${names.join(', ')}`, names }
    }
    case 'messageActionChatDeleteUser': {
      const name = nameOf(action.userId)
      if (name === by) return { action: 'left', words: `${by} left` }
      return { action: 'removed', words: `${by} removed ${name}`, names: [name] }
    }
    case 'messageActionChatJoinedByLink':
    case 'messageActionChatJoinedByRequest':
      return { action: 'joined', words: `${by} joined by a link` }
    case 'messageActionPhoneCall':
      return phoneCall(action, isOwn)
    case 'messageActionConferenceCall':
      return callOf({
        isMissed: action.missed === true,
        isOwn,
        isVideo: action.video === true,
        seconds: action.duration,
      })
    case 'messageActionScreenshotTaken':
      return { action: 'screenshot', words: `${by} took a screenshot` }
    case 'messageActionContactSignUp':
      return { action: 'signed_up', words: `${by} is on Telegram now` }
    default:
      return null
  }
}

function phoneCall({ reason, duration, video }: tl.RawMessageActionPhoneCall, isOwn: boolean): Told {
  const isMissed = reason?._ === 'phoneCallDiscardReasonMissed' || reason?._ === 'phoneCallDiscardReasonBusy'
  return callOf({ isMissed, isOwn, isVideo: video === true, seconds: duration })
}

type Call = { isMissed: boolean; isOwn: boolean; isVideo: boolean; seconds: number | undefined }

function callOf({ isMissed, isOwn, isVideo, seconds }: Call): Told {
  const kind = isVideo ? 'video call' : 'call'
  const parts = { is_video: isVideo ? true : undefined, seconds }
  if (isMissed && !isOwn) return { action: 'call_missed', words: `Missed ${kind}`, ...parts }
  if (isMissed) return { action: 'call_unanswered', words: `Unanswered ${kind} to the customer`, ...parts }
  const length =
    seconds === undefined || seconds <= 0
      ? ''
      : `, ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  return {
    action: isOwn ? 'call_out' : 'call_in',
    words: `${isOwn ? 'Outgoing' : 'Incoming'} ${kind}${length}`,
    ...parts,
  }
}

function chatAction(action: tl.TypeMessageAction, { by, isBroadcast }: Telling): Told | null {
  const chat = isBroadcast ? 'channel' : 'group'
  switch (action._) {
    case 'messageActionChatCreate':
      return { action: 'created', words: `${by} created the group “${action.title}”`, title: action.title }
    case 'messageActionChannelCreate':
      return { action: 'created', words: `The ${chat} “${action.title}” was created`, title: action.title }
    case 'messageActionChatEditTitle':
      return { action: 'title', words: `${by} named the ${chat} “${action.title}”`, title: action.title }
    case 'messageActionChatEditPhoto':
      return { action: 'picture', words: `${by} changed the picture of the ${chat}` }
    case 'messageActionChatDeletePhoto':
      return { action: 'picture_removed', words: `${by} removed the picture of the ${chat}` }
    case 'messageActionPinMessage':
      return { action: 'pinned', words: `${by} pinned a message` }
    case 'messageActionChatMigrateTo':
    case 'messageActionChannelMigrateFrom':
      return { action: 'migrated', words: 'The group became a supergroup' }
    case 'messageActionHistoryClear':
      return { action: 'cleared', words: 'The history was cleared' }
    case 'messageActionTopicCreate':
      return { action: 'topic_created', words: `${by} opened the topic “${action.title}”`, title: action.title }
    case 'messageActionTopicEdit':
      return topicEdit(action, by)
    case 'messageActionSetMessagesTTL':
      if (action.period === 0) return { action: 'auto_delete_off', words: `${by} turned off automatic deletion` }
      return {
        action: 'auto_delete',
        words: `${by} set messages to be deleted after ${Math.round(action.period / 3600)} h`,
        seconds: action.period,
      }
    case 'messageActionGroupCall':
    case 'messageActionGroupCallScheduled':
    case 'messageActionInviteToGroupCall':
      return { action: 'group_call', words: `${by}: group call` }
    default:
      return null
  }
}

function topicEdit({ title, closed }: tl.RawMessageActionTopicEdit, by: string): Told {
  if (title !== undefined) return { action: 'topic_renamed', words: `${by} named the topic “${title}”`, title }
  if (closed === true) return { action: 'topic_closed', words: `${by} closed the topic` }
  if (closed === false) return { action: 'topic_reopened', words: `${by} opened the topic again` }
  return { action: 'topic_changed', words: `${by} changed the topic` }
}

/** Everything else has at least its name: what happened is in Telegram itself. */
function otherAction(action: tl.TypeMessageAction): Told {
  switch (action._) {
    case 'messageActionCustomAction':
      return { action: 'custom', words: action.message, text: action.message }
    case 'messageActionPaymentSent':
    case 'messageActionPaymentSentMe':
    case 'messageActionPaymentRefunded': {
      const sum = `${amountOf(action.totalAmount, action.currency)} ${action.currency}`
      const isBack = action._ === 'messageActionPaymentRefunded'
      const words = isBack ? `Payment returned: ${sum}` : `Payment: ${sum}`
      return { action: isBack ? 'payment_returned' : 'payment', words, amount: sum }
    }
    case 'messageActionWebViewDataSent':
    case 'messageActionWebViewDataSentMe':
      return { action: 'custom', words: action.text, text: action.text }
    case 'messageActionTodoAppendTasks':
      return { action: 'todo', words: `Added to the list: ${action.list.map(({ title }) => title.text).join(', ')}` }
    case 'messageActionTodoCompletions':
      return { action: 'todo', words: 'The list was changed' }
    case 'messageActionPollAppendAnswer':
      return { action: 'poll', words: `Added to the poll: ${action.answer.text.text}` }
    default:
      return { action: 'other', words: `Telegram: ${plainName(action._)}`, kind: plainName(action._) }
  }
}

/** `messageActionGiftPremium` → `gift premium`. */
function plainName(constructor: unknown): string {
  const name = typeof constructor === 'string' ? constructor.replace(/^messageAction/, '') : ''
  return name.replaceAll(/(?!^)[A-Z]/g, (letter) => ` ${letter}`).toLowerCase() || 'unknown'
}

/** When a group becomes a supergroup it gets a new id, and says so in both places. */
export function migrationOf(message: tl.RawMessageService): { from: number; to: number } | null {
  const peerId = markedId(message.peerId)
  const { action } = message
  if (action._ === 'messageActionChatMigrateTo') return { from: peerId, to: markedChannelId(action.channelId) }
  if (action._ === 'messageActionChannelMigrateFrom') return { from: -action.chatId, to: peerId }
  return null
}
