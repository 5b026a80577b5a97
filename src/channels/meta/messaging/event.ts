import type { Destination, InboundContact, ParsedUpdate } from '../../channel.ts'
import { attempt, type Outcome, refusedUpdate } from '../outcome.ts'
import { compact, Id, isObject, type Json, msOf, textOf } from '../wire.ts'

/** What tells the platforms apart whose webhooks have the form of the Messenger Platform. */
export type MessagingRules = {
  /** The `object` of their deliveries. */
  objectName: 'page' | 'instagram'
  /** Fields of `changes` whose values are events of a conversation. */
  messagingFields: ReadonlySet<string>
  /** Fields of `changes` with nothing for an inbox. */
  ignoredFields: ReadonlySet<string>
  /** The id we gave a message that comes back as an echo, where the platform hands it back. */
  referenceOf(message: Json): string | undefined
}

/** Where in an entry an event stood. */
export type Place = { list: 'messaging' | 'standby' } | { list: 'changes'; field: unknown }

type Channel = Extract<Destination, { channelExternalId: string }>

/** One event of a conversation with one thing in it, opened: what all that is read from it shares. */
export type MessagingEvent = {
  rules: MessagingRules
  value: Json
  /** The event's own time; 0 when it gave none. */
  sentAt: number
  /** The same, or the entry's time where it gave none. */
  at: number
  /** The business did it, and not the customer. */
  isOurs: boolean
  /** Sender and recipient are one: a note of the business to itself. */
  isSelf: boolean
  /** Another app answers in this conversation at the moment. */
  isStandby: boolean
  /** Sent by a button of Meta's dashboard. */
  isTest: boolean
  /** The customer; undefined when the event names none. */
  contact?: InboundContact
  contactProblem: 'contact.missing' | 'id_type'
  channel?: Channel
  channelProblem: 'channel.missing' | 'id_type'
  /** An id of this event; text, but for lists where Meta gives numbers. */
  idOf(value: unknown): string | undefined
  /** The delivery that holds only `part` of this event. */
  wrap(part: Json): Json
}

/** The ids in samples that the App Dashboard sends for every account. */
const testIds = { sender: '12334', recipient: '23245' }

export function openEvent(rules: MessagingRules, entry: Json, place: Place, value: Json): MessagingEvent {
  const idOf = idReader(place)
  const [sender, recipient] = [personIn(value['sender']), personIn(value['recipient'])]
  const [senderId, recipientId] = [idOf(sender['id']), idOf(recipient['id'])]
  const channel = channelOf(entry, place)
  const channelId = channel?.channelExternalId
  const sentAt = msOf(value['timestamp'])
  const isOurs = isEcho(value) || (senderId !== undefined && senderId === channelId && recipientId !== channelId)
  // Never the account itself, whatever an echo says.
  const isFromUs = isOurs && recipientId !== channelId
  const customer = isFromUs ? recipient : sender
  return compact({
    rules,
    value,
    sentAt,
    at: sentAt || msOf(entry['time']),
    isOurs,
    isSelf: senderId !== undefined && senderId === recipientId,
    isStandby: place.list === 'standby' || (place.list === 'changes' && place.field === 'standby'),
    isTest: senderId === testIds.sender && recipientId === testIds.recipient,
    contact: contactOf(customer, isFromUs ? recipientId : senderId),
    contactProblem: typeof customer['id'] === 'number' ? ('id_type' as const) : ('contact.missing' as const),
    channel,
    channelProblem: typeof entry['id'] === 'number' ? ('id_type' as const) : ('channel.missing' as const),
    idOf,
    wrap: (part: Json) => {
      const { sender: by, recipient: to, timestamp } = value
      return wrapEvent(rules, entry, place, compact({ sender: by, recipient: to, timestamp, ...part }))
    },
  })
}

/** The account that an entry is for. */
export function channelOf(entry: Json, place: Pick<Place, 'list'>): Channel | undefined {
  const id = idReader(place)(entry['id'])
  return id === undefined ? undefined : { channelExternalId: id }
}

/** Samples in `changes` have everything as text, and what is live there has numbers as well. */
function idReader({ list }: Pick<Place, 'list'>): (value: unknown) => string | undefined {
  return list === 'changes' ? looseId : strictId
}

export function wrapEvent(rules: MessagingRules, entry: Json, place: Place, event: unknown): Json {
  const held = place.list === 'changes' ? compact({ field: place.field, value: event }) : event
  return wrapEntry(rules, entry, { [place.list]: [held] })
}

/** The delivery that holds only `part` of an entry. */
export function wrapEntry(rules: MessagingRules, { id, time }: Json, part: Json): Json {
  return { object: rules.objectName, entry: [compact({ id, time, ...part })] }
}

/** Turns the reading of one thing into an update for its channel. */
export function updateOf(event: MessagingEvent, part: Json, read: () => Outcome): ParsedUpdate {
  const outcome = attempt(read)
  if ('ignored' in outcome) return { kind: 'ignored', reason: outcome.ignored }
  const raw = event.wrap(part)
  if ('refused' in outcome) return refusedUpdate(outcome.refused, raw, event.channel)
  if (event.channel === undefined) return refusedUpdate(event.channelProblem, raw)
  return { kind: 'item', to: event.channel, item: outcome.item, raw }
}

/** A flag as JSON has it, or as text. */
export function isTrue(value: unknown): boolean {
  return value === true || value === 'true'
}

function isEcho({ message }: Json): boolean {
  return isObject(message) && isTrue(message['is_echo'])
}

function personIn(value: unknown): Json {
  return isObject(value) ? value : {}
}

function contactOf(person: Json, id: string | undefined): InboundContact | undefined {
  if (id === undefined) return undefined
  const names = { name: textOf(person['name'], 256), username: textOf(person['username'], 256) }
  return compact({ aliases: [{ kind: 'user', value: id }] as InboundContact['aliases'], ...names })
}

function strictId(value: unknown): string | undefined {
  return Id.safeParse(value).data
}

/** A number only as long as it cannot have lost digits. */
function looseId(value: unknown): string | undefined {
  return strictId(Number.isSafeInteger(value) ? String(value) : value)
}
