import type { InboundContact, ParsedUpdate } from '../channel.ts'
import type { Outcome } from '../meta/outcome.ts'
import { type Change, emptyChange, updateOf, updatesOfList } from './change.ts'
import { contactOf, findContact, identityOf, readContacts, type WireContact, withContact } from './identity.ts'
import { compact, Id, isObject, type Json, listOf, msOfSeconds, textOf } from '../meta/wire.ts'

// What is learned of contacts apart from their messages.

function changed(contact: InboundContact | undefined, at: number): Outcome {
  return contact === undefined ? { refused: 'contact.invalid' } : { item: { kind: 'contact', at, contact } }
}

/**
 * Contacts that come with statuses tell how a number we wrote to and a business-scoped id belong together; without it
 * an answer that names only the id would look like a stranger's. Read once a message (`sent`), and only where there is
 * such a pair. Contacts that come with messages are part of those.
 */
export function learnedContacts(change: Change, contacts: readonly WireContact[]): ParsedUpdate[] {
  const statuses = listOf(change.value['statuses'])
  const isSent = statuses.some((status) => isObject(status) && status['status'] === 'sent' && status['type'] !== 'call')
  if (listOf(change.value['messages']).length > 0 || (statuses.length > 0 && !isSent)) return []
  return contacts
    .map((contact) => ({ raw: contact.raw, contact: contactOf([contact.identity], contact) }))
    .filter(({ contact }) => contact !== undefined && contact.aliases.length > 1)
    .map(({ raw, contact }) => updateOf(change, { contacts: [raw] }, () => changed(contact, change.at)))
}

/** The field `user_id_update`: a customer's new business-scoped id, mostly after a change of number. */
export function parseUserIdUpdates(change: Change): ParsedUpdate[] {
  const contacts = readContacts(change.value['contacts'])
  const updates = updatesOfList(change, 'user_id_update', (update) => {
    const known = identityOf(update, { address: 'wa_id' })
    const contact = known.phone === undefined ? undefined : findContact(contacts, known)
    const part = { ...(contact && { contacts: [contact.raw] }), user_id_update: [update] }
    return updateOf(change, part, () => readUserIdUpdate(change, update, contact))
  })
  return updates.length > 0 ? updates : [emptyChange(change, ['user_id_update'])]
}

function readUserIdUpdate(change: Change, update: unknown, contact: WireContact | undefined): Outcome {
  if (!isObject(update)) return { refused: 'contact.invalid' }
  const { user_id: user, parent_user_id: parent } = update
  const ids = (which: 'current' | 'previous') => compact({ user: idIn(user, which), parentUser: idIn(parent, which) })
  const current = ids('current')
  const previous = ids('previous')
  const isChange = [user, parent].some((pair) => idIn(pair, 'current') !== undefined)
  if (!isChange) return { refused: hasNumericId(user) || hasNumericId(parent) ? 'id_type' : 'contact.invalid' }
  const known = identityOf(update, { address: 'wa_id' })
  const identities = [known, current, ...withContact(current, contact), previous]
  return changed(contactOf(identities, contact), msOfSeconds(update['timestamp']) || change.at)
}

function idIn(pair: unknown, which: 'current' | 'previous'): string | undefined {
  return isObject(pair) ? Id.safeParse(pair[which]).data : undefined
}

function hasNumericId(pair: unknown): boolean {
  return isObject(pair) && (typeof pair['current'] === 'number' || typeof pair['previous'] === 'number')
}

/** The field `smb_app_state_sync`: the address book of the business's phone app. */
export function parseStateSync(change: Change): ParsedUpdate[] {
  const updates = updatesOfList(change, 'state_sync', (entry) =>
    updateOf(change, { state_sync: [entry] }, () => readStateSync(change, entry)),
  )
  return updates.length > 0 ? updates : [emptyChange(change, ['state_sync'])]
}

function readStateSync(change: Change, entry: unknown): Outcome {
  if (!isObject(entry) || !isObject(entry['contact'])) return { refused: 'contact.invalid' }
  // A contact leaves the phone's address book, not the conversations we have.
  if (entry['action'] === 'remove') return { ignored: 'contact.removed' }
  const { contact } = entry
  const person = identityOf(contact, { address: 'phone_number', user: 'user_id', parentUser: 'parent_user_id' })
  const metadata = isObject(entry['metadata']) ? entry['metadata'] : {}
  const names = compact({
    name: textOf(contact['full_name'], 256) ?? textOf(contact['first_name'], 256),
    username: textOf(contact['username'], 256),
  })
  return changed(contactOf([person], names), msOfSeconds(metadata['timestamp']) || change.at)
}

/** The group fields: of all that happens to a group, an inbox shows its name. */
export function parseGroups(change: Change): ParsedUpdate[] {
  const updates = updatesOfList(change, 'groups', (group) =>
    updateOf(change, { groups: [group] }, () => readGroup(change, group)),
  )
  return updates.length > 0 ? updates : [emptyChange(change, ['groups'])]
}

function readGroup(change: Change, group: unknown): Outcome {
  if (!isObject(group)) return { refused: 'group.invalid' }
  const name = subjectOf(group)
  if (name === undefined) return { ignored: 'group.event' }
  const { data: groupId } = Id.safeParse(group['group_id'])
  if (groupId === undefined) return { refused: typeof group['group_id'] === 'number' ? 'id_type' : 'group.invalid' }
  const at = msOfSeconds(group['timestamp']) || change.at
  return changed({ aliases: [{ kind: 'group', value: groupId }], name }, at)
}

function subjectOf(group: Json): string | undefined {
  const setting = isObject(group['group_subject']) ? group['group_subject'] : {}
  const isRefused = setting['update_successful'] === false || Array.isArray(group['errors'])
  return isRefused ? undefined : (textOf(group['subject'], 256) ?? textOf(setting['text'], 256))
}
