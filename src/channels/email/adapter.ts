import type { ChannelAdapter } from '../channel.ts'
import { calls } from './calls.ts'
import { limits } from './limits.ts'

/**
 * E-mail. Nothing of it comes as JSON: a mail is raw text with files, and goes in by `mail/take-in-mail.ts`, so that what
 * it brings is in R2 before its message is stored. Whatever is handed in here is somebody's mistake.
 */
export const email: ChannelAdapter = {
  platform: 'email',
  parse: (delivery) => [{ kind: 'refused', reason: 'mail.not_raw', raw: delivery ?? null }],
  aliasOf: (address) => ({ kind: 'address', value: address.toLowerCase() }),
  companion: 'can',
  limits,
  calls,
}
