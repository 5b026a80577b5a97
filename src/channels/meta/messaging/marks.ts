import { cleanText } from '../../../lib/text.ts'
import type { ParsedUpdate } from '../../channel.ts'
import { maxContent } from '../body.ts'
import type { Outcome } from '../outcome.ts'
import { compact, isObject, listOf, msOf, textOf } from '../wire.ts'
import { type MessagingEvent, updateOf } from './event.ts'
import { inConversation } from './message.ts'

// What happens to messages after they were sent: reactions, edits, that they arrived and were read.

/** Messenger's names of reactions; newer ones are `other` and come with an emoji. */
const emojiOf: ReadonlyMap<unknown, string> = new Map([
  ['like', '👍'],
  ['dislike', '👎'],
  ['love', '❤️'],
  ['smile', '😆'],
  ['wow', '😮'],
  ['sad', '😢'],
  ['angry', '😠'],
])

export function readReaction(event: MessagingEvent, reaction: unknown): Outcome {
  if (!isObject(reaction)) return { refused: 'reaction.invalid' }
  const target = event.idOf(reaction['mid'])
  if (target === undefined) return { refused: typeof reaction['mid'] === 'number' ? 'id_type' : 'reaction.invalid' }
  const of = {
    kind: 'reaction' as const,
    at: event.at,
    targetExternalId: target,
    by: event.isOurs ? 'business' : 'customer',
  }
  if (reaction['action'] === 'unreact') return { item: of }
  const emoji = textOf(reaction['emoji'], 64) ?? emojiOf.get(reaction['reaction'])
  if (reaction['action'] !== 'react' || emoji === undefined) return { refused: 'reaction.invalid' }
  return { item: { ...of, emoji } }
}

export function readEdit(event: MessagingEvent, edit: unknown): Outcome {
  if (!isObject(edit)) return { refused: 'edit.invalid' }
  const target = event.idOf(edit['mid'])
  if (target === undefined) return { refused: typeof edit['mid'] === 'number' ? 'id_type' : 'edit.invalid' }
  if (edit['num_edit'] === 0 || edit['num_edit'] === '0') return readAnnouncement(event, target, edit['text'])
  const { text } = edit
  if (typeof text !== 'string') return { refused: 'edit.invalid' }
  return { item: { kind: 'edit', at: event.at, targetExternalId: target, content: cleanText(text, maxContent) } }
}

/**
 * Instagram has been seen to announce a new message as its edit number 0, mostly without the text and sometimes instead
 * of the message. It stands for the message until that comes.
 */
function readAnnouncement(event: MessagingEvent, externalId: string, value: unknown): Outcome {
  if (event.isOurs || event.isSelf) return { ignored: 'edit.announcement' }
  const text = textOf(value, maxContent)
  const said = { externalId, details: {}, placeholder: true as const }
  return inConversation(
    event,
    text === undefined
      ? { ...said, type: 'unsupported', content: 'Message content is not available here' }
      : { ...said, type: 'text', content: text },
  )
}

/** `read`: all up to a moment (Messenger), or one message (Instagram). */
export function parseRead(event: MessagingEvent, read: unknown): ParsedUpdate[] {
  // What the business has read itself says nothing of its messages.
  if (event.isOurs) return [{ kind: 'ignored', reason: 'read.own' }]
  return parseReport(event, { name: 'read', status: 'read' }, read)
}

/** `delivery`: all up to a moment, and mostly the messages themselves. */
export function parseDelivered(event: MessagingEvent, delivery: unknown): ParsedUpdate[] {
  return parseReport(event, { name: 'delivery', status: 'delivered' }, delivery)
}

type Report = { name: 'read' | 'delivery'; status: 'read' | 'delivered' }

function parseReport(event: MessagingEvent, report: Report, value: unknown): ParsedUpdate[] {
  const { name } = report
  const refuse = () => [updateOf(event, { [name]: value }, () => ({ refused: `${name}.invalid` }))]
  if (!isObject(value)) return refuse()
  const { watermark = null, mid = null, mids = [] } = value
  if (mids !== null && !Array.isArray(mids)) return refuse()
  const updates = listOf(mids).map((one) =>
    updateOf(event, { [name]: { mids: [one] } }, () => readStatus(event, report, one)),
  )
  if (mid !== null) updates.push(updateOf(event, { [name]: { mid } }, () => readStatus(event, report, mid)))
  if (watermark !== null) {
    updates.push(updateOf(event, { [name]: { watermark } }, () => readWatermark(event, report, watermark)))
  }
  return updates.length > 0 ? updates : refuse()
}

function readStatus({ at, idOf }: MessagingEvent, { name, status }: Report, mid: unknown): Outcome {
  const target = idOf(mid)
  if (target === undefined) return { refused: typeof mid === 'number' ? 'id_type' : `${name}.invalid` }
  return { item: { kind: 'status', at, targetExternalId: target, status } }
}

function readWatermark(event: MessagingEvent, { name, status }: Report, watermark: unknown): Outcome {
  const upTo = msOf(watermark)
  if (upTo === 0) return { refused: `${name}.invalid` }
  if (event.contact === undefined) return { refused: event.contactProblem }
  return { item: compact({ kind: 'watermark' as const, at: event.at || upTo, contact: event.contact, status, upTo }) }
}
