import type { Store } from './files.ts'
import { type ReadMail, readMailOf } from './mail.ts'
import type { PictureName } from './pictures.ts'
import { createRandom, type Random } from './random.ts'
import { type DemoRequest, marksOf, requestFor } from './request.ts'
import type { StepContext } from './step-context.ts'
import { smallTalk, stories, thanks } from './stories.ts'
import type { Customer, Step, Story } from './story.ts'
import { accountIds } from './accounts.ts'

/** A reply of ours that a customer has before them. */
export type Received = { platform: Customer['platform']; address: string; messageId: string; mail?: ReadMail }

export type DemoScript = {
  /** The last days, oldest first. */
  backlog: (now: number) => DemoRequest[]
  /** What happens next. Never ends: when the stories are told, people go on with small talk. */
  next: (now: number) => DemoRequest
  /** What the customer says to a reply of ours; null when nobody of the stories got it. */
  answerTo: (received: Received, now: number) => DemoRequest | null
}

type Told = {
  story: Story
  live: Step[]
  ids: Map<string, string>
  /** By the keys of the steps that they were sent for. */
  mails: Map<string, ReadMail>
  lastTalk: string
}
type ScriptOptions = { seed: number; runId: number; store: Store; pictureAt?: (name: PictureName) => string }

const hourMs = 3_600_000

/**
 * Tells the stories of all customers, interleaved by the seed. Pure but for its own memory: the clock is an argument,
 * files go where `store` puts them, and `runId` keeps the ids of two runs over one kept database apart.
 */
export function createScript({ seed, runId, store, pictureAt = elsewhere }: ScriptOptions): DemoScript {
  const random = createRandom(seed)
  const answers = createRandom(seed + 2)
  const newId = createIds(runId)
  const told: Told[] = stories.map((story) => ({
    story,
    live: story.steps.filter(isLive),
    ids: new Map(),
    mails: new Map(),
    lastTalk: '',
  }))
  const marks: ((now: number) => DemoRequest)[] = []

  const contextOf = ({ story: { customer }, ids }: Told, at: number): StepContext => ({
    customer,
    id: newId(customer),
    at,
    idOf: (key) => ids.get(key) ?? key,
    store: (file) => store(accountIds[customer.platform], file),
    pictureAt,
  })
  const tell = (one: Told, step: Step, at: number, mail?: ReadMail): DemoRequest => {
    const answers = 'replyTo' in step && step.replyTo !== undefined ? one.mails.get(step.replyTo) : undefined
    const context = { ...contextOf(one, at), answered: mail ?? answers }
    if (step.key) one.ids.set(step.key, context.id)
    if (step.key) one.mails.set(step.key, readMailOf(step, context))
    if (step.kind === 'answer') marks.push(...marksOf(context))
    return requestFor(step, context)
  }
  return {
    backlog: (now) => {
      const past = told.flatMap((one) => one.story.steps.map((step) => ({ one, step, hoursAgo: step.hoursAgo ?? 0 })))
      const ordered = past.filter(({ hoursAgo }) => hoursAgo > 0).toSorted((a, b) => b.hoursAgo - a.hoursAgo)
      const requests = ordered.map(({ one, step, hoursAgo }) => tell(one, step, Math.round(now - hoursAgo * hourMs)))
      return [...requests, ...marks.splice(0).map((mark) => mark(now - hourMs))]
    },
    next: (now) => {
      const mark = random.chance(0.4) ? marks.shift() : undefined
      if (mark) return mark(now)
      const one = chooseStory(told, random)
      return tell(one, one.live.shift() ?? chooseSmallTalk(one, random), now)
    },
    answerTo: ({ platform, address, messageId, mail }, now) => {
      const one = told.find(({ story: { customer } }) => customer.platform === platform && customer.address === address)
      return one === undefined ? null : tell(one, chooseAnswer(one.story.customer, messageId, answers), now, mail)
    },
  }
}

const elsewhere = (name: PictureName) => `https://pictures.example.com/${name}.png`

/** Message ids in the forms of the platforms. */
function createIds(runId: number): (customer: Customer) => string {
  let count = 0
  return ({ platform }) => {
    count += 1
    switch (platform) {
      case 'whatsapp':
        return `wamid.demo.${runId}.${count}`
      case 'facebook':
        return `m_demo.${runId}.${count}`
      case 'instagram':
        return `aWdfdemo.${runId}.${count}`
      case 'email':
        return `demo.${runId}.${count}@mail.example`
      case 'telegram':
        // Only ours: Telegram numbers messages itself.
        return `telegram.${count}`
    }
  }
}

function isLive(step: Step): boolean {
  return step.hoursAgo === undefined
}

/** A few people talk at the same time: the first six with something left to say. */
function chooseStory(told: readonly Told[], random: Random): Told {
  const [first, ...others] = told.filter((one) => one.live.length > 0).slice(0, 6)
  if (first) return random.pick([first, ...others])
  const anybody = told[random.between(0, told.length - 1)]
  if (!anybody) throw new RangeError('a demo needs at least one story')
  return anybody
}

/** Anything but what they said the last time; in a group, whoever it is. */
function chooseSmallTalk(told: Told, random: Random): Step {
  const { language, people = [] } = told.story.customer
  const all = smallTalk[language]
  const [first = all[0], ...others] = all.filter((text) => text !== told.lastTalk)
  told.lastTalk = random.pick([first, ...others])
  const said = { kind: 'text', text: told.lastTalk } as const
  const [one, ...more] = people
  return one === undefined ? said : { ...said, by: random.pick([one, ...more]).name }
}

/** Words, sometimes as an answer to just that message, or only a thumb. Mail has words alone. */
function chooseAnswer({ language, platform }: Customer, messageId: string, random: Random): Step {
  if (platform === 'email') return { kind: 'text', text: random.pick(thanks[language]) }
  if (random.chance(0.25)) return { kind: 'reaction', emoji: random.pick(['👍', '❤️', '🙏']), to: messageId }
  const text = random.pick(thanks[language])
  return random.chance(0.4) ? { kind: 'text', text, replyTo: messageId } : { kind: 'text', text }
}

/** How long to wait before the next request: lively for the first minutes, then calm. */
export function pauseMs(elapsedMs: number, random: Random): number {
  return elapsedMs < 180_000 ? random.between(2000, 6000) : random.between(8000, 25_000)
}
