import type { ChannelAdapter } from '../channel.ts'
import { calls } from './calls.ts'
import { limits } from './limits.ts'
import { parse } from './parse.ts'

const hourMs = 3_600_000

/** The Messenger of a Facebook page. */
export const facebook: ChannelAdapter = {
  platform: 'facebook',
  parse,
  webhooks: 'meta',
  replyWindowMs: 24 * hourMs,
  limits,
  calls,
}
