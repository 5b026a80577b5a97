import { calm, type Weather } from './plan.ts'
import { createRandom, type Random } from './random.ts'

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
type Randoms = Readonly<Record<Side | 'r2' | 'call' | 'answer' | 'page', Random>>

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
  /** How long a page of the journal is on its way, in ms of the machine's clock. */
  pageDelayMs(): number
  count: number
}

export function createFaults(sleep: (ms: number) => Promise<void>): Faults {
  let randoms: Randoms = seeded('none')
  const count = (): void => void (faults.count += 1)

  async function failAround<Result>(moment: Moment, work: () => Promise<Result>, error: Error): Promise<Result> {
    count()
    if (moment === 'after') await work()
    throw error
  }

  const faults: Faults = {
    weather: calm,
    count: 0,
    restart(seed) {
      randoms = seeded(seed)
      faults.weather = calm
      faults.count = 0
    },
    async aroundD1(side, work, crash) {
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
      const error = new Error(random.pick(d1Errors))
      if (random.chance(d1Before)) return failAround('before', work, error)
      if (random.chance(d1After)) return failAround('after', work, error)
      return work()
    },
    async aroundR2(work) {
      if (!randoms.r2.chance(faults.weather.r2)) return work()
      return failAround(randoms.r2.pick(['before', 'after']), work, new Error('put: Unspecified error (0)'))
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
    pageDelayMs: () => (randoms.page.chance(faults.weather.pageLate) ? randoms.page.int(5, 40) : 0),
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
  }
}
