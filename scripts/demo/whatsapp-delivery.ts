import type { Customer, Step } from './stories.ts'

/** The accounts of the demo tenant, as the platforms number them. */
export const demoChannels = [
  { platform: 'whatsapp', external_id: '100000000000001', name: 'WhatsApp +380 44 000 00 01' },
  { platform: 'facebook', external_id: '200000000000002', name: 'Facebook: Бюро «Слово»' },
  { platform: 'instagram', external_id: '300000000000003', name: 'Instagram @slovo.bureau' },
  { platform: 'email', external_id: 'office@slovo.example', name: 'office@slovo.example' },
  { platform: 'telegram', external_id: '7000000001', name: 'Telegram @slovo_bureau' },
] as const

const businessNumber = '380440000001'
const accountId = '190000000000009'
const metadata = { display_phone_number: businessNumber, phone_number_id: demoChannels[0].external_id }

/** What one step needs besides its own words. `at` in epoch ms; `idOf` gives the message id behind a step's key. */
export type StepContext = { customer: Customer; id: string; at: number; idOf: (key: string) => string }

type Json = Record<string, unknown>
type InboundStep = Exclude<Step, { kind: 'answer' }>

/** WhatsApp counts seconds, in text. */
const unixSeconds = (at: number) => String(Math.floor(at / 1000))

function delivery(field: string, value: Json): Json {
  const change = { field, value: { messaging_product: 'whatsapp', metadata, ...value } }
  return { object: 'whatsapp_business_account', entry: [{ id: accountId, changes: [change] }] }
}

const media = (id: string, mimeType: string): Json => ({ id: `media.${id}`, mime_type: mimeType })

/** The part of a message that its type decides, in the shapes of the Cloud API's webhooks. */
function typedPart(step: InboundStep, { id, idOf }: StepContext): Json {
  switch (step.kind) {
    case 'text': {
      const context = step.replyTo ? { context: { from: businessNumber, id: idOf(step.replyTo) } } : {}
      return { type: 'text', text: { body: step.text }, ...context }
    }
    case 'photo':
      return { type: 'image', image: { ...media(id, 'image/jpeg'), caption: step.text } }
    case 'document': {
      const document = { ...media(id, 'application/pdf'), filename: step.filename, caption: step.text }
      return { type: 'document', document }
    }
    case 'voice':
      return { type: 'audio', audio: { ...media(id, 'audio/ogg; codecs=opus'), voice: true } }
    case 'location': {
      const { name, address, latitude, longitude } = step
      return { type: 'location', location: { name, address, latitude, longitude } }
    }
    case 'reaction':
      return { type: 'reaction', reaction: { message_id: idOf(step.to), emoji: step.emoji } }
    case 'edit': {
      const message = { type: 'text', text: { body: step.text } }
      return { type: 'edit', edit: { original_message_id: idOf(step.of), message } }
    }
    case 'unknown':
      // A type nobody has heard of yet: it has to show up as a placeholder.
      return { type: 'event_invitation', event_invitation: { title: 'Notartermin', starts_at: '2030-01-01T09:00:00Z' } }
  }
}

/** A message from a customer, as Meta would post it. */
export function customerDelivery(step: InboundStep, context: StepContext): Json {
  const { customer, id, at } = context
  const contacts = [{ wa_id: customer.address, profile: { name: customer.name } }]
  const message = { from: customer.address, id, timestamp: unixSeconds(at), ...typedPart(step, context) }
  return delivery('messages', { contacts, messages: [message] })
}

/** A message that the staff wrote in the WhatsApp Business app of the same number. */
export function phoneDelivery(text: string, { customer, id, at }: StepContext): Json {
  const echo = { from: businessNumber, to: customer.address, id, timestamp: unixSeconds(at), type: 'text' }
  return delivery('smb_message_echoes', { message_echoes: [{ ...echo, text: { body: text } }] })
}

export function statusDelivery(status: 'delivered' | 'read', { customer, id, at }: StepContext): Json {
  const entry = { id, status, timestamp: unixSeconds(at), recipient_id: customer.address }
  return delivery('messages', { statuses: [entry] })
}
