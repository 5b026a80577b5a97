import type { Platform } from '../protocol/words.ts'
import type { ChannelAdapter } from './channel.ts'
import { parse as parseWhatsApp } from './whatsapp/parse.ts'

const hourMs = 3_600_000

/** Every platform this build can receive from. A new platform is one more line here. */
export const adapters: ReadonlyMap<Platform, ChannelAdapter> = new Map<Platform, ChannelAdapter>([
  ['whatsapp', { platform: 'whatsapp', parse: parseWhatsApp, replyWindowMs: 24 * hourMs }],
])

/** The adapter of a platform; undefined where this build has none. */
export function adapterFor(platform: Platform): ChannelAdapter | undefined {
  return adapters.get(platform)
}

/** How long after a customer's message the business may write freely, in ms; null where there is no such rule. */
export function replyWindow(platform: Platform): number | null {
  return adapters.get(platform)?.replyWindowMs ?? null
}
