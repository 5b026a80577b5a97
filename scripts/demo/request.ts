import type { BroadcastItem } from '../../src/protocol/api.ts'
import { mailOf } from './mail.ts'
import { messagingDelivery, messagingMark } from './messaging-delivery.ts'
import type { Json, Mark, StepContext } from './step-context.ts'
import type { Customer, Step } from './story.ts'
import { telegramItem } from './telegram-item.ts'
import { whatsappDelivery, whatsappMark } from './whatsapp-delivery.ts'

export type MetaPlatform = Exclude<Customer['platform'], 'email' | 'telegram'>
/** One request of the demo: a webhook body, a mail or an item of the companion, and the line that tells a person about it. */
export type DemoRequest = { label: string } & (
  | { platform: MetaPlatform; body: Json }
  | { platform: 'email'; from: string; mail: string }
  | { platform: 'telegram'; item: BroadcastItem }
)

export function requestFor(step: Step, context: StepContext): DemoRequest {
  const { platform, name } = context.customer
  const label = labelFor(step, name)
  if (platform === 'email') {
    return { platform, label, from: context.customer.address, mail: mailOf('text' in step ? step.text : '', context) }
  }
  if (platform === 'telegram') {
    return { platform, label, item: telegramItem({ ...step, text: 'text' in step ? step.text : '' }, context) }
  }
  const body = platform === 'whatsapp' ? whatsappDelivery(step, context) : messagingDelivery(step, context)
  return { platform, label, body }
}

/** The marks that the customer's platform makes on an answer, each as a request for the moment it is made. */
export function marksOf(context: StepContext): ((now: number) => DemoRequest)[] {
  const { platform, name } = context.customer
  if (platform === 'telegram' || platform === 'email') return []
  const marks: readonly Mark[] = platform === 'instagram' ? ['read'] : ['delivered', 'read']
  return marks.map((mark) => (now: number) => {
    const at = { ...context, at: now }
    const body = platform === 'whatsapp' ? whatsappMark(mark, at) : messagingMark(mark, at, context.at)
    return { platform, label: `${name}: ${mark}`, body }
  })
}

const quoted = (text: string) => (text === '' ? '' : ` «${text}»`)

function labelFor(step: Step, name: string): string {
  switch (step.kind) {
    case 'text':
      return `${name}: «${step.text}»`
    case 'answer':
      return `to ${name}, from elsewhere: «${step.text}»`
    case 'photo':
      return `${name}: [photo]${quoted(step.text)}`
    case 'document':
      return `${name}: [${step.filename}]${quoted(step.text)}`
    case 'voice':
      return `${name}: [voice message]`
    case 'location':
      return `${name}: [location] ${step.address}`
    case 'reaction':
      return `${name}: [reaction] ${step.emoji}`
    case 'edit':
      return `${name}: [edit] «${step.text}»`
    case 'unknown':
      return `${name}: [a type of message unknown to us]`
    case 'postback':
      return `${name}: [button] ${step.title}`
    case 'ad':
      return `${name}: [from the ad «${step.title}»] «${step.text}»`
    case 'sticker':
      return `${name}: [sticker]`
    case 'share':
      return `${name}: [share] ${step.title}`
    case 'story_reply':
      return `${name}: [answer to our story] «${step.text}»`
    case 'story_mention':
      return `${name}: [story that names us]`
    case 'unsend':
      return `${name}: [took a message back]`
  }
}
