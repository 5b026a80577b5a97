// Trust boundary: what stands here is signed by Meta, but written by strangers. Nothing is believed by its shape, one
// bad item never costs another, and nothing is dropped without a word.
import type { ParsedUpdate } from '../channel.ts'
import { refusedUpdate } from '../meta/outcome.ts'
import { parseAccountEvent } from './account.ts'
import { accountRules } from './account-rules.ts'
import { type Change, objectName, openChange } from './change.ts'
import { parseGroups, parseStateSync, parseUserIdUpdates } from './contact-change.ts'
import { parseEchoes } from './echoes.ts'
import { parseHistory } from './history.ts'
import { parseMessages } from './messages.ts'
import { isObject, type Json, listOf } from '../meta/wire.ts'

/**
 * Turns one verified delivery of the WhatsApp Cloud API into updates. Never throws.
 *
 * | field | becomes |
 * | --- | --- |
 * | `messages` | messages, reactions, edits, deletions, statuses, health (`errors`), contacts (of a `sent` status) |
 * | `smb_message_echoes`, `message_echoes` | the same of the business's own messages, outbound |
 * | `history` | the same of the past, silent; `errors` are health |
 * | `user_id_update`, `smb_app_state_sync`, `group_*` | contacts: new ids, names, group subjects; the rest ignored |
 * | `account_*`, `business_*`, `phone_number_*`, `security`, `message_template_status_update` | health, see `account-rules.ts` |
 * | `ignoredFields` | ignored: nothing in them is for an inbox |
 * | any other | refused (`field.unknown`), as is an unknown word in a field we read (`event.unknown`, `status.unknown`) |
 *
 * Refused for their form: `delivery.malformed`, `object.unknown`, `entry.malformed`, `change.malformed`,
 * `value.malformed`, `value.unknown`, `channel.missing`, `id_type` (an id that came as a number), and
 * `message.` / `status.` / `error.` / `contact.` / `group.invalid`, `history.malformed`, `parser.fault`.
 */
export function parse(delivery: unknown): ParsedUpdate[] {
  if (!isObject(delivery)) return [refusedUpdate('delivery.malformed', delivery)]
  if (delivery['object'] !== objectName) return [refusedUpdate('object.unknown', delivery)]
  const entries = delivery['entry']
  if (!Array.isArray(entries)) return [refusedUpdate('delivery.malformed', delivery)]
  if (entries.length === 0) return [{ kind: 'ignored', reason: 'delivery.empty' }]
  return entries.flatMap(parseEntry)
}

function parseEntry(entry: unknown): ParsedUpdate[] {
  const refuse = () => [refusedUpdate('entry.malformed', { object: objectName, entry: [entry] })]
  if (!isObject(entry)) return refuse()
  const changes = entry['changes']
  if (!Array.isArray(changes)) return refuse()
  if (changes.length === 0) return [{ kind: 'ignored', reason: 'entry.empty' }]
  return changes.flatMap((change: unknown) => parseChange(entry, change))
}

function parseChange(entry: Json, given: unknown): ParsedUpdate[] {
  const change = isObject(given) && isObject(given['value']) ? openField(entry, given, given['value']) : undefined
  if (change !== undefined) return (fieldParsers.get(change.field) ?? refuseField)(change)
  const { id, time } = entry
  const raw = {
    object: objectName,
    entry: [{ ...(id !== undefined && { id }), ...(time !== undefined && { time }), changes: [given] }],
  }
  return [refusedUpdate('change.malformed', raw)]
}

/** A change whose field was left out (relays do that) is one of messages if it looks like it. */
function openField(entry: Json, given: Json, value: Json): Change | undefined {
  const { field } = given
  if (typeof field === 'string') return openChange(entry, field, value)
  const isOfMessages = ['messages', 'statuses'].some((name) => Array.isArray(value[name]))
  const isOfProduct = value['messaging_product'] === 'whatsapp' && value['metadata'] !== undefined
  return field === undefined && (isOfMessages || isOfProduct) ? openChange(entry, 'messages', value) : undefined
}

type FieldParser = (change: Change) => ParsedUpdate[]

const ignoredFields = [
  'automatic_events',
  'calls',
  'flows',
  'message_template_components_update',
  'message_template_quality_update',
  'partner_solutions',
  'payment_configuration_update',
  'template_category_update',
  'template_correct_category_detection',
  'tracking_events',
  'user_preferences',
]

const groupFields = [
  'group_lifecycle_update',
  'group_participants_update',
  'group_settings_update',
  'group_status_update',
]

const fieldParsers: ReadonlyMap<string, FieldParser> = new Map<string, FieldParser>([
  ['messages', parseMessages],
  ['smb_message_echoes', parseEchoes],
  ['message_echoes', parseEchoes],
  ['history', parseHistory],
  ['user_id_update', parseUserIdUpdates],
  ['smb_app_state_sync', parseStateSync],
  ...groupFields.map((field) => [field, parseGroups] as const),
  ...ignoredFields.map((field) => [field, ignoreField] as const),
  ...[...accountRules].map(([field, rule]) => [field, (change: Change) => parseAccountEvent(change, rule)] as const),
])

const countedLists = ['calls', 'messages', 'statuses', 'user_preferences']

/** One word for each thing left aside, so that a delivery's counts add up. */
function ignoreField({ field, value }: Change): ParsedUpdate[] {
  const count = countedLists.reduce((sum, name) => sum + listOf(value[name]).length, 0)
  return Array.from({ length: Math.max(1, count) }, () => ({ kind: 'ignored' as const, reason: field }))
}

function refuseField(change: Change): ParsedUpdate[] {
  const { messaging_product: _, metadata: __, ...rest } = change.value
  return [refusedUpdate('field.unknown', change.wrap(rest), change.channel ?? change.account)]
}
