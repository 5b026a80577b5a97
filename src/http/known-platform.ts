import { adapterFor } from '../channels/registry.ts'
import type { Platform } from '../protocol/words.ts'

/** The answer to whoever wants to create something on a platform that is not in the registry. */
export const unknownPlatform = {
  code: 'platform.unknown',
  status: 422,
  message: 'This server does not know that platform.',
} as const

export function isKnownPlatform(platform: Platform): boolean {
  return adapterFor(platform) !== undefined
}
