import { z } from 'zod'
import type { InboundContact, InboundItem, InboundMessage } from '../channel.ts'
import type { Direction, MessageStatus } from '../../protocol/words.ts'
import type { Body } from '../meta/body.ts'
import { errorsOf, pick } from '../meta/details.ts'
import type { Outcome } from '../meta/outcome.ts'
import { compact, Id, isObject, type Json, maybe, textOf } from '../meta/wire.ts'
import { bodyOf } from './body.ts'

/** What every message carries, of whatever type. Only what we read: Meta adds others without notice. */
export const Envelope = z.object({
  type: z.string().min(1).max(64),
  from: maybe(Id),
  from_user_id: maybe(Id),
  from_parent_user_id: maybe(Id),
  to: maybe(Id),
  to_user_id: maybe(Id),
  to_parent_user_id: maybe(Id),
  group_id: maybe(Id),
  timestamp: z.unknown().optional(),
})
export type Envelope = z.infer<typeof Envelope>

/** Who a message is from and how it came, worked out by the field it came in. */
export type Origin = {
  at: number
  direction: Direction
  /** Undefined when the message names nobody: enough for an edit, too little for a message. */
  contact?: InboundContact | undefined
  sender?: InboundMessage['sender'] | undefined
  /** Whose reaction it would be. */
  by: string
  status?: MessageStatus | undefined
  silent?: true
}

/** Reads one message of any type: from a customer, from the phone app, from imported history. */
export function readMessage(message: Json, origin: Origin): Outcome {
  const item = itemOf(message, origin)
  return item === undefined ? { refused: refusalOf(message) } : { item }
}

function itemOf(message: Json, origin: Origin): InboundItem | undefined {
  switch (message['type']) {
    case 'reaction':
      return reactionOf(message['reaction'], origin)
    case 'edit':
      return editOf(message['edit'], origin)
    case 'revoke':
      return deletionOf(message['revoke'], origin)
    default:
      return messageOf(message, origin)
  }
}

function reactionOf(reaction: unknown, { at, by }: Origin): InboundItem | undefined {
  if (!isObject(reaction)) return undefined
  const target = Id.safeParse(reaction['message_id']).data
  if (target === undefined) return undefined
  return compact({ kind: 'reaction' as const, at, targetExternalId: target, by, emoji: textOf(reaction['emoji'], 64) })
}

function editOf(edit: unknown, { at }: Origin): InboundItem | undefined {
  if (!isObject(edit) || !isObject(edit['message'])) return undefined
  const target = Id.safeParse(edit['original_message_id']).data
  const body = bodyOf(edit['message'])
  // A placeholder's description must not replace a text that we have.
  if (target === undefined || body === undefined || body.type === 'unsupported') return undefined
  return { kind: 'edit', at, targetExternalId: target, content: body.content }
}

function deletionOf(revoke: unknown, { at }: Origin): InboundItem | undefined {
  const target = Id.safeParse(isObject(revoke) ? revoke['original_message_id'] : undefined).data
  return target === undefined ? undefined : { kind: 'deletion', at, targetExternalId: target }
}

function messageOf(message: Json, origin: Origin): InboundMessage | undefined {
  const { data: externalId } = Id.safeParse(message['id'])
  const body = bodyOf(message)
  if (externalId === undefined || body === undefined || origin.contact === undefined) return undefined
  const details = detailsOf(message, body)
  return compact({
    kind: 'message' as const,
    at: origin.at,
    externalId,
    contact: origin.contact,
    direction: origin.direction,
    type: body.type,
    content: body.content,
    status: origin.status,
    sender: origin.sender,
    replyToExternalId: Id.safeParse(isObject(message['context']) ? message['context']['id'] : undefined).data,
    attachments: body.attachments,
    details: Object.keys(details).length > 0 ? details : undefined,
    silent: origin.silent,
    placeholder: body.isPlaceholder,
  })
}

const referralFields = [
  ...['source_url', 'source_id', 'source_type', 'headline', 'body', 'media_type', 'image_url', 'video_url'],
  ...['thumbnail_url', 'ctwa_clid', 'ref'],
]

function detailsOf(message: Json, body: Body): Json {
  const context = isObject(message['context']) ? message['context'] : {}
  const errors = errorsOf(message['errors'])
  return compact({
    ...body.details,
    ...pick(context, ['forwarded', 'frequently_forwarded']),
    referred_product: pick(context['referred_product'], ['catalog_id', 'product_retailer_id']),
    referral: referralOf(message['referral']),
    errors: errors.length > 0 ? errors : undefined,
  })
}

function referralOf(value: unknown): Json | undefined {
  const referral = pick(value, referralFields)
  const welcome = isObject(value) ? pick(value['welcome_message'], ['text']) : undefined
  return welcome === undefined ? referral : { ...referral, welcome_message: welcome }
}

const idFields = [
  'id',
  'from',
  'from_user_id',
  'from_parent_user_id',
  'to',
  'to_user_id',
  'to_parent_user_id',
  'group_id',
]
const innerIdFields = ['id', 'message_id', 'original_message_id']

/** Why a message was not understood. Ids that came as numbers have a reason of their own: their digits may be wrong. */
export function refusalOf(message: unknown): string {
  if (!isObject(message)) return 'message.invalid'
  const inner = typeof message['type'] === 'string' ? message[message['type']] : undefined
  const hasNumericId =
    idFields.some((field) => typeof message[field] === 'number') ||
    (isObject(inner) && innerIdFields.some((field) => typeof inner[field] === 'number'))
  return hasNumericId ? 'id_type' : 'message.invalid'
}
