import type { Alias, InboundContact } from '../channels/channel.ts'
import { derivedId } from '../lib/derived-id.ts'
import { type Draft, aliasKey } from './draft.ts'
import { mergeConversations, showContactInConversations } from './conversation.ts'
import { putRow } from './rows.ts'
import type { ContactRow } from './snapshot.ts'

/** Kinds of alias by how well they serve as the address to show, best first. */
const kindsByTrust: readonly Alias['kind'][] = ['phone', 'address', 'peer', 'group', 'user', 'parent_user']

/**
 * The contact that all these aliases belong to. One person may first come with a phone number, then with both a number
 * and a business-scoped id, then with the id alone; when two contacts turn out to be one, they are merged.
 */
export function resolveContact(draft: Draft, channelId: string, seen: InboundContact, at: number): ContactRow {
  const known = new Set<string>()
  for (const { kind, value } of seen.aliases) {
    const contactId = draft.aliases.byKey.get(aliasKey(channelId, kind, value))?.contactId
    if (contactId !== undefined) known.add(contactId)
  }
  const [first, ...others] = known
  for (const other of others) mergeContacts(draft, other, first ?? other)
  const contact = first === undefined ? createContact(draft, channelId, seen, at) : knownContact(draft, first)
  for (const { kind, value } of seen.aliases) {
    const alias = draft.aliases.byKey.get(aliasKey(channelId, kind, value))
    if (alias?.contactId === contact.id) continue
    putRow(draft.aliases, { tenantId: draft.context.tenantId, channelId, kind, value, contactId: contact.id })
  }
  const updated = withPicture(draft, withNews(contact, seen, at), seen)
  if (updated !== contact) {
    putRow(draft.contacts, updated)
    showContactInConversations(draft, updated)
  }
  return updated
}

function knownContact(draft: Draft, contactId: string): ContactRow {
  const contact = draft.contacts.byKey.get(contactId)
  if (contact === undefined) throw new Error(`Contact ${contactId} has an alias but no row`)
  return contact
}

function createContact(draft: Draft, channelId: string, seen: InboundContact, at: number): ContactRow {
  const { tenantId } = draft.context
  const [{ kind, value }] = seen.aliases
  const id = derivedId(tenantId, 'contact', channelId, kind, value)
  const blank = { tenantId, id, channelId, name: null, nameAt: 0, username: null, pictureKey: null }
  const marks = { deliveredUntil: 0, readUntil: 0 }
  return putRow(draft.contacts, { ...blank, ...marks, addressKind: kind, address: value, addressAt: at })
}

/** The contact with what is newer in `seen`; the same object when nothing is. Ties are settled by value, not by order. */
function withNews(contact: ContactRow, seen: InboundContact, at: number): ContactRow {
  let next = contact
  const { name, username } = seen
  if (name !== undefined && isNewer([contact.nameAt, contact.name ?? ''], [at, name])) {
    next = { ...next, name, nameAt: at }
  }
  if (username !== undefined && isNewer([contact.nameAt, contact.username ?? ''], [at, username])) {
    next = { ...next, username }
  }
  const best = bestAddress(seen.aliases)
  if (isBetterAddress(contact, best, at)) {
    next = { ...next, addressKind: best.kind, address: best.value, addressAt: at }
  }
  return next
}

/** The picture fetched last is the one; the object of the one before is of no more use. */
function withPicture(draft: Draft, contact: ContactRow, { pictureKey }: InboundContact): ContactRow {
  if (pictureKey === undefined || pictureKey === contact.pictureKey) return contact
  if (contact.pictureKey !== null) draft.removedObjects.push(contact.pictureKey)
  return { ...contact, pictureKey }
}

function isNewer(current: readonly [number, string], next: readonly [number, string]): boolean {
  return next[0] > current[0] || (next[0] === current[0] && next[1] > current[1])
}

const trustOf = (kind: string): number => kindsByTrust.findIndex((known) => known === kind)

function bestAddress(aliases: readonly [Alias, ...Alias[]]): Alias {
  return aliases.reduce((best, alias) => (trustOf(alias.kind) < trustOf(best.kind) ? alias : best))
}

function isBetterAddress(contact: ContactRow, alias: Alias, at: number): boolean {
  const current = trustOf(contact.addressKind)
  const next = trustOf(alias.kind)
  if (next !== current) return next < current
  return isNewer([contact.addressAt, contact.address], [at, alias.value])
}

/** Everything of `from` becomes part of `to`. */
function mergeContacts(draft: Draft, from: string, to: string): void {
  const loser = knownContact(draft, from)
  const winner = knownContact(draft, to)
  for (const alias of draft.aliases.byKey.values()) {
    if (alias.contactId === from) putRow(draft.aliases, { ...alias, contactId: to })
  }
  const name = isNewer([winner.nameAt, winner.name ?? ''], [loser.nameAt, loser.name ?? '']) ? loser : winner
  const address = isBetterAddress(
    winner,
    { kind: loser.addressKind as Alias['kind'], value: loser.address },
    loser.addressAt,
  )
    ? loser
    : winner
  const merged: ContactRow = {
    ...winner,
    name: name.name,
    nameAt: name.nameAt,
    username: winner.username ?? loser.username,
    addressKind: address.addressKind,
    address: address.address,
    addressAt: address.addressAt,
    pictureKey: winner.pictureKey ?? loser.pictureKey,
    deliveredUntil: Math.max(winner.deliveredUntil, loser.deliveredUntil),
    readUntil: Math.max(winner.readUntil, loser.readUntil),
  }
  putRow(draft.contacts, merged)
  if (loser.pictureKey !== null) {
    if (winner.pictureKey !== null) draft.removedObjects.push(loser.pictureKey)
    putRow(draft.contacts, { ...loser, pictureKey: null })
  }
  draft.contactMerges.push({ fromContactId: from, toContactId: to })
  mergeConversations(draft, from, to)
  showContactInConversations(draft, merged)
}
