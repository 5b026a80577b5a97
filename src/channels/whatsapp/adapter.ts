import type { Alias, ChannelAdapter } from '../channel.ts'
import { calls } from './calls.ts'
import { limits } from './limits.ts'
import { parse } from './parse.ts'

const hourMs = 3_600_000
const megabyte = 1024 * 1024

/** WhatsApp through Meta's Cloud API. */
export const whatsapp: ChannelAdapter = {
  platform: 'whatsapp',
  parse,
  webhooks: 'meta',
  aliasOf,
  // Meta keeps a file for seven days; half a day less leaves the last attempt room.
  files: { maxBytes: { document: 100 * megabyte }, patienceMs: 156 * hourMs },
  replyWindowMs: 24 * hourMs,
  limits,
  calls,
}

function aliasOf(externalId: string): Alias {
  const digits = /^\+?(\d{5,20})$/.exec(externalId)?.[1]
  return digits === undefined ? { kind: 'user', value: externalId } : { kind: 'phone', value: digits }
}
