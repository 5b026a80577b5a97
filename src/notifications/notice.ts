import { derivedId } from '../lib/derived-id.ts'
import type { SystemNotificationBody } from '../protocol/notifications.ts'
import type { BodyOf } from './facts.ts'

/** What has no event of its own: written to the journal only to be told. */
export type NoticeBody = BodyOf<'system' | 'test' | 'quarantine_grew' | 'token_expiring'>

/** The field `notification` of a journal line of this type. `to`: the only users it is for; null: everybody. */
export type Notice = NoticeBody & { to: readonly string[] | null; channel_id: string | null }

/** A notice, and the event key under which the journal takes it once. */
export type KeyedNotice = { key: string; notice: Notice }

const dayMs = 86_400_000
const hourMs = 3_600_000
/** How long before the end people are told, once for each step. */
const tokenSteps = [7 * dayMs, 3 * dayMs, dayMs]

/**
 * What to tell of a token that ends at `expiresAt`; null while there is time, and once it has ended: then the channel is
 * down. A step that was missed is not made up for.
 */
export function tokenNotice(channelId: string, expiresAt: number, now: number): KeyedNotice | null {
  const left = expiresAt - now
  const step = tokenSteps.findLast((one) => left <= one)
  if (left <= 0 || step === undefined) return null
  const body = { kind: 'token_expiring', expires_at: new Date(expiresAt).toISOString() } as const
  return {
    key: `notice:token:${channelId}:${expiresAt}:${step / dayMs}`,
    notice: { ...body, to: null, channel_id: channelId },
  }
}

/** At most one an hour, however much comes: `count` is all that waits, `added` what came since the last look. */
export function quarantineNotice({ count, added }: { count: number; added: number }, now: number): KeyedNotice | null {
  if (added <= 0 || count <= 0) return null
  const notice = { kind: 'quarantine_grew', count, to: null, channel_id: null } as const
  return { key: `notice:quarantine:${Math.floor(now / hourMs)}`, notice }
}

/** `id`: random text, which stands in for the key where the sender gave none. */
export function systemNotice({ user_id, title, text, link, key }: SystemNotificationBody, id: string): KeyedNotice {
  const to = user_id === undefined ? null : [user_id]
  const notice = { kind: 'system', title, text, link: link ?? null, to, channel_id: null } as const
  // Derived, so that a sender's key can neither be taken for one of ours nor grow the index.
  return { key: `notice:system:${key === undefined ? id : derivedId('system', key)}`, notice }
}

/** A user's own test comes once in this time: the key of the next one is the same until it is over. */
const ownTestMs = 15_000

/** A test by a user, for nobody else. `waitMs`: when the next one can be made. */
export function ownTestNotice(userId: string, now: number): KeyedNotice & { waitMs: number } {
  const turn = Math.floor(now / ownTestMs)
  return { ...testNotice([userId], `${userId}:${turn}`), waitMs: (turn + 1) * ownTestMs - now }
}

/** A test of what arrives. It is for these users only; nobody else sees it. */
export function testNotice(userIds: readonly string[], id: string): KeyedNotice {
  return { key: `notice:test:${id}`, notice: { kind: 'test', to: [...userIds], channel_id: null } }
}
