import { addressHashOf, signDigestLink } from '../lib/digest-link.ts'
import type { Config } from '../lib/config.ts'
import type { DigestLanguage } from './digest-words.ts'

const path = '/api/v1/notifications/digest'
const dayMs = 86_400_000
const confirmDays = 3
/** Longer than anybody keeps a mail that they have not read. */
const stopDays = 400

type Recipient = { tenantId: string; userId: string; address: string; language: DigestLanguage }

/** Where the owner of an address confirms it, or ends digests: both without signing in. */
export async function digestUrl(
  { authSecret, publicUrl }: Config,
  purpose: 'confirm' | 'stop',
  { address, ...recipient }: Recipient,
  now: number,
): Promise<string> {
  const days = purpose === 'confirm' ? confirmDays : stopDays
  const link = { ...recipient, purpose, addressHash: await addressHashOf(address), expiresAt: now + days * dayMs }
  return `${publicUrl}${path}/${purpose}/${await signDigestLink(authSecret, link)}`
}
