const maxLocal = 64
const maxAddress = 254
const atom = /^[\w!#$%&'*+/=?^`{|}~-]+$/
const label = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/**
 * The address as mail may be sent to it, its domain in lower case; null for everything else. Strict on purpose, as
 * parsers that make the best of odd addresses have sent mail to strangers: one plain mailbox, no display name, no
 * comment, no quoted local part, no group, no list, no address literal, ASCII only.
 */
export function addrSpec(text: string): string | null {
  const at = text.indexOf('@')
  if (at < 1 || at > maxLocal || text.length > maxAddress) return null
  const local = text.slice(0, at)
  const domain = text.slice(at + 1).toLowerCase()
  return local.split('.').every((part) => atom.test(part)) && isHostName(domain) ? `${local}@${domain}` : null
}

/** A name in the public DNS: at least two labels, the last of which is no number. */
export function isHostName(domain: string): boolean {
  const labels = domain.split('.')
  return labels.length >= 2 && labels.every((part) => label.test(part)) && !/^\d+$/.test(labels.at(-1) ?? '')
}

/** By which two addresses are the same person: no mail system of today tells small letters from capitals. */
export function addressKey(address: string): string {
  return address.trim().toLowerCase()
}

/** `local+detail@domain` (RFC 5233). */
export function splitPlusAddress(address: string): { local: string; detail: string | null; domain: string } | null {
  const at = address.lastIndexOf('@')
  if (at < 1) return null
  const user = address.slice(0, at)
  const plus = user.indexOf('+')
  const domain = address.slice(at + 1).toLowerCase()
  if (plus < 1) return { local: user, detail: null, domain }
  return { local: user.slice(0, plus), detail: user.slice(plus + 1), domain }
}
