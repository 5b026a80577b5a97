import { accountIds, businessAccountId, businessNumber } from './accounts.ts'
import { type DemoFile, documentFile, pictureFile, voiceFile } from './files.ts'
import type { Json, Mark, StepContext } from './step-context.ts'
import type { Step } from './story.ts'

const metadata = { display_phone_number: businessNumber, phone_number_id: accountIds.whatsapp }

/** WhatsApp counts seconds, in text. */
const unixSeconds = (at: number) => String(Math.floor(at / 1000))

function delivery(field: string, value: Json): Json {
  const change = { field, value: { messaging_product: 'whatsapp', metadata, ...value } }
  return { object: 'whatsapp_business_account', entry: [{ id: businessAccountId, changes: [change] }] }
}

function media({ store }: StepContext, file: DemoFile): Json {
  const { id, mimeType, sha256Base64 } = store(file)
  return { id, mime_type: mimeType, sha256: sha256Base64 }
}

/** The part of a message that its type decides, in the shapes of the Cloud API's webhooks. */
function typedPart(step: Step, context: StepContext): Json {
  const { customer, idOf } = context
  switch (step.kind) {
    case 'text': {
      const reply = step.replyTo ? { context: { from: businessNumber, id: idOf(step.replyTo) } } : {}
      return { type: 'text', text: { body: step.text }, ...reply }
    }
    case 'photo':
      return { type: 'image', image: { ...media(context, pictureFile(step.picture, customer)), caption: step.text } }
    case 'document': {
      const { filename, text } = step
      return {
        type: 'document',
        document: { ...media(context, documentFile(step, customer)), filename, caption: text },
      }
    }
    case 'voice':
      return { type: 'audio', audio: { ...media(context, voiceFile(customer)), voice: true } }
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
    default:
      throw new RangeError(`nobody sends a ${step.kind} on WhatsApp`)
  }
}

/** A message from a customer, as Meta would post it. */
function customerDelivery(step: Step, context: StepContext): Json {
  const { customer, id, at } = context
  const contacts = [{ wa_id: customer.address, profile: { name: customer.name } }]
  const message = { from: customer.address, id, timestamp: unixSeconds(at), ...typedPart(step, context) }
  return delivery('messages', { contacts, messages: [message] })
}

/** A message that the staff wrote in the WhatsApp Business app of the same number. */
function phoneDelivery(text: string, { customer, id, at }: StepContext): Json {
  const echo = { from: businessNumber, to: customer.address, id, timestamp: unixSeconds(at), type: 'text' }
  return delivery('smb_message_echoes', { message_echoes: [{ ...echo, text: { body: text } }] })
}

/** What Meta would post for one step of a story. */
export function whatsappDelivery(step: Step, context: StepContext): Json {
  return step.kind === 'answer' ? phoneDelivery(step.text, context) : customerDelivery(step, context)
}

export function whatsappMark(mark: Mark, { customer, id, at }: StepContext): Json {
  const entry = { id, status: mark, timestamp: unixSeconds(at), recipient_id: customer.address }
  return delivery('messages', { statuses: [entry] })
}
