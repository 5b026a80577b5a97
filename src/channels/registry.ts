import { Platform } from '../protocol/words.ts'
import type { Alias, ChannelAdapter, FileRules } from './channel.ts'
import { email } from './email/adapter.ts'
import { facebook } from './facebook/adapter.ts'
import { instagram } from './instagram/adapter.ts'
import type { OutboundLimits } from './outbound.ts'
import { telegram } from './telegram/adapter.ts'
import { whatsapp } from './whatsapp/adapter.ts'

/** Every platform this build knows. A new platform is one more line here. */
const known: readonly ChannelAdapter[] = [whatsapp, facebook, instagram, email, telegram]

const byPlatform = new Map<Platform, ChannelAdapter>()
for (const adapter of known) addAdapter(adapter)

export const adapters: ReadonlyMap<Platform, ChannelAdapter> = byPlatform

/**
 * Puts a platform into the registry, for as long as the isolate lives.
 * @throws Error when its name is none, or is another platform's.
 */
export function addAdapter(adapter: ChannelAdapter): void {
  const platform = Platform.parse(adapter.platform)
  if (byPlatform.has(platform)) throw new Error(`two adapters for ${platform}`)
  byPlatform.set(platform, adapter)
}

/** The adapter of a platform; undefined where this build has none. */
export function adapterFor(platform: Platform): ChannelAdapter | undefined {
  return adapters.get(platform)
}

/** How long after a customer's message the business may write freely, in ms; null where there is no such rule. */
export function replyWindow(platform: Platform): number | null {
  return adapters.get(platform)?.replyWindowMs ?? null
}

/** What a reply may contain; null where this build cannot send. */
export function limitsOf(platform: Platform): OutboundLimits | null {
  const adapter = adapters.get(platform)
  const canSend = adapter?.calls !== undefined || adapter?.companion === 'always'
  return canSend ? (adapter.limits ?? null) : null
}

/** Whether the companion may run accounts of a platform, or nobody else can; null where it has nothing to do with them. */
export function companionRole(platform: Platform): ChannelAdapter['companion'] | null {
  return adapters.get(platform)?.companion ?? null
}

/** The alias by which a platform's contact with this id is known. */
export function aliasOf(platform: Platform, externalId: string): Alias {
  return adapters.get(platform)?.aliasOf?.(externalId) ?? { kind: 'user', value: externalId }
}

/** What is known of the files that come on a platform. */
export function fileRules(platform: Platform): FileRules {
  return adapters.get(platform)?.files ?? {}
}

/** Whether a platform can be asked who a contact is. */
export function hasProfiles(platform: Platform): boolean {
  return adapters.get(platform)?.calls?.profile !== undefined
}
