import { closeCodes } from '../../client/index.ts'
import type { TextKey } from '../i18n/en.ts'
import type { ConnectionState } from '../types.ts'

export type ConnectionBadge = { tone: 'good' | 'busy' | 'bad'; text: TextKey; seconds: number | null }

/** What the quiet badge in the header says. */
export function describeConnection(connection: ConnectionState, now: number): ConnectionBadge {
  switch (connection.kind) {
    case 'live':
      return { tone: 'good', text: 'connection.live', seconds: null }
    case 'catching_up':
      return { tone: 'busy', text: 'connection.catching_up', seconds: null }
    case 'connecting': {
      const seconds = connection.retryAt === null ? 0 : Math.ceil((connection.retryAt - now) / 1000)
      if (seconds > 0) return { tone: 'busy', text: 'connection.reconnecting', seconds }
      return { tone: 'busy', text: 'connection.connecting', seconds: null }
    }
    case 'offline':
      return { tone: 'bad', text: 'connection.offline', seconds: null }
    case 'stopped':
      return { tone: 'bad', text: 'connection.stopped', seconds: null }
  }
}

/** A trouble that the reader should know about, and what can be done: sign in again, load the page again, or nothing. */
export type ConnectionNotice = { text: TextKey; action: 'sign_in' | 'reload' | null }

const stopped: Readonly<Record<number, ConnectionNotice>> = {
  [closeCodes.sessionExpired]: { text: 'connection.stopped_session', action: 'sign_in' },
  [closeCodes.unauthorised]: { text: 'connection.stopped_unauthorised', action: 'sign_in' },
  [closeCodes.protocol]: { text: 'connection.stopped_version', action: 'reload' },
  [closeCodes.origin]: { text: 'connection.stopped_origin', action: null },
  [closeCodes.tooManySockets]: { text: 'connection.stopped_sockets', action: 'reload' },
  [closeCodes.tenantOff]: { text: 'connection.stopped_tenant', action: null },
  [closeCodes.malformed]: { text: 'connection.stopped_version', action: 'reload' },
}

/** Null while the connection looks after itself. */
export function noticeOf(connection: ConnectionState): ConnectionNotice | null {
  if (connection.kind === 'offline') return { text: 'connection.offline_text', action: null }
  if (connection.kind !== 'stopped') return null
  const known = connection.code === null ? undefined : stopped[connection.code]
  return known ?? { text: 'connection.stopped_other', action: 'reload' }
}

/**
 * Which of a page's two connections to speak of: the inbox's, unless that one is well and the notifications' has ended
 * for good. That one stops with a code; without one it has merely not begun.
 */
export function connectionToTell(inbox: ConnectionState, notifications: ConnectionState): ConnectionState {
  const hasEnded = notifications.kind === 'stopped' && notifications.code !== null
  return hasEnded && noticeOf(inbox) === null ? notifications : inbox
}
