import type { BroadcastItem } from '../../src/protocol/api.ts'
import { createRandom, type Random } from './random.ts'
import { type Customer, smallTalk, type Step, stories, type Story } from './stories.ts'
import { telegramItem } from './telegram-item.ts'
import { customerDelivery, phoneDelivery, statusDelivery, type StepContext } from './whatsapp-delivery.ts'

/** One request of the demo: a webhook body or an item of the companion, and the line that tells a person about it. */
export type DemoRequest = { label: string } & (
  | { platform: 'whatsapp'; body: Record<string, unknown> }
  | { platform: 'telegram'; item: BroadcastItem }
)
export type DemoScript = {
  /** The last days, oldest first. */
  backlog: (now: number) => DemoRequest[]
  /** What happens next. Never ends: when the stories are told, people go on with small talk. */
  next: (now: number) => DemoRequest
}

type Told = { story: Story; live: Step[]; ids: Map<string, string> }

const hourMs = 3_600_000

/**
 * Tells the stories of all customers, interleaved by the seed. Pure but for its own memory: the clock is an argument,
 * and `runId` keeps the ids of two runs over one kept database apart.
 */
export function createScript({ seed, runId }: { seed: number; runId: number }): DemoScript {
  const random = createRandom(seed)
  let count = 0
  const newId = (customer: Customer) => {
    count += 1
    // Telegram counts messages in 32 bits.
    const telegramId = (runId % 100_000) * 10_000 + count
    return customer.platform === 'whatsapp' ? `wamid.demo.${runId}.${count}` : String(telegramId)
  }
  const told: Told[] = stories.map((story) => ({ story, live: story.steps.filter(isLive), ids: new Map() }))
  const statuses: ((now: number) => DemoRequest)[] = []

  const tell = ({ story, ids }: Told, step: Step, at: number): DemoRequest => {
    const id = newId(story.customer)
    if (step.key) ids.set(step.key, id)
    const context = {
      customer: story.customer,
      id,
      at,
      idOf: (key: string) => ids.get(key) ?? `wamid.demo.lost.${key}`,
    }
    if (step.kind === 'answer' && story.customer.platform === 'whatsapp') statuses.push(...statusesOf(context))
    return requestFor(step, context)
  }
  return {
    backlog: (now) => {
      const past = told.flatMap((one) => one.story.steps.map((step) => ({ one, step, hoursAgo: step.hoursAgo ?? 0 })))
      const ordered = past.filter(({ hoursAgo }) => hoursAgo > 0).toSorted((a, b) => b.hoursAgo - a.hoursAgo)
      const requests = ordered.map(({ one, step, hoursAgo }) => tell(one, step, Math.round(now - hoursAgo * hourMs)))
      return [...requests, ...statuses.splice(0).map((status) => status(now - hourMs))]
    },
    next: (now) => {
      const status = random.chance(0.4) ? statuses.shift() : undefined
      if (status) return status(now)
      const one = chooseStory(told, random)
      return tell(one, one.live.shift() ?? chooseSmallTalk(one.story.customer, random), now)
    },
  }
}

function isLive(step: Step): boolean {
  return step.hoursAgo === undefined
}

/** A few people talk at the same time: the first four with something left to say. */
function chooseStory(told: readonly Told[], random: Random): Told {
  const [first, ...others] = told.filter((one) => one.live.length > 0).slice(0, 4)
  if (first) return random.pick([first, ...others])
  const anybody = told[random.between(0, told.length - 1)]
  if (!anybody) throw new RangeError('a demo needs at least one story')
  return anybody
}

function chooseSmallTalk(customer: Customer, random: Random): Step {
  return { kind: 'text', text: random.pick(smallTalk[customer.language]) }
}

function statusesOf(context: StepContext): ((now: number) => DemoRequest)[] {
  return (['delivered', 'read'] as const).map((status) => (now: number) => ({
    platform: 'whatsapp',
    label: `${context.customer.name}: ${status}`,
    body: statusDelivery(status, { ...context, at: now }),
  }))
}

function requestFor(step: Step, context: StepContext): DemoRequest {
  const label = labelFor(step, context.customer.name)
  if (context.customer.platform === 'telegram') {
    return { platform: 'telegram', label, item: telegramItem({ ...step, text: textOf(step) }, context) }
  }
  const body = step.kind === 'answer' ? phoneDelivery(step.text, context) : customerDelivery(step, context)
  return { platform: 'whatsapp', label, body }
}

function textOf(step: Step): string {
  return 'text' in step ? step.text : ''
}

function labelFor(step: Step, name: string): string {
  switch (step.kind) {
    case 'text':
      return `${name}: «${step.text}»`
    case 'answer':
      return `to ${name}, from the phone: «${step.text}»`
    case 'photo':
      return `${name}: [photo] «${step.text}»`
    case 'document':
      return `${name}: [${step.filename}] «${step.text}»`
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
  }
}

/** How long to wait before the next request: lively for the first minutes, then calm. */
export function pauseMs(elapsedMs: number, random: Random): number {
  return elapsedMs < 180_000 ? random.between(2000, 6000) : random.between(8000, 25_000)
}
