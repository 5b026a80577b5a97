import { closeCodes, isTerminalCloseCode } from '../protocol/close-codes.ts'

/**
 * What to do after a socket closed. `stop`: stay away. Otherwise come back: `soon` (spread over a short window), after
 * the usual `backoff`, or with `patience`. `mustPage`: the server doubts our position, so page the journal after
 * connecting, whatever the replay says.
 */
export type AfterClose = { kind: 'stop' } | { kind: 'return'; wait: 'soon' | 'backoff' | 'patience'; mustPage: boolean }

/**
 * Judges a close by its code and by how it went before. `wasLive`: the socket had got its `ready`. `failures`: attempts
 * since the last one that lasted. A code nobody knows counts as "come back", as 1006 does.
 */
export function afterClose(code: number, wasLive: boolean, failures: number): AfterClose {
  if (isTerminalCloseCode(code)) return { kind: 'stop' }
  const mustPage = code === closeCodes.resync
  if (code === closeCodes.rateLimited) return { kind: 'return', wait: 'patience', mustPage }
  // A socket that worked lost its server or its network; a second drop in a row means that something is wrong there.
  return { kind: 'return', wait: wasLive && failures === 0 ? 'soon' : 'backoff', mustPage }
}
