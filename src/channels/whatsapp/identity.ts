import type { Alias, InboundContact } from '../channel.ts'
import { compact, Id, isObject, type Json, listOf, textOf } from '../meta/wire.ts'

/** The ids one person is named by in one place of a delivery. */
export type Identity = { phone?: string; user?: string; parentUser?: string }

/** One element of `contacts[]`; `raw` is the element itself. */
export type WireContact = { identity: Identity; name?: string; username?: string; raw: Json }

const parentUserForm = /^[A-Z]{2}\.ENT\./

/** Digits of a phone number in whatever notation; undefined when it is none. */
export function phoneOf(value: string): string | undefined {
  const digits = value.replaceAll(/[\s().+-]/g, '')
  return /^\d{5,20}$/.test(digits) ? digits : undefined
}

/**
 * Reads a person's ids from the named fields of an object. `address` is mostly a phone number, but business-scoped ids
 * have been seen in its place. Each may be absent; one that is no id is passed over.
 */
export function identityOf(
  source: unknown,
  fields: { address?: string; user?: string; parentUser?: string },
): Identity {
  if (!isObject(source)) return {}
  const read = (field: string | undefined) => (field === undefined ? undefined : Id.safeParse(source[field]).data)
  const ids = compact({ user: read(fields.user), parentUser: read(fields.parentUser) })
  return { ...addressIdentity(read(fields.address)), ...ids }
}

function addressIdentity(address: string | undefined): Identity {
  if (address === undefined) return {}
  const phone = phoneOf(address)
  if (phone !== undefined) return { phone }
  return parentUserForm.test(address) ? { parentUser: address } : { user: address }
}

export function isKnown(identity: Identity): boolean {
  return Object.keys(identity).length > 0
}

export function readContacts(value: unknown): WireContact[] {
  return listOf(value).filter(isObject).map(readContact)
}

function readContact(raw: Json): WireContact {
  const profile = isObject(raw['profile']) ? raw['profile'] : {}
  return compact({
    identity: identityOf(raw, { address: 'wa_id', user: 'user_id', parentUser: 'parent_user_id' }),
    name: textOf(profile['name'], 256),
    username: textOf(profile['username'], 256),
    raw,
  })
}

/**
 * The contact that describes a person: found by id, never by position, since Meta does not promise an order. Without
 * any id of the person's own a lone contact is the only one it can be, unless `isAnonymous` says nobody is described
 * (system messages come without contacts of their own).
 */
export function findContact(
  contacts: readonly WireContact[],
  person: Identity,
  isAnonymous = false,
): WireContact | undefined {
  if (!isKnown(person)) return contacts.length === 1 && !isAnonymous ? contacts[0] : undefined
  const same = (key: keyof Identity) =>
    person[key] === undefined ? undefined : contacts.find(({ identity }) => identity[key] === person[key])
  return same('user') ?? same('phone') ?? same('parentUser') ?? findByOtherSpelling(contacts, person)
}

function findByOtherSpelling(contacts: readonly WireContact[], person: Identity): WireContact | undefined {
  const alike = contacts.filter(({ identity }) => isSameNumber(identity.phone, person.phone))
  return alike.length === 1 ? alike[0] : undefined
}

/**
 * Brazil, Mexico and Argentina have two spellings of a mobile number, which differ in digits after the country code;
 * Meta's wa_id may be the other one.
 */
function isSameNumber(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined || b === undefined) return false
  if (a === b) return true
  return /^5[245]/.test(a) && a.slice(0, 2) === b.slice(0, 2) && a.slice(-8) === b.slice(-8)
}

/** A person's own ids together with what their contact adds; ids that contradict the person's own are left out. */
export function withContact(person: Identity, contact: WireContact | undefined): Identity[] {
  if (contact === undefined) return [person]
  const { phone, user, parentUser } = contact.identity
  const isOther = (own: string | undefined, theirs: string | undefined) => own !== undefined && own !== theirs
  const added = compact({
    phone: person.phone === undefined || isSameNumber(person.phone, phone) ? phone : undefined,
    user: isOther(person.user, user) ? undefined : user,
    parentUser: isOther(person.parentUser, parentUser) ? undefined : parentUser,
  })
  return [person, added]
}

/** One person known by all these ids, the ones to show first ahead; undefined when there is no id at all. */
export function contactOf(
  identities: readonly Identity[],
  names: { name?: string; username?: string } = {},
): InboundContact | undefined {
  const aliases: Alias[] = [
    ...unique(identities.map(({ phone }) => phone)).map((value) => ({ kind: 'phone' as const, value })),
    ...unique(identities.map(({ user }) => user)).map((value) => ({ kind: 'user' as const, value })),
    ...unique(identities.map(({ parentUser }) => parentUser)).map((value) => ({ kind: 'parent_user' as const, value })),
  ]
  const [first, ...others] = aliases
  if (first === undefined) return undefined
  return compact({ aliases: [first, ...others] as [Alias, ...Alias[]], name: names.name, username: names.username })
}

function unique(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== undefined))]
}
