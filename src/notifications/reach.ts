import type { MediumRefusal, NotificationMedium, NotificationReach } from '../protocol/notifications.ts'
import type { Decision } from './decide.ts'

/**
 * Whom it was handed to: open sockets that took the frame, push services that accepted it. `browsers`: those that are
 * subscribed.
 */
export type Handed = { sockets: number; pushes: number; browsers: number }

/**
 * What reached a user, and why not what did not. A medium that was allowed and found nobody is refused as well: that is
 * what a test is asked for.
 */
export function reachOf(userId: string, { media, refused }: Decision, handed: Handed): NotificationReach {
  const reached = media.filter((medium) => lackOf(medium, handed) === null)
  const lacking = media.flatMap((medium) => {
    const reason = lackOf(medium, handed)
    return reason === null ? [] : [[medium, reason] as const]
  })
  const { sockets, pushes } = handed
  return { user_id: userId, sockets, pushes, media: reached, refused: { ...refused, ...Object.fromEntries(lacking) } }
}

function lackOf(medium: NotificationMedium, { sockets, pushes, browsers }: Handed): MediumRefusal | null {
  switch (medium) {
    case 'socket':
    case 'sound':
      return sockets === 0 ? 'no_socket' : null
    case 'web_push':
      if (browsers === 0) return 'no_subscription'
      return pushes === 0 ? 'not_accepted' : null
    case 'email_digest': // nobody is handed anything yet
      return null
  }
}
