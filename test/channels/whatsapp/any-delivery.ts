import * as fc from 'fast-check'
import { delivery, metadata } from './deliveries.ts'

// Random deliveries that are near enough to real ones to get past the first check of each parser.

const keys = [
  'messages statuses errors contacts history threads message_echoes user_id_update state_sync groups metadata',
  'phone_number_id id from to from_user_id type timestamp status text body image reaction message_id edit message',
  'original_message_id revoke system wa_id user_id interactive context group_id event ban_info contact previous current',
  'group_subject subject phone_number product_items name latitude errors history_context from_me __proto__',
].flatMap((line) => line.split(' '))

const key = fc.constantFrom(...keys)
const id = fc.constantFrom('UA.1', 'UA.ENT.1', '380671234567', '380441112233', 'wamid.1')
const word = fc.oneof(
  key,
  id,
  fc.constantFrom('sent', 'failed', 'call', '1790000000', 'customer_changed_number', 'add'),
)

const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.oneof(word, fc.jsonValue({ maxDepth: 1 }), fc.constant(5), fc.constant(null)),
    fc.dictionary(fc.oneof({ weight: 9, arbitrary: key }, { weight: 1, arbitrary: fc.string() }), tie('json'), {
      maxKeys: 6,
    }),
    fc.array(tie('json'), { maxLength: 3 }),
  ),
}))

/** Mostly the given, now and then anything. */
function mostly(arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 6, arbitrary }, { weight: 1, arbitrary: json })
}

function record(model: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> {
  return mostly(fc.record(model, { requiredKeys: [] }))
}

function list(element: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return mostly(fc.array(element, { maxLength: 3 }))
}

const time = mostly(fc.constantFrom('1790000000', 1_790_000_000))
const type = fc.constantFrom(
  ...[
    'text',
    'image',
    'reaction',
    'edit',
    'revoke',
    'system',
    'interactive',
    'contacts',
    'location',
    'order',
    'button',
  ],
  ...['unsupported', 'request_welcome', 'media_placeholder', 'hologram', '__proto__'],
)
const errors = list(record({ code: fc.nat(), title: word, error_data: json }))
const inner = mostly(fc.record({ type: fc.constant('text'), text: fc.record({ body: word }) }))
const original = mostly(fc.record({ original_message_id: mostly(id), message: inner }))

const message = record({
  ...{ from: mostly(id), from_user_id: mostly(id), to: mostly(id), to_user_id: mostly(id), group_id: json },
  ...{ id: mostly(id), type: mostly(type), timestamp: time, context: json, errors },
  ...{ text: record({ body: word }), image: record({ id, caption: word, url: word }), contacts: list(json) },
  ...{
    reaction: record({ message_id: id, emoji: word }),
    edit: original,
    revoke: original,
    location: json,
    order: json,
  },
  ...{
    system: record({ type: word, wa_id: id, user_id: id, body: word }),
    interactive: json,
    button: record({ text: word }),
  },
  ...{ history_context: record({ from_me: fc.boolean(), status: word }), referral: json },
})

const contact = record({ wa_id: id, user_id: id, parent_user_id: id, profile: record({ name: word }) })
const pair = record({ previous: id, current: id })

const value = fc.record(
  {
    metadata: fc.oneof({ weight: 8, arbitrary: fc.constant(metadata) }, { weight: 1, arbitrary: json }),
    messages: list(message),
    message_echoes: list(message),
    history: list(
      record({ threads: list(record({ id, context: json, messages: list(message) })), errors, metadata: json }),
    ),
    statuses: list(record({ id, status: word, type: word, timestamp: time, errors })),
    errors,
    contacts: list(contact),
    user_id_update: list(record({ wa_id: id, user_id: pair, parent_user_id: pair, timestamp: time })),
    state_sync: list(record({ action: word, contact: record({ phone_number: id, full_name: word }), metadata: json })),
    groups: list(record({ group_id: id, subject: word, timestamp: time })),
    event: fc.constantFrom('PARTNER_REMOVED', 'FLAGGED', 'PIN_CHANGED', 'ACCOUNT_RESTRICTION', 'NEWS'),
    restriction_info: json,
  },
  { requiredKeys: ['metadata'] },
)

const field = fc.constantFrom(
  ...['messages', 'smb_message_echoes', 'history', 'user_id_update', 'smb_app_state_sync', 'group_lifecycle_update'],
  ...['account_update', 'account_alerts', 'security', 'calls', 'moon', undefined],
)

export const anyDelivery: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 1, arbitrary: json },
  { weight: 1, arbitrary: fc.tuple(field, json).map(([name, given]) => delivery(name, given)) },
  {
    weight: 6,
    arbitrary: fc.tuple(field, value, time).map(([name, given, at]) => delivery(name, given, { time: at })),
  },
)
