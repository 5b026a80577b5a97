import type { ContactRow } from './snapshot.ts'

/** The address as people write it: `+380501234567` for a number, anything else as it is. */
export function shownAddress(contact: Pick<ContactRow, 'addressKind' | 'address'>): string {
  return contact.addressKind === 'phone' ? `+${contact.address}` : contact.address
}

export function shownName(contact: ContactRow): string {
  return contact.name ?? contact.username ?? shownAddress(contact)
}
