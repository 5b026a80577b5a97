import { isHostName } from './addr-spec.ts'
import { decodeBase64 } from './base64.ts'

/** How push services know us (RFC 8292): a key pair of P-256, and where to reach whoever runs this. */
export type VapidSettings = { publicKey: string; privateKey: string; subject: string }

const pointBytes = 65
const scalarBytes = 32
const uncompressed = 4

/** What is wrong with the settings, by field and never with their values; empty when they are fit for use. */
export function vapidProblems({ publicKey, privateKey, subject }: VapidSettings): string[] {
  const point = decodeBase64(publicKey)
  const isPoint = point?.length === pointBytes && point[0] === uncompressed
  return [
    ...(isPoint ? [] : ['publicKey must be an uncompressed P-256 point in base64url (65 bytes)']),
    ...(decodeBase64(privateKey)?.length === scalarBytes ? [] : ['privateKey must be 32 bytes in base64url']),
    ...(isReachable(subject) ? [] : ['subject must be mailto: or https: with a real domain']),
  ]
}

/** Apple answers 403 `BadJwtToken` to an address at localhost, as to one without `mailto:`. */
function isReachable(subject: string): boolean {
  if (!URL.canParse(subject)) return false
  const { protocol, hostname, pathname } = new URL(subject)
  if (protocol === 'mailto:') return isHostName(pathname.slice(pathname.lastIndexOf('@') + 1)) && pathname.includes('@')
  return protocol === 'https:' && isHostName(hostname)
}
