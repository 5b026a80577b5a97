import type { ChannelAdapter } from '../channel.ts'
import { calls } from './calls.ts'
import { limits } from './limits.ts'
import { parse } from './parse.ts'

const hourMs = 3_600_000

/** Direct messages of an Instagram account. */
export const instagram: ChannelAdapter = {
  platform: 'instagram',
  parse,
  webhooks: 'meta',
  replyWindowMs: 24 * hourMs,
  limits,
  calls,
}
