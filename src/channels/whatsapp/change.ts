import type { Destination, ParsedUpdate } from '../channel.ts'
import { attempt, type Outcome, refusedUpdate } from '../meta/outcome.ts'
import { compact, Id, isObject, type Json, msOfSeconds } from '../meta/wire.ts'

/** One `changes[]` element of a delivery, opened: what all its items share. */
export type Change = {
  field: string
  value: Json
  /** The entry's own time, for items that carry none; 0 when unknown. */
  at: number
  /** The channel; undefined when the change does not name one. */
  channel?: Destination
  /** The WhatsApp Business Account, for what concerns all of its channels. */
  account?: Destination
  /** Why there is no `channel`. */
  channelProblem: 'channel.missing' | 'id_type'
  /** The delivery that holds only `part` of this change's value. */
  wrap(part: Json): Json
}

export const objectName = 'whatsapp_business_account'

export function openChange(entry: Json, field: string, value: Json): Change {
  const metadata = isObject(value['metadata']) ? value['metadata'] : {}
  const channelId = Id.safeParse(metadata['phone_number_id'])
  const accountId = Id.safeParse(entry['id'])
  const account = accountId.success ? { accountId: accountId.data } : undefined
  const hasNumericId = typeof (metadata['phone_number_id'] ?? entry['id']) === 'number'
  return compact({
    field,
    value,
    at: msOfSeconds(entry['time']),
    channel: channelId.success ? { channelExternalId: channelId.data, ...account } : undefined,
    account,
    channelProblem: hasNumericId ? ('id_type' as const) : ('channel.missing' as const),
    wrap: (part: Json) => wrapPart(entry, { field, metadata }, part),
  })
}

function wrapPart(entry: Json, change: { field: string; metadata: Json }, part: Json): Json {
  const { phone_number_id, display_phone_number } = change.metadata
  const metadata = compact({ display_phone_number, phone_number_id })
  const named = Object.keys(metadata).length > 0 ? { metadata } : {}
  const value = { messaging_product: 'whatsapp', ...named, ...part }
  const { id, time } = entry
  return { object: objectName, entry: [compact({ id, time, changes: [{ field: change.field, value }] })] }
}

/** Turns the reading of one item into an update for its channel, or for `to`. */
export function updateOf(change: Change, part: Json, read: () => Outcome, to = change.channel): ParsedUpdate {
  const outcome = attempt(read)
  if ('ignored' in outcome) return { kind: 'ignored', reason: outcome.ignored }
  const raw = change.wrap(part)
  if ('refused' in outcome) return refusedUpdate(outcome.refused, raw, to ?? change.account)
  if (to === undefined) return refusedUpdate(change.channelProblem, raw, change.account)
  return { kind: 'item', to, item: outcome.item, raw }
}

/** One update for each element of the list `name`; a list that is none is refused whole. */
export function updatesOfList(
  change: Change,
  name: string,
  parse: (element: unknown) => ParsedUpdate | ParsedUpdate[],
): ParsedUpdate[] {
  const list = change.value[name]
  if (list === undefined || list === null) return []
  if (!Array.isArray(list)) return [updateOf(change, { [name]: list }, () => ({ refused: 'value.malformed' }))]
  return list.flatMap(parse)
}

const bookkeeping = new Set(['messaging_product', 'metadata', 'contacts'])

/** What to say of a change in which none of the lists `names` held anything. */
export function emptyChange(change: Change, names: readonly string[]): ParsedUpdate {
  const rest = Object.entries(change.value).filter(([key]) => key !== 'messaging_product' && key !== 'metadata')
  if (rest.every(([key]) => bookkeeping.has(key) || names.includes(key)))
    return { kind: 'ignored', reason: 'value.empty' }
  return updateOf(change, Object.fromEntries(rest), () => ({ refused: 'value.unknown' }))
}
