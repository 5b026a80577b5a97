import type { ParsedUpdate } from '../channel.ts'
import type { MessageStatus } from '../../protocol/words.ts'
import { type Change, emptyChange, updateOf, updatesOfList } from './change.ts'
import { errorOf } from '../meta/details.ts'
import { outbound, phoneAppName } from './echoes.ts'
import { errorHealth } from './error-health.ts'
import { contactOf, findContact, type Identity, identityOf, phoneOf, readContacts, withContact } from './identity.ts'
import { Envelope, type Origin, readMessage, refusalOf } from './message.ts'
import { isObject, type Json, listOf, msOfSeconds, textOf } from '../meta/wire.ts'

/**
 * The field `history`: the chats of a phone app that was connected, in chunks of any order. Files are announced by
 * placeholders; their ids follow as plain `messages` of this field, under the ids of the placeholders.
 */
export function parseHistory(change: Change): ParsedUpdate[] {
  const updates = [
    ...updatesOfList(change, 'history', (chunk) => parseChunk(change, chunk)),
    ...updatesOfList(change, 'messages', (message) => parseLooseMessage(change, message)),
    ...updatesOfList(change, 'errors', (error) => parseError(change, error)),
  ]
  return updates.length > 0 ? updates : [emptyChange(change, ['history', 'messages', 'errors'])]
}

function parseChunk(change: Change, chunk: unknown): ParsedUpdate[] {
  const refuse = (reason: string) => [updateOf(change, { history: [chunk] }, () => ({ refused: reason }))]
  if (!isObject(chunk)) return refuse('history.malformed')
  const { threads, errors } = chunk
  if ((threads ?? errors ?? undefined) === undefined) return [{ kind: 'ignored', reason: 'history.progress' }]
  if (!Array.isArray(threads ?? []) || !Array.isArray(errors ?? [])) return refuse('history.malformed')
  const updates = [
    ...listOf(threads).flatMap((thread) => parseThread(change, thread)),
    ...listOf(errors).map((error) => parseError(change, error)),
  ]
  return updates.length > 0 ? updates : [{ kind: 'ignored', reason: 'history.progress' }]
}

function parseThread(change: Change, thread: unknown): ParsedUpdate[] {
  if (!isObject(thread) || !Array.isArray(thread['messages'])) {
    return [updateOf(change, { history: [{ threads: [thread] }] }, () => ({ refused: 'history.malformed' }))]
  }
  const { id, context } = thread
  const person = { ...identityOf(thread, { address: 'id' }), ...identityOf(context, contextFields) }
  const customer = { person, name: textOf(isObject(context) ? context['username'] : undefined, 256) }
  if (thread['messages'].length === 0) return [{ kind: 'ignored', reason: 'history.progress' }]
  return thread['messages'].map((message: unknown) => {
    const part = { history: [{ threads: [{ id, ...(context !== undefined && { context }), messages: [message] }] }] }
    return updateOf(change, part, () => readPast(change, message, customer))
  })
}

const contextFields = { address: 'wa_id', user: 'user_id', parentUser: 'parent_user_id' }

/** A message of the history that came outside any thread: its customer is whichever end is not the business. */
function parseLooseMessage(change: Change, message: unknown): ParsedUpdate {
  const business = businessPhone(change)
  const author = identityOf(message, { address: 'from', user: 'from_user_id', parentUser: 'from_parent_user_id' })
  const recipient = identityOf(message, { address: 'to', user: 'to_user_id', parentUser: 'to_parent_user_id' })
  const isOurs = isFromMe(message) ?? (business !== undefined && author.phone === business)
  const person = isOurs ? recipient : author
  const contact = findContact(readContacts(change.value['contacts']), person, true)
  const part = { ...(contact && { contacts: [contact.raw] }), messages: [message] }
  const [own = {}, added = {}] = withContact(person, contact)
  return updateOf(change, part, () => readPast(change, message, { person: { ...added, ...own }, name: contact?.name }))
}

type Customer = { person: Identity; name: string | undefined }

function readPast(change: Change, message: unknown, customer: Customer) {
  const envelope = Envelope.safeParse(message).data
  if (!isObject(message) || envelope === undefined) return { refused: refusalOf(message) }
  const isOurs = isFromMe(message) ?? isByBusiness(change, envelope, customer.person)
  const names = customer.name === undefined ? {} : { name: customer.name }
  const authorship: Pick<Origin, 'direction' | 'by' | 'sender'> = isOurs
    ? outbound(envelope, phoneAppName)
    : { direction: 'inbound', by: 'customer' }
  return readMessage(message, {
    at: msOfSeconds(envelope.timestamp) || change.at,
    contact: contactOf([customer.person], names),
    ...authorship,
    status: pastStatus(message, isOurs),
    silent: true,
  })
}

function isFromMe(message: unknown): boolean | undefined {
  const context = isObject(message) ? message['history_context'] : undefined
  const isOurs = isObject(context) ? context['from_me'] : undefined
  return typeof isOurs === 'boolean' ? isOurs : undefined
}

function isByBusiness(change: Change, envelope: Envelope, customer: Identity): boolean {
  const phone = envelope.from === undefined ? undefined : phoneOf(envelope.from)
  if (phone === undefined) return false
  return phone === businessPhone(change) || (customer.phone !== undefined && phone !== customer.phone)
}

function businessPhone(change: Change): string | undefined {
  const { metadata } = change.value
  const shown = isObject(metadata) ? metadata['display_phone_number'] : undefined
  return typeof shown === 'string' ? phoneOf(shown) : undefined
}

const pastStatuses = new Map<unknown, MessageStatus>([
  ['SENT', 'sent'],
  ['DELIVERED', 'delivered'],
  ['READ', 'read'],
  ['PLAYED', 'played'],
])

// PENDING becomes `unknown` and not `queued`: it is the phone that will send it, not we.
function pastStatus(message: Json, isOurs: boolean): MessageStatus | undefined {
  const context = message['history_context']
  const word = textOf(isObject(context) ? context['status'] : undefined, 32)?.toUpperCase()
  const known = pastStatuses.get(word)
  if (known !== undefined || !isOurs || word === undefined) return known
  return word === 'ERROR' || word === 'FAILED' ? 'failed' : 'unknown'
}

/** Mostly that the business declined to share its history. */
function parseError(change: Change, error: unknown): ParsedUpdate {
  const part = { history: [{ errors: [error] }] }
  return updateOf(change, part, () =>
    isObject(error) ? { item: errorHealth(errorOf(error), change.at) } : { refused: 'error.invalid' },
  )
}
