import type { InboundMessage } from '../../channel.ts'
import type { Body } from '../body.ts'
import { pick } from '../details.ts'
import type { Outcome } from '../outcome.ts'
import { compact, isObject, type Json, numeralOf, textOf } from '../wire.ts'
import { bodyOf } from './body.ts'
import { isTrue, type MessagingEvent } from './event.ts'
import { referralOf } from './referral.ts'

/** A message in either direction, or that it was taken back. */
export function readMessage(event: MessagingEvent, message: unknown): Outcome {
  if (!isObject(message)) return { refused: 'message.invalid' }
  const externalId = event.idOf(message['mid'])
  if (externalId === undefined) return { refused: typeof message['mid'] === 'number' ? 'id_type' : 'message.invalid' }
  if (isTrue(message['is_deleted'])) return { item: { kind: 'deletion', at: event.at, targetExternalId: externalId } }
  // What a business writes to itself concerns no customer.
  if (isTrue(message['is_self']) || event.isSelf) return { ignored: 'message.self' }
  const body = bodyOf(message, event.isOurs)
  const reply = isObject(message['reply_to']) ? event.idOf(message['reply_to']['mid']) : undefined
  const details = {
    ...body.details,
    quick_reply: pick(message['quick_reply'], ['payload']),
    referral: referralOf(message['referral'] ?? event.value['referral']),
    // Which app sent it: a number on the wire. A person in the page's inbox has none, or that of Meta's own inbox.
    app_id: event.isOurs ? numeralOf(message['app_id']) : undefined,
  }
  return inConversation(event, {
    externalId,
    ...body,
    details,
    replyToExternalId: reply,
    echo: event.isOurs ? compact({ reference: event.rules.referenceOf(message) }) : undefined,
  })
}

type Said = Pick<Body, 'type' | 'content'> & {
  externalId: string
  attachments?: InboundMessage['attachments']
  details: Json
  replyToExternalId?: string | undefined
  echo?: InboundMessage['echo'] | undefined
  placeholder?: true
}

/** Makes a message of what somebody said, for the conversation that the event belongs to. */
export function inConversation(event: MessagingEvent, said: Said): Outcome {
  if (event.contact === undefined) return { refused: event.contactProblem }
  const marks = { standby: event.isStandby || undefined, test: event.isTest || undefined }
  const details = compact({ ...said.details, ...marks })
  const item = compact({
    kind: 'message' as const,
    at: event.at,
    externalId: said.externalId,
    contact: event.contact,
    direction: event.isOurs ? ('outbound' as const) : ('inbound' as const),
    type: said.type,
    content: said.content,
    replyToExternalId: said.replyToExternalId,
    attachments: said.attachments,
    details: Object.keys(details).length > 0 ? details : undefined,
    placeholder: said.placeholder,
    echo: said.echo,
  })
  return { item }
}

/** A press of a button: of a template, of the menu, or the one that starts a conversation. */
export function readPostback(event: MessagingEvent, postback: unknown): Outcome {
  if (!isObject(postback)) return { refused: 'postback.invalid' }
  const mid = event.idOf(postback['mid'])
  if (mid === undefined && typeof postback['mid'] === 'number') return { refused: 'id_type' }
  // Only since 2021 has a press an id.
  const externalId = mid ?? ownId(event, 'postback')
  const [text, payload] = [textOf(postback['title'], 1024), textOf(postback['payload'], 4096)]
  // On standby the payload is withheld: it is for the app that made the button.
  const content = text ?? payload
  if (event.contact === undefined) return { refused: event.contactProblem }
  if (externalId === undefined || content === undefined) return { refused: 'postback.invalid' }
  const details = {
    button: compact({ payload, text }),
    referral: referralOf(postback['referral'] ?? event.value['referral']),
  }
  return inConversation(event, { externalId, type: 'button', content, details })
}

/**
 * A customer came by an ad or a link without writing anything yet. A message of the type `system` stands for it, so that
 * a new customer has a conversation, and a known one a trace of what brought them back.
 */
export function readReferral(event: MessagingEvent, value: unknown): Outcome {
  const referral = referralOf(value)
  const externalId = ownId(event, 'referral')
  if (event.contact === undefined) return { refused: event.contactProblem }
  if (referral === undefined || externalId === undefined) return { refused: 'referral.invalid' }
  return inConversation(event, {
    externalId,
    type: 'system',
    content: describeReferral(referral),
    details: { referral },
  })
}

function describeReferral(referral: Json): string {
  const ad = isObject(referral['ads_context_data']) ? textOf(referral['ads_context_data']['ad_title'], 256) : undefined
  const ref = textOf(referral['ref'], 256)
  if (referral['source'] === 'ADS') return ad === undefined ? 'Came from an ad' : `Came from an ad: ${ad}`
  return ref === undefined ? 'Opened the chat through a link' : `Opened the chat through a link: ${ref}`
}

/** An id for what the platform gives none: one person does one such thing at a time, and a redelivery repeats it. */
function ownId({ contact, sentAt, isOurs }: MessagingEvent, kind: string): string | undefined {
  if (contact === undefined || sentAt === 0 || isOurs) return undefined
  return `${kind}:${contact.aliases[0].value}:${sentAt}`
}
