import type { Address, Mailbox } from 'postal-mime'
import { cleanLine } from './clean-line.ts'
import type { MailAddress } from './mail.ts'
import { withoutComments } from './structured-value.ts'

const maxName = 256
const maxAddress = 320
const maxAddresses = 200

/** The addresses of a list, groups dissolved; entries without any address are left out. */
export function addressesOf(list: readonly Address[] | undefined): MailAddress[] {
  return (list ?? [])
    .flatMap((entry): Mailbox[] => (entry.group === undefined ? [entry] : entry.group))
    .slice(0, maxAddresses)
    .map(addressOf)
    .filter((address) => address !== null)
}

export function firstAddress(entry: Address | undefined): MailAddress | null {
  return entry === undefined ? null : (addressesOf([entry])[0] ?? null)
}

function addressOf({ name, address }: Mailbox): MailAddress | null {
  const written = plainAddress(address)
  const shown = cleanLine(name, maxName)
  if (written !== '') return { name: shown, address: written }
  // A sender without an angle bracket in sight: what looks like an address in the name is the address.
  const found = /[^\s<>()"',;:]+@[^\s<>()"',;:]+/.exec(shown)?.[0]
  return found === undefined ? null : { name: '', address: plainAddress(found) }
}

/** Without comments and without the blanks that old mail has around dots (RFC 5322 §4.4). */
function plainAddress(address: string): string {
  const bare = cleanLine(withoutComments(address), maxAddress).replaceAll(/\s*([.@])\s*/g, '$1')
  const at = bare.lastIndexOf('@')
  return at === -1 ? bare : `${bare.slice(0, at)}@${bare.slice(at + 1).toLowerCase()}`
}

/** A name such as `boss@corp.example` above another address is there to deceive whoever sees only the name. */
export function isMisleading({ name, address }: MailAddress): boolean {
  const named = /[^\s<>"'()[\],;:]+@[^\s<>"'()[\],;:]+\.[^\s<>"'()[\],;:]+/.exec(name)?.[0]
  return named !== undefined && named.toLowerCase() !== address.toLowerCase()
}
