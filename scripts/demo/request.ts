import { type DemoMail, mailOf } from './mail.ts'
import { messagingDelivery, messagingMark } from './messaging-delivery.ts'
import type { Json, Mark, StepContext } from './step-context.ts'
import type { Customer, Step } from './story.ts'
import { actOf, readAct, type TelegramAct } from './telegram-act.ts'
import { whatsappDelivery, whatsappMark } from './whatsapp-delivery.ts'

export type MetaPlatform = Exclude<Customer['platform'], 'email' | 'telegram'>
/** One thing that the demo does: a webhook body, a mail or what happens at Telegram, and the line that tells a person about it. */
export type DemoRequest = { label: string } & (
  | { platform: MetaPlatform; body: Json }
  | { platform: 'email'; mail: DemoMail }
  | { platform: 'telegram'; act: TelegramAct }
)

export function requestFor(step: Step, context: StepContext): DemoRequest {
  const { platform } = context.customer
  const label = labelFor(step, speakerOf(step, context.customer))
  if (platform === 'email') return { platform, label, mail: mailOf(step, context) }
  if (platform === 'telegram') return { platform, label, act: actOf(step, context) }
  const body = platform === 'whatsapp' ? whatsappDelivery(step, context) : messagingDelivery(step, context)
  return { platform, label, body }
}

/** The marks that the customer's platform makes on an answer, each as a request for the moment it is made. */
export function marksOf(context: StepContext): ((now: number) => DemoRequest)[] {
  const { customer, id } = context
  const { platform, name } = customer
  if (platform === 'email') return []
  if (platform === 'telegram') {
    return [(now) => ({ platform, label: `${name}: read`, act: readAct(customer, id, now) })]
  }
  const marks: readonly Mark[] = platform === 'instagram' ? ['read'] : ['delivered', 'read']
  return marks.map((mark) => (now: number) => {
    const at = { ...context, at: now }
    const body = platform === 'whatsapp' ? whatsappMark(mark, at) : messagingMark(mark, at, context.at)
    return { platform, label: `${name}: ${mark}`, body }
  })
}

/** In a group both: who speaks, and where. */
function speakerOf({ kind, by }: Step, { name, people }: Customer): string {
  if (people === undefined || kind === 'answer') return name
  return `${by ?? people[0]?.name ?? ''} in «${name}»`
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
    case 'album':
      return `${name}: [${step.pictures.length} photos]${quoted(step.text)}`
    case 'poll':
      return `${name}: [poll] ${step.text}`
    case 'vote':
      return `${name}: [vote]`
    case 'group_created':
      return `${name}: [a new group]`
    case 'added':
      return `${name}: [added ${step.person}]`
    case 'missed_call':
      return `${name}: [missed call]`
  }
}
