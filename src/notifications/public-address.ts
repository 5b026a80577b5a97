// Trust boundary: addresses that users and tenants' servers give, and that we then send requests to.
import { isHostName } from '../lib/addr-spec.ts'
import type { Config } from '../lib/config.ts'

/** Names that are no host on the internet, with everything below them (RFC 6761, 6762, 7686, 8375, and usage). */
const privateNames = [
  'localhost',
  'local',
  'localdomain',
  'internal',
  'intranet',
  'private',
  'corp',
  'home',
  'lan',
  'home.arpa',
  'onion',
  'alt',
  'test',
  'invalid',
  'example',
]

/** `exceptions`: whole origins that are taken as they are: stand-ins on the own machine, in local development only. */
export type AddressRules = { ownHosts: readonly string[]; exceptions?: readonly string[] }

/**
 * The address, when requests may be sent there; null otherwise: https on its own port, a name of the public DNS, no
 * credentials in it, and none of our own hosts, whose requests would come back to us. The parser has turned every spelling
 * of an IP address into the plain one by then, and no plain one is a name; nor is one with the root's dot behind it.
 */
export function publicAddress(address: string, { ownHosts, exceptions = [] }: AddressRules): URL | null {
  if (!URL.canParse(address)) return null
  const url = new URL(address)
  if (url.username !== '' || url.password !== '') return null
  if (exceptions.includes(url.origin)) return url
  const { hostname } = url
  const isPublic = isHostName(hostname) && !privateNames.some((name) => isWithin(hostname, name))
  const isOwn = ownHosts.some((own) => isWithin(hostname, own))
  return url.protocol === 'https:' && url.port === '' && isPublic && !isOwn ? url : null
}

/** The host itself or a name below it: never one that merely ends alike. */
export function isWithin(host: string, name: string): boolean {
  return host === name || host.endsWith(`.${name}`)
}

/** For addresses that tenants' servers give. */
export function addressRulesOf({ publicUrl, localAddresses }: Config): AddressRules {
  const ownHosts = URL.canParse(publicUrl) ? [new URL(publicUrl).hostname] : []
  return { ownHosts, exceptions: localAddresses }
}
