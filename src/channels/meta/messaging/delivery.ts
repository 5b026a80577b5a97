// Trust boundary: what stands here is signed by Meta, but written by strangers. Nothing is believed by its shape, one
// bad item never costs another, and nothing is dropped without a word.
import { cleanText } from '../../../lib/text.ts'
import type { InboundHealth, ParsedUpdate } from '../../channel.ts'
import { type Outcome, refusedUpdate } from '../outcome.ts'
import { compact, isObject, type Json, textOf } from '../wire.ts'
import {
  channelOf,
  type MessagingEvent,
  type MessagingRules,
  openEvent,
  type Place,
  updateOf,
  wrapEntry,
  wrapEvent,
} from './event.ts'
import { parseDelivered, parseRead, readEdit, readReaction } from './marks.ts'
import { readMessage, readPostback, readReferral } from './message.ts'

/**
 * Turns one verified delivery of the Messenger Platform's form into updates. Never throws.
 *
 * An entry holds events in `messaging`, in `standby` (another app answers; the same events) and in `changes`, where each
 * stands as the value of a field. What an event is about is a key of its own beside sender, recipient and timestamp.
 */
export function parseMessagingDelivery(rules: MessagingRules, delivery: unknown): ParsedUpdate[] {
  if (!isObject(delivery)) return [refusedUpdate('delivery.malformed', delivery)]
  if (delivery['object'] !== rules.objectName) return [refusedUpdate('object.unknown', delivery)]
  const entries = delivery['entry']
  if (!Array.isArray(entries)) return [refusedUpdate('delivery.malformed', delivery)]
  if (entries.length === 0) return [{ kind: 'ignored', reason: 'delivery.empty' }]
  return entries.flatMap((entry) => parseEntry(rules, entry))
}

const lists = ['messaging', 'standby', 'changes'] as const
const bookkeeping: ReadonlySet<string> = new Set(['id', 'time', 'uid', 'hop_context', ...lists])

function parseEntry(rules: MessagingRules, entry: unknown): ParsedUpdate[] {
  const refuse = () => [refusedUpdate('entry.malformed', { object: rules.objectName, entry: [entry] })]
  if (!isObject(entry)) return refuse()
  const updates = [...lists.flatMap((list) => parseList(rules, entry, list)), ...parseRest(rules, entry)]
  if (updates.length > 0) return updates
  return lists.some((list) => Array.isArray(entry[list])) ? [{ kind: 'ignored', reason: 'entry.empty' }] : refuse()
}

function parseList(rules: MessagingRules, entry: Json, list: (typeof lists)[number]): ParsedUpdate[] {
  const elements = entry[list]
  if (elements === undefined || elements === null) return []
  if (!Array.isArray(elements)) {
    return [refusedUpdate('entry.malformed', wrapEntry(rules, entry, { [list]: elements }))]
  }
  // The samples of Meta's dashboard that name no account of anybody.
  if (entry['id'] === '0' || entry['id'] === 0)
    return elements.map(() => ({ kind: 'ignored', reason: 'delivery.test' }))
  if (list === 'changes') return elements.flatMap((change) => parseChange(rules, entry, change))
  return elements.flatMap((event) => parseEvent(rules, entry, { list }, event))
}

/** Lists of an entry that nobody told us of. `changed_fields` are names of fields whose values were not subscribed to. */
function parseRest(rules: MessagingRules, entry: Json): ParsedUpdate[] {
  return Object.entries(entry).flatMap(([key, value]): ParsedUpdate[] => {
    if (bookkeeping.has(key) || typeof value !== 'object' || value === null) return []
    if (key === 'changed_fields') return [{ kind: 'ignored', reason: key }]
    return [refusedUpdate('entry.unknown', wrapEntry(rules, entry, Object.fromEntries([[key, value]])))]
  })
}

function parseChange(rules: MessagingRules, entry: Json, change: unknown): ParsedUpdate[] {
  const { field, value } = isObject(change) ? change : {}
  if (typeof field === 'string' && rules.ignoredFields.has(field)) return [{ kind: 'ignored', reason: field }]
  if (field === undefined ? isEvent(value) : rules.messagingFields.has(textOf(field, 64) ?? '')) {
    return parseEvent(rules, entry, { list: 'changes', field }, value)
  }
  const reason = typeof field === 'string' ? 'field.unknown' : 'change.malformed'
  return [refusedUpdate(reason, wrapEntry(rules, entry, { changes: [change] }), channelOf(entry, { list: 'changes' }))]
}

/** A change whose field was left out (relays do that) is an event if it looks like one. */
function isEvent(value: unknown): boolean {
  return isObject(value) && isObject(value['sender']) && Object.keys(value).some((key) => parsers.has(key))
}

type Parser = (event: MessagingEvent, thing: unknown) => ParsedUpdate[]

function one(read: (event: MessagingEvent, thing: unknown) => Outcome): Parser {
  return (event, thing) => [updateOf(event, event.value, () => read(event, thing))]
}

const parsers: ReadonlyMap<string, Parser> = new Map<string, Parser>([
  ['message', one(readMessage)],
  ['postback', one(readPostback)],
  ['referral', one(readReferral)],
  ['reaction', one(readReaction)],
  ['message_edit', one(readEdit)],
  ['read', parseRead],
  ['delivery', parseDelivered],
  // Documented with either sign.
  ['policy_enforcement', one(readPolicy)],
  ['policy-enforcement', one(readPolicy)],
])

/** What a referral may stand beside, and then belongs to. */
const referred: ReadonlySet<string> = new Set(['message', 'postback'])

/** Things with nothing for an inbox: plugins, payments and games, and who answers in a conversation. */
const ignoredThings: readonly string[] = [
  ...['account_linking', 'app_roles', 'checkout_update', 'game_play', 'messaging_customer_information'],
  ...['messaging_feedback', 'optin', 'pass_thread_control', 'payment', 'pre_checkout', 'request_thread_control'],
  ...['response_feedback', 'take_thread_control'],
]

function parseEvent(rules: MessagingRules, entry: Json, place: Place, value: unknown): ParsedUpdate[] {
  const refuse = (reason: string) => [
    refusedUpdate(reason, wrapEvent(rules, entry, place, value), channelOf(entry, place)),
  ]
  if (!isObject(value)) return refuse('event.malformed')
  const things = thingsIn(value)
  // An event holds one thing. Where it does hold two, each is read as if it were alone: one may be ours, the other not.
  const updates = things.flatMap((name) => {
    return parsers.get(name)?.(openEvent(rules, entry, place, partOf(value, name)), value[name]) ?? []
  })
  if (updates.length > 0) return updates
  const ignored = ignoredThings.find((key) => value[key] !== undefined)
  return ignored === undefined ? refuse('event.unknown') : [{ kind: 'ignored', reason: ignored }]
}

function thingsIn(value: Json): string[] {
  const names = Object.keys(value).filter((name) => parsers.has(name) && (value[name] ?? undefined) !== undefined)
  return names.some((name) => referred.has(name)) ? names.filter((name) => name !== 'referral') : names
}

function partOf(value: Json, name: string): Json {
  const { sender, recipient, timestamp, referral } = value
  return compact({ sender, recipient, timestamp, [name]: value[name], ...(referred.has(name) && { referral }) })
}

const policyStates: ReadonlyMap<unknown, InboundHealth['state']> = new Map([
  ['block', 'down'],
  ['warning', 'warning'],
  ['unblock', 'ok'],
])

/** Meta stops a page that broke its rules, or lets it go on. */
function readPolicy({ at }: MessagingEvent, policy: unknown): Outcome {
  const action = isObject(policy) ? textOf(policy['action'], 32) : undefined
  const state = policyStates.get(action)
  if (!isObject(policy) || state === undefined) return { refused: 'policy.invalid' }
  const message = textOf(policy['reason'], 512) ?? cleanText(`Policy enforcement: ${action}`)
  return { item: { kind: 'health', at, state, code: `policy.${action}`, message } }
}
