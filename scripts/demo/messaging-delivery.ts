import { accountIds } from './accounts.ts'
import { documentFile, pictureFile, voiceFile } from './files.ts'
import type { Json, Mark, StepContext } from './step-context.ts'
import type { Step } from './story.ts'

// Messenger and Instagram share the form of their webhooks ("Messenger Platform, Webhooks"). All times in ms.

/** Meta's own inbox of a page: what its staff writes there is echoed as sent by this app. */
const pageInboxApp = 263_902_037_430_900

function delivery({ customer, at }: StepContext, event: Json, isOurs = false): Json {
  const isInstagram = customer.platform === 'instagram'
  const own = { id: isInstagram ? accountIds.instagram : accountIds.facebook }
  const other = { id: customer.address }
  const people = isOurs ? { sender: own, recipient: other } : { sender: other, recipient: own }
  const messaging = [{ ...people, timestamp: at, ...event }]
  return { object: isInstagram ? 'instagram' : 'page', entry: [{ id: own.id, time: at, messaging }] }
}

/** A message whose content is one attachment. */
function attached({ id }: StepContext, type: string, payload: Json): Json {
  return { message: { mid: id, attachments: [{ type, payload }] } }
}

/** The part of an event that its kind decides. */
function eventOf(step: Step, context: StepContext): Json {
  const { customer, id, idOf, store } = context
  switch (step.kind) {
    case 'text': {
      const reply = step.replyTo ? { reply_to: { mid: idOf(step.replyTo) } } : {}
      return { message: { mid: id, text: step.text, ...reply } }
    }
    case 'photo':
      return attached(context, 'image', { url: store(pictureFile(step.picture, customer)).url })
    case 'document':
      return attached(context, 'file', { url: store(documentFile(step, customer)).url })
    case 'voice':
      return attached(context, 'audio', { url: store(voiceFile(customer)).url })
    case 'reaction':
      return { reaction: { mid: idOf(step.to), action: 'react', reaction: 'other', emoji: step.emoji } }
    case 'edit':
      return { message_edit: { mid: idOf(step.of), text: step.text, num_edit: 1 } }
    case 'unsend':
      return { message: { mid: idOf(step.of), is_deleted: true } }
    case 'unknown':
      return { message: { mid: id, is_unsupported: true } }
    default:
      return customer.platform === 'facebook' ? messengerEvent(step, context) : instagramEvent(step, context)
  }
}

function messengerEvent(step: Step, context: StepContext): Json {
  const { customer, id, store } = context
  switch (step.kind) {
    case 'ad': {
      const ad = {
        source: 'ADS',
        type: 'OPEN_THREAD',
        ad_id: '6045246247433',
        ads_context_data: { ad_title: step.title },
      }
      return { message: { mid: id, text: step.text, referral: ad } }
    }
    case 'postback':
      return { postback: { mid: id, title: step.title, payload: step.payload } }
    case 'sticker':
      return attached(context, 'sticker', {
        url: store(pictureFile('sticker', customer)).url,
        sticker_id: 369_239_263_222_822,
      })
    case 'share':
      return {
        message: {
          mid: id,
          attachments: [
            { type: 'fallback', title: step.title, url: step.url, payload: { url: step.url, title: step.title } },
          ],
        },
      }
    case 'location': {
      const { name, latitude, longitude } = step
      const coordinates = { lat: latitude, long: longitude }
      return { message: { mid: id, attachments: [{ type: 'location', title: name, payload: { coordinates } }] } }
    }
    default:
      throw new RangeError(`nobody sends a ${step.kind} in Messenger`)
  }
}

function instagramEvent(step: Step, context: StepContext): Json {
  const { customer, id, store } = context
  switch (step.kind) {
    case 'story_reply': {
      const story = { id: '17900000000000001', url: store(pictureFile('story', customer)).url }
      return { message: { mid: id, text: step.text, reply_to: { story } } }
    }
    case 'story_mention':
      return attached(context, 'story_mention', { url: store(pictureFile('story', customer)).url })
    case 'share':
      return attached(context, 'ig_post', { url: step.url, title: step.title, ig_post_media_id: '17900000000000002' })
    default:
      throw new RangeError(`nobody sends a ${step.kind} on Instagram`)
  }
}

/** What the staff wrote in the platform's own inbox. */
function echoOf(text: string, { customer, id }: StepContext): Json {
  const app = customer.platform === 'facebook' ? { app_id: pageInboxApp } : {}
  return { message: { mid: id, is_echo: true, text, ...app } }
}

/** What Meta would post for one step of a story. */
export function messagingDelivery(step: Step, context: StepContext): Json {
  if (step.kind === 'answer') return delivery(context, echoOf(step.text, context), true)
  return delivery(context, eventOf(step, context))
}

/** Messenger marks everything up to a time; Instagram only ever says that one message was read. */
export function messagingMark(mark: Mark, context: StepContext, sentAt: number): Json {
  const { customer, id } = context
  if (customer.platform === 'instagram') return delivery(context, { read: { mid: id } })
  if (mark === 'read') return delivery(context, { read: { watermark: sentAt } })
  return delivery(context, { delivery: { mids: [id], watermark: sentAt } })
}
