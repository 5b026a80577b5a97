import * as fc from 'fast-check'
import { customerId, deliveryOf, type Product } from './events.ts'

// Random deliveries that are near enough to real ones to get past the first check of each reader.

const keys = [
  'message postback referral reaction read delivery message_edit optin policy_enforcement policy-enforcement teleport',
  'mid mids text attachments payload url title type sticker_id quick_reply reply_to story is_echo is_deleted is_self',
  'is_unsupported metadata app_id watermark action emoji num_edit ref source ad_id ads_context_data coordinates lat',
  'sender recipient id username timestamp user_ref elements product __proto__ constructor',
].flatMap((line) => line.split(' '))

const key = fc.constantFrom(...keys)
const mid = fc.constantFrom('m_1', 'm_2')
const person = fc.constantFrom('104000000000011', '17841400000000022', customerId, '12334')
const url = fc.constantFrom(
  'https://cdn.example/1.pdf',
  'https://cdn.example/2',
  'https://cdn.example/3',
  'http://x',
  'x',
)
const word = fc.oneof(
  key,
  mid,
  person,
  url,
  fc.constantFrom('react', 'unreact', 'block', 'ADS', 'true', '1790000000123'),
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

function list(element: fc.Arbitrary<unknown>, minLength = 0): fc.Arbitrary<unknown> {
  return mostly(fc.array(element, { minLength, maxLength: 3 }))
}

const time = mostly(fc.constantFrom(1_790_000_000_123, '1790000000123', '1527459824', '2026-01-22T10:00:00+0000'))
const number = fc.constantFrom(0, 1, '0', 369_239_263_222_822, 2 ** 60)
const flag = fc.constantFrom(true, false, 'true')

const attachmentType = fc.constantFrom(
  ...[
    'image',
    'image',
    'video',
    'audio',
    'file',
    'sticker',
    'location',
    'fallback',
    'template',
    'share',
    'ig_post',
    'post',
  ],
  ...['ig_reel', 'ig_story', 'story_mention', 'ephemeral', 'like_heart', 'hologram', '__proto__'],
)
const more = { sticker_id: number, title: word, id: mid, coordinates: json, elements: list(json), text: word }
const attachment = mostly(
  fc.record(
    {
      type: mostly(attachmentType),
      title: word,
      url,
      payload: mostly(fc.record({ url, ...more }, { requiredKeys: ['url'] })),
    },
    { requiredKeys: ['type', 'payload'] },
  ),
)
const referral = record({ ref: word, source: word, ad_id: number, ads_context_data: json })
const story = record({ id: mid, url })

const message = record({
  ...{ mid: mostly(mid), text: word, attachments: list(attachment, 1), referral },
  ...{ reply_to: record({ mid, story }), quick_reply: record({ payload: word }), metadata: word, app_id: number },
  ...{ is_echo: flag, is_unsupported: flag },
})
// Such a mark changes everything about a message, so it is rarer.
const marked = record({ mid, is_deleted: flag, is_self: flag, sticker_id: number, attachments: list(attachment, 1) })

const things: Record<string, fc.Arbitrary<unknown>> = {
  message: fc.oneof({ weight: 5, arbitrary: message }, { weight: 1, arbitrary: marked }),
  postback: record({ mid: mostly(mid), title: word, payload: word, referral }),
  referral,
  reaction: record({
    mid: mostly(mid),
    action: mostly(fc.constantFrom('react', 'unreact')),
    emoji: word,
    reaction: word,
  }),
  read: record({ watermark: time, mid: mostly(mid) }),
  delivery: record({ watermark: time, mids: list(mid) }),
  message_edit: record({ mid: mostly(mid), text: word, num_edit: number }),
  optin: json,
  policy_enforcement: record({ action: mostly(fc.constantFrom('block', 'unblock')), reason: word }),
  teleport: json,
}

const names = [...Object.keys(things), ...Array.from({ length: 6 }, () => 'message')]
const someThing = fc.constantFrom(...names).chain((name) => fc.record({ [name]: things[name] ?? json }))

const event = mostly(
  fc
    .tuple(
      fc.record(
        {
          sender: record({ id: mostly(person), username: word }),
          recipient: record({ id: mostly(person) }),
          timestamp: time,
        },
        { requiredKeys: [] },
      ),
      someThing,
      fc.option(someThing, { freq: 4 }),
    )
    .map(([envelope, thing, other]) => ({ ...envelope, ...thing, ...other })),
)

const field = fc.constantFrom('messages', 'message_reactions', 'standby', 'feed', 'comments', 'moon', undefined)
const change = mostly(fc.record({ field, value: event }))

export function anyDelivery(product: Product): fc.Arbitrary<unknown> {
  const entry = fc.record(
    {
      messaging: list(event),
      standby: list(event),
      changes: list(change),
      time: time,
      id: mostly(person),
      sidewalk: json,
    },
    { requiredKeys: [] },
  )
  return fc.oneof(
    { weight: 1, arbitrary: json },
    { weight: 8, arbitrary: entry.map((given) => deliveryOf(product, given)) },
  )
}
