import type { ParsedUpdate } from '../channel.ts'
import type { Outcome } from '../meta/outcome.ts'
import { type Change, emptyChange, updateOf, updatesOfList } from './change.ts'
import { learnedContacts } from './contact-change.ts'
import { healthOfError } from './error-health.ts'
import {
  contactOf,
  findContact,
  type Identity,
  identityOf,
  isKnown,
  readContacts,
  type WireContact,
  withContact,
} from './identity.ts'
import { Envelope, type Origin, readMessage, refusalOf } from './message.ts'
import { parseStatus } from './status.ts'
import { isObject, type Json, msOfSeconds } from '../meta/wire.ts'

/** The field `messages`: what customers wrote, how our messages fared, and errors of the channel. */
export function parseMessages(change: Change): ParsedUpdate[] {
  const contacts = readContacts(change.value['contacts'])
  const updates = [
    ...updatesOfList(change, 'messages', (message) => parseMessage(change, contacts, message)),
    ...updatesOfList(change, 'statuses', (status) => parseStatus(change, status)),
    ...updatesOfList(change, 'errors', (error) => healthOfError(change, error)),
    ...learnedContacts(change, contacts),
  ]
  return updates.length > 0 ? updates : [emptyChange(change, ['messages', 'statuses', 'errors'])]
}

const authorFields = { address: 'from', user: 'from_user_id', parentUser: 'from_parent_user_id' }

function parseMessage(change: Change, contacts: readonly WireContact[], message: unknown): ParsedUpdate {
  const envelope = Envelope.safeParse(message).data
  if (!isObject(message) || envelope === undefined) {
    return updateOf(change, { messages: [message] }, () => ({ refused: refusalOf(message) }))
  }
  const author = identityOf(message, authorFields)
  const contact = findContact(contacts, author, envelope.type === 'system')
  const part = partOf(message, keptContacts(contacts, author, contact))
  return updateOf(change, part, () => readInbound({ change, message, envelope, author, contact }))
}

/**
 * The contacts that `raw` must hold for the message to be read the same way again: its own, or, where it could not be
 * told which one that is, all of them.
 */
function keptContacts(contacts: readonly WireContact[], author: Identity, contact: WireContact | undefined): Json[] {
  if (contact !== undefined) return [contact.raw]
  return isKnown(author) ? [] : contacts.map(({ raw }) => raw)
}

function partOf(message: Json, contacts: Json[]): Json {
  return contacts.length > 0 ? { contacts, messages: [message] } : { messages: [message] }
}

type Received = {
  change: Change
  message: Json
  envelope: Envelope
  author: Identity
  contact: WireContact | undefined
}

function readInbound({ change, message, envelope, author, contact }: Received): Outcome {
  const at = msOfSeconds(envelope.timestamp) || change.at
  const identities = [...newIdentity(message, envelope), ...withContact(author, contact)]
  if (envelope.group_id !== undefined)
    return readMessage(message, groupOrigin(at, envelope.group_id, identities, contact))
  return readMessage(message, { at, direction: 'inbound', by: 'customer', contact: contactOf(identities, contact) })
}

function groupOrigin(at: number, groupId: string, member: Identity[], contact: WireContact | undefined): Origin {
  const memberId = contactOf(member)?.aliases[0].value
  const name = contact?.name === undefined ? {} : { name: contact.name }
  return {
    at,
    direction: 'inbound',
    by: memberId ?? 'customer',
    contact: { aliases: [{ kind: 'group', value: groupId }] },
    sender: memberId === undefined ? undefined : { externalId: memberId, ...name },
  }
}

const identityChanges = new Set<unknown>(['user_changed_number', 'customer_changed_number', 'user_changed_user_id'])

/**
 * The ids that a system message says its author has from now on. Its text names the old ones too, but also the name a
 * customer gave themselves, so nothing is read from the text: they could put anybody's id there.
 */
function newIdentity(message: Json, envelope: Envelope): Identity[] {
  const system = message['system']
  if (envelope.type !== 'system' || !isObject(system) || !identityChanges.has(system['type'])) return []
  const ids = { user: 'user_id', parentUser: 'parent_user_id' }
  return ['new_wa_id', 'wa_id', 'customer'].map((address) => identityOf(system, { address, ...ids }))
}
