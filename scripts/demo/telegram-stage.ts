import { Long, type tl } from '@mtcute/node'
import { FakeDataCenter } from '../../test/companion/fake-dc/fake-data-center.ts'
import type { Said } from '../../test/companion/fake-dc/timeline.ts'
import type { SentMessage } from '../../test/companion/fake-dc/world.ts'
import { accountIds } from './accounts.ts'
import { pictureFile } from './files.ts'
import { stories } from './stories.ts'
import type { Customer, Step } from './story.ts'
import type { TelegramAct } from './telegram-act.ts'
import { mediaOf, pollOf, votesOf } from './telegram-media.ts'

/** A Telegram of the demo's own, in which its customers write to the bureau's account. */
export type TelegramStage = {
  dc: FakeDataCenter
  /** Lets something happen. Throws when it is about a message that is not there. */
  perform: (act: TelegramAct) => void
  /** What the account has sent through a client of its own, in the order it was taken. */
  sent: () => readonly SentMessage[]
  close: () => Promise<void>
}

const account = Number(accountIds.telegram)
/** What signs the account in, with nobody who would have to type it. */
export const demoLogin = { phone: '380440000007', code: '24680' } as const

const countsFrom = Date.parse('2026-11-01T00:00:00Z')
const idsPerSecond = 16
const maxId = 2_000_000_000

/** Where a run begins to number messages: above all that earlier runs over the same inbox have used, and within 31 bits. */
export function firstMessageId(startedAt: number): number {
  return (Math.floor((startedAt - countsFrom) / 1000) * idsPerSecond) % maxId
}

/** Starts it on a port of this machine, with everybody in it who has a part in the stories. */
export async function startTelegramStage(startedAt: number): Promise<TelegramStage> {
  const dc = await new FakeDataCenter().listen()
  const own = dc.addAccount({ id: account, name: 'Бюро «Слово»', ...demoLogin })
  own.box.lastId = firstMessageId(startedAt)
  for (const { customer } of stories) if (customer.platform === 'telegram') introduce(dc, customer)
  return {
    dc,
    perform: createPerformer(dc),
    sent: () => dc.sent(account),
    close: () => dc.close(),
  }
}

function introduce(dc: FakeDataCenter, { name, address, people, username }: Customer): void {
  if (people === undefined) {
    dc.addUser({ id: Number(address), firstName: name, ...(username !== undefined && { username }) })
    return
  }
  for (const person of people) dc.addUser({ id: person.id, firstName: person.name })
  const members = [account, ...people.map(({ id }) => id)]
  dc.addGroup({ id: -Number(address), title: name, members })
}

type Scene = { dc: FakeDataCenter; ids: Map<string, number>; polls: Map<string, Long> }

function createPerformer(dc: FakeDataCenter): (act: TelegramAct) => void {
  const scene: Scene = { dc, ids: new Map(), polls: new Map() }
  return (act) => {
    const { step } = act
    const said = step.kind === 'read' ? null : say(step, act, scene)
    if (said === null) change(act, scene)
    else scene.ids.set(act.id, said)
  }
}

const targetOf = ({ target }: TelegramAct, { ids }: Scene) => ids.get(target ?? '') ?? Number(target)

/** Who does it. In a group, whoever is named, or the first of them. */
function actorOf(step: Step, { people, address }: Customer): number {
  if (step.kind === 'answer') return account
  if (people === undefined) return Number(address)
  const person = people.find(({ name }) => name === step.by) ?? people[0]
  return person?.id ?? Number(address)
}

/** A new message and its number; null for what changes another one. */
function say(step: Step, act: TelegramAct, scene: Scene): number | null {
  const { customer, at, target } = act
  const { dc } = scene
  const from = actorOf(step, customer)
  // In a private chat, whoever is not writing is written to.
  const isPrivate = customer.people === undefined
  const to = isPrivate && from !== account ? account : Number(customer.address)
  const text = 'text' in step ? step.text : ''
  const said: Said = { from, to, at: Math.floor(at / 1000), text }
  const numbered = (more: Partial<Said> = {}) => dc.say({ ...said, ...more }).get(account) ?? 0
  switch (step.kind) {
    case 'text':
      return numbered(target === null ? {} : { replyTo: targetOf(act, scene) })
    case 'answer':
      return numbered()
    case 'photo':
    case 'document':
    case 'voice':
    case 'location':
      return numbered({ media: mediaOf(step, customer, dc) })
    case 'album': {
      const photos = step.pictures.map((name) => dc.photo(pictureFile(name, customer).make()))
      const parts = photos.map((media, part) => ({ media, text: part === 0 ? step.text : '' }))
      return dc.album(said, parts)[0]?.get(account) ?? 0
    }
    case 'poll': {
      const id = Long.fromNumber(at).mul(1000).add(scene.polls.size)
      scene.polls.set(act.id, id)
      return numbered({ text: '', media: pollOf(step, id) })
    }
    case 'group_created':
    case 'added':
    case 'missed_call':
      return numbered({ action: actionOf(step, customer) })
    default:
      return null
  }
}

type Event = Extract<Step, { kind: 'group_created' | 'added' | 'missed_call' }>

function actionOf(step: Event, { name, people = [] }: Customer): tl.TypeMessageAction {
  switch (step.kind) {
    case 'group_created':
      return { _: 'messageActionChatCreate', title: name, users: [account] }
    case 'added':
      return {
        _: 'messageActionChatAddUser',
        users: people.filter((one) => one.name === step.person).map(({ id }) => id),
      }
    case 'missed_call':
      return {
        _: 'messageActionPhoneCall',
        callId: Long.ONE,
        reason: { _: 'phoneCallDiscardReasonMissed' },
      }
  }
}

/** What becomes of a message that was said before. */
function change(act: TelegramAct, scene: Scene): void {
  const { step, customer, target } = act
  const { dc, polls } = scene
  const peer = Number(customer.address)
  const id = targetOf(act, scene)
  switch (step.kind) {
    case 'edit':
      return dc.edit(account, peer, id, step.text)
    case 'unsend':
      return dc.delete(account, peer, [id])
    case 'reaction':
      return dc.react(account, peer, { id, by: actorOf(step, customer), emoji: step.emoji })
    case 'vote': {
      const pollId = polls.get(target ?? '')
      if (pollId === undefined) throw new RangeError('a vote without a poll')
      return dc.tell(account, { _: 'updateMessagePoll', pollId, results: votesOf(step) })
    }
    case 'read':
      return dc.read(account, peer, id)
    default:
      throw new RangeError(`nobody does a ${step.kind} on Telegram`)
  }
}
