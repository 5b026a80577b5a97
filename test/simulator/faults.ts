import { createRandom, type Random } from './random.ts'
import { calm, type Weather } from './weather.ts'

// How D1 words its own failures. Ingest has to tell them from the fault of an item.
const d1Errors = [
  'D1_ERROR: Network connection lost.',
  'D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.',
  'D1_ERROR: Internal error in D1 DB storage caused object to be reset.',
  'D1_ERROR: D1 DB is overloaded. Requests queued for too long.',
  'D1_ERROR: Cannot resolve D1 DB due to transient issue on remote node.',
] as const

type Moment = 'before' | 'after'
type Side = 'hub' | 'edge'
type Randoms = Readonly<Record<Side | 'r2' | 'call' | 'answer' | 'page' | 'queue' | 'platform' | 'relay', Random>>

/** `lost` and `unheard`: the request or its answer goes astray. */
type Fate = 'sent' | 'refused' | 'busy' | 'lost' | 'unheard'

/** Decides what fails. One for all instances and requests of a history. */
export type Faults = {
  weather: Weather
  restart(seed: string): void
  /** Does `work`, or fails at one of the two moments that a caller cannot tell apart. `crash` stops the hub itself. */
  aroundD1<Result>(side: Side, work: () => Promise<Result>, crash?: () => void): Promise<Result>
  aroundR2<Result>(work: () => Promise<Result>): Promise<Result>
  /** Which moment of a call to the hub fails. */
  hubCall(): Moment | null
  hubError(): Error
  isAnswerLost(): boolean
  /** Keeps pages of the journal back, once they were read, until the function that it gives is called. */
  holdPages(): () => void
  /** Resolves when a page that was read may reach whoever asked: at once, or late. */
  letPageGo(): Promise<void>
  /** How many pages were ever kept back. */
  pagesHeld: number
  /** What becomes of a message that is put into the queue, and of the call that puts it there. */
  queued(): 'kept' | 'lost' | 'doubled'
  queueCall(): Moment | null
  isHandedOutAgain(): boolean
  inAnyOrder<Item>(items: readonly Item[]): Item[]
  /** What becomes of a reply at the platform, of a mail at its relay. */
  sending(): Fate
  mailing(): Fate
  afterwards(): 'delivered' | 'failed'
  /** How long an answer of the platform is on its way, in ms of the machine's clock. */
  answerDelayMs(): number
  file(): 'there' | 'away' | 'gone'
  /** How much failed, and how many calls of D1 there were. */
  count: number
  calls: number
}

export function createFaults(sleep: (ms: number) => Promise<void>): Faults {
  let randoms: Randoms = seeded('none')
  let held: Promise<void> | null = null
  const count = (): void => void (faults.count += 1)

  async function failAround<Result>(moment: Moment, work: () => Promise<Result>, error: string): Promise<Result> {
    count()
    if (moment === 'after') await work()
    throw new Error(error)
  }

  const faults: Faults = {
    weather: calm,
    count: 0,
    calls: 0,
    pagesHeld: 0,
    restart(seed) {
      randoms = seeded(seed)
      faults.weather = calm
      faults.count = 0
      held = null
    },
    async aroundD1(side, work, crash) {
      faults.calls += 1
      const random = randoms[side]
      const { d1Before, d1After, d1Slow } = faults.weather
      if (random.chance(d1Slow)) await sleep(random.int(1, 4))
      if (crash !== undefined && random.chance(faults.weather.crash)) {
        count()
        const result = random.chance(0.5) ? await work() : null
        // The weather may have changed meanwhile: a hub that is being evicted must not crash as well.
        if (faults.weather.crash === 0) return result ?? work()
        crash()
      }
      const error = random.pick(d1Errors)
      if (random.chance(d1Before)) return failAround('before', work, error)
      if (random.chance(d1After)) return failAround('after', work, error)
      return work()
    },
    async aroundR2(work) {
      if (!randoms.r2.chance(faults.weather.r2)) return work()
      return failAround(randoms.r2.pick(['before', 'after']), work, 'put: Unspecified error (0)')
    },
    hubCall() {
      const { hubBefore, hubAfter } = faults.weather
      const drawn = randoms.call.next()
      if (drawn >= hubBefore + hubAfter) return null
      count()
      return drawn < hubBefore ? 'before' : 'after'
    },
    hubError: () => Object.assign(new Error('Network connection lost.'), { retryable: randoms.call.chance(0.5) }),
    isAnswerLost: () => randoms.answer.chance(faults.weather.answerLost),
    holdPages() {
      const { promise, resolve } = Promise.withResolvers<void>()
      held = promise
      return () => {
        held = null
        resolve()
      }
    },
    async letPageGo() {
      if (held !== null) {
        faults.pagesHeld += 1
        await held
      } else if (randoms.page.chance(faults.weather.pageLate)) await sleep(randoms.page.int(5, 40))
    },
    queued() {
      if (!randoms.queue.chance(faults.weather.queue)) return 'kept'
      count()
      return randoms.queue.pick(['lost', 'doubled'])
    },
    queueCall() {
      if (!randoms.queue.chance(faults.weather.queue / 2)) return null
      count()
      return randoms.queue.pick(['before', 'after'])
    },
    isHandedOutAgain: () => randoms.queue.chance(faults.weather.queue),
    inAnyOrder: (items) => (faults.weather.queue === 0 ? [...items] : randoms.queue.shuffle(items)),
    sending() {
      // Platforms have bad days of their own.
      if (!randoms.platform.chance(Math.max(0.12, faults.weather.platform))) return 'sent'
      count()
      return randoms.platform.pick(['refused', 'busy', 'lost', 'unheard', 'unheard'])
    },
    // A history has one mail to send at most: fair weather would leave little to see.
    mailing() {
      if (!randoms.relay.chance(Math.max(0.4, faults.weather.platform))) return 'sent'
      count()
      return randoms.relay.pick(['refused', 'busy', 'lost', 'unheard', 'unheard', 'unheard'])
    },
    afterwards: () => (randoms.platform.chance(faults.weather.platform / 3) ? 'failed' : 'delivered'),
    answerDelayMs: () => (randoms.platform.chance(0.4) ? randoms.platform.int(2, 25) : 0),
    file() {
      if (!randoms.platform.chance(faults.weather.platform)) return 'there'
      count()
      return randoms.platform.pick(['away', 'away', 'gone'])
    },
  }
  return faults
}

function seeded(seed: string): Randoms {
  const random = createRandom(seed)
  return {
    hub: random.fork('hub'),
    edge: random.fork('edge'),
    r2: random.fork('r2'),
    call: random.fork('call'),
    answer: random.fork('answer'),
    page: random.fork('page'),
    queue: random.fork('queue'),
    platform: random.fork('platform'),
    relay: random.fork('relay'),
  }
}
