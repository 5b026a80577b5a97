import type { InboundHealth, ParsedUpdate } from '../channel.ts'
import { type Change, updateOf } from './change.ts'
import { errorOf, type PlatformError } from '../meta/details.ts'
import { isObject } from '../meta/wire.ts'

/** Codes after which nothing works until somebody acts: token no longer valid, account locked, policy block. */
const stoppingCodes = new Set(['190', '368', '131031'])

/** An element of a value's own `errors[]`: trouble of the channel, of no message. */
export function healthOfError(change: Change, error: unknown): ParsedUpdate {
  const read = () => (isObject(error) ? { item: errorHealth(errorOf(error), change.at) } : { refused: 'error.invalid' })
  return updateOf(change, { errors: [error] }, read, change.channel ?? change.account)
}

export function errorHealth({ code, title, details }: PlatformError, at: number): InboundHealth {
  const message = details === undefined ? title : `${title}: ${details}`
  return { kind: 'health', at, state: stoppingCodes.has(code) ? 'down' : 'warning', code, message }
}
