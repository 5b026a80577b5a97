import { frameOf } from './frame.ts'
import { markerOf } from './load/events.ts'

/** Customers who write in turn, as at a busy desk. */
const customers = 50
export const phoneNumberId = '100000000000001'
const accountId = '190000000000009'
const businessNumber = '380440000001'

// Longer than a preview, so that the marker behind it appears once in each frame.
const filler =
  'Добрий день! Скільки коштує переклад диплома з додатком на німецьку мову, з апостилем і нотаріальним ' +
  'засвідченням, і чи встигнете ви до п’ятниці? Можу принести оригінали завтра зранку. '

const textOf = (id: number, isShort = false): string => (isShort ? markerOf(id) : `${filler}${markerOf(id)}`)
const phoneOf = (id: number): string => `38067${String(1_000_000 + (id % customers))}`
const wamidOf = (id: number): string => `wamid.${Buffer.from(`bench message ${id}`).toString('base64')}`

/** A signed delivery's body as the Cloud API sends it: `count` text messages, each from the next customer. */
export function deliveryText(
  firstId: number,
  count: number,
  { at, isShort = false }: { at: number; isShort?: boolean },
): string {
  const ids = Array.from({ length: count }, (_, place) => firstId + place)
  const seen = ids.slice(0, customers)
  const value = {
    messaging_product: 'whatsapp',
    metadata: { display_phone_number: businessNumber, phone_number_id: phoneNumberId },
    contacts: seen.map((id) => ({ profile: { name: `Customer ${id % customers}` }, wa_id: phoneOf(id) })),
    messages: ids.map((id) => ({
      from: phoneOf(id),
      id: wamidOf(id),
      timestamp: String(Math.floor(at / 1000)),
      type: 'text',
      text: { body: textOf(id, isShort) },
    })),
  }
  return JSON.stringify({
    object: 'whatsapp_business_account',
    entry: [{ id: accountId, changes: [{ field: 'messages', value }] }],
  })
}

/** The frame of one event, for peers that are only asked to fan it out. */
export function frameText(id: number, at: number): string {
  const timestamp = String(Math.floor(at / 1000))
  return JSON.stringify(frameOf(id, { id: wamidOf(id), from: phoneOf(id), timestamp, text: { body: textOf(id) } }))
}
