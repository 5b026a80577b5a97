import type { PlatformCalls } from '../outbound.ts'
import { send } from './send.ts'

/** Mail has no reactions, no marks and no profiles: a reply is all that can be asked for. */
export const calls: PlatformCalls = { send }
