import type { Alias } from '../channel.ts'
import { ownFailure } from '../meta/graph.ts'
import type { Json } from '../meta/wire.ts'
import type { PlatformAnswer } from '../outbound.ts'

/**
 * How a message names whom it is for. A number goes into `to`, with its plus: without it the country code of the
 * business may be put before it ("WhatsApp user phone number formats"). A business-scoped id goes into `recipient`: in
 * `to` it is taken for a number, answered with an id, and never delivered ("Business-scoped user IDs").
 */
export function recipientOf(aliases: readonly Alias[]): PlatformAnswer<Json> {
  const valueOf = (kind: Alias['kind']) => aliases.find((alias) => alias.kind === kind)?.value
  const group = valueOf('group')
  if (group !== undefined) return { ok: true, value: { recipient_type: 'group', to: group } }
  const phone = valueOf('phone')
  if (phone !== undefined) return { ok: true, value: { recipient_type: 'individual', to: `+${phone}` } }
  const user = valueOf('user') ?? valueOf('parent_user')
  if (user !== undefined) return { ok: true, value: { recipient_type: 'individual', recipient: user } }
  return { ok: false, ...ownFailure('recipient', 'recipient.unknown', 'The contact has no address on WhatsApp') }
}

export function isGroup(aliases: readonly Alias[]): boolean {
  return aliases.some(({ kind }) => kind === 'group')
}
