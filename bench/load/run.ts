import { type Ledger, countReceipt, faultsOf, openLedger } from './events.ts'
import type { RunResult, Target } from './messages.ts'
import { type Poster, openPoster } from './poster.ts'
import { requestOf } from './requests.ts'

/**
 * When the next request goes out.
 * - `receipts`: `atOnce` requests together, the next ones when every socket has everything.
 * - `answers`: each of `publishers` sends its next one when its last was answered.
 * - `paced`: one every `everyMs`, whatever is still under way.
 */
export type Pacing =
  | { kind: 'receipts'; atOnce: number }
  | { kind: 'answers'; publishers: number }
  | { kind: 'paced'; everyMs: number }

export type RunSpec = {
  target: Target
  pacing: Pacing
  requests: number
  eventsEach: number
  /** Ids of events are never used twice within one server's life. */
  firstId: number
}

/** A run in which nothing arrives for so long is over, and what is missing is counted. */
const stalledMs = 15_000

/** `answered`: every request has its answer; `finished`: and every socket has every event. */
export type Run = { onEvent: (id: number) => void; answered: Promise<void>; finished: Promise<RunOutcome> }
export type RunOutcome = Pick<
  RunResult,
  'events' | 'deliveries' | 'elapsedMs' | 'firstMs' | 'lastMs' | 'missing' | 'repeated' | 'refused'
>

type Course = {
  spec: RunSpec
  ledger: Ledger
  posters: Poster[]
  requests: Buffer[]
  refused: number
  complete: number
  /** Called at every event that all sockets have. */
  onComplete: () => void
  isStalled: boolean
}

/** Starts a run over `sockets` open sockets. The caller hands over every event that any of them receives. */
export function startRun(spec: RunSpec, sockets: number): Run {
  const ledger = openLedger(spec.firstId, spec.requests * spec.eventsEach, sockets)
  const course: Course = {
    spec,
    ledger,
    posters: [],
    requests: [],
    refused: 0,
    complete: 0,
    onComplete: () => undefined,
    isStalled: false,
  }
  const answered = Promise.withResolvers<void>()
  return {
    answered: answered.promise,
    onEvent: (id) => {
      if (!countReceipt(ledger, id, performance.now())) return
      course.complete += 1
      course.onComplete()
    },
    finished: carryOut(course, answered.resolve),
  }
}

async function carryOut(course: Course, onAnswered: () => void): Promise<RunOutcome> {
  const { spec, ledger } = course
  const at = Date.now()
  // Made and signed before the clock starts.
  course.requests = Array.from({ length: spec.requests }, (_, place) =>
    requestOf(spec.target, spec.firstId + place * spec.eventsEach, spec.eventsEach, at),
  )
  course.posters = await Promise.all(Array.from({ length: postersFor(spec) }, () => openPoster(spec.target.port)))
  const watch = watchForStall(course)
  const startedAt = performance.now()
  await paceOf(course)
  onAnswered()
  await allComplete(course)
  const elapsedMs = course.isStalled ? performance.now() - startedAt - stalledMs : performance.now() - startedAt
  clearInterval(watch)
  for (const poster of course.posters) poster.end()
  return {
    events: ledger.count,
    deliveries: ledger.deliveries,
    elapsedMs,
    firstMs: durations(ledger, ledger.firstAt),
    lastMs: durations(ledger, ledger.lastAt),
    ...faultsOf(ledger),
    refused: course.refused,
  }
}

function postersFor({ pacing }: RunSpec): number {
  if (pacing.kind === 'receipts') return pacing.atOnce
  return pacing.kind === 'answers' ? pacing.publishers : 32
}

function paceOf(course: Course): Promise<unknown> {
  const { pacing } = course.spec
  if (pacing.kind === 'receipts') return inStep(course, pacing.atOnce)
  return pacing.kind === 'answers' ? onAnswers(course) : paced(course, pacing.everyMs)
}

async function send(course: Course, poster: Poster, place: number): Promise<void> {
  const { eventsEach } = course.spec
  const request = course.requests[place]
  if (request === undefined || course.isStalled) return
  course.ledger.sentAt.fill(performance.now(), place * eventsEach, (place + 1) * eventsEach)
  const status = await poster.post(request)
  if (status < 200 || status >= 300) course.refused += 1
}

async function inStep(course: Course, atOnce: number): Promise<void> {
  for (let place = 0; place < course.requests.length && !course.isStalled; place += atOnce) {
    await Promise.all(course.posters.map((poster, of) => send(course, poster, place + of)))
    await completeUpTo(course, Math.min(place + atOnce, course.requests.length) * course.spec.eventsEach)
  }
}

async function onAnswers(course: Course): Promise<void> {
  let next = 0
  const publish = async (poster: Poster): Promise<void> => {
    while (next < course.requests.length && !course.isStalled) {
      const place = next
      next += 1
      await send(course, poster, place)
    }
  }
  await Promise.all(course.posters.map(publish))
}

async function paced(course: Course, everyMs: number): Promise<void> {
  const startedAt = performance.now()
  const free = [...course.posters]
  const underWay: Promise<void>[] = []
  for (let place = 0; place < course.requests.length && !course.isStalled; place += 1) {
    await delay(startedAt + place * everyMs - performance.now())
    const poster = free.pop()
    if (poster === undefined) throw new Error('The server is too slow even for the low rate')
    underWay.push(send(course, poster, place).then(() => void free.push(poster)))
  }
  await Promise.all(underWay)
}

const allComplete = (course: Course): Promise<void> => completeUpTo(course, course.ledger.count)

function completeUpTo(course: Course, count: number): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (course.complete >= count || course.isStalled) resolve()
    }
    course.onComplete = check
    check()
  })
}

function watchForStall(course: Course): NodeJS.Timeout {
  let seen = -1
  let since = performance.now()
  return setInterval(() => {
    if (course.ledger.deliveries !== seen) {
      seen = course.ledger.deliveries
      since = performance.now()
    } else if (performance.now() - since > stalledMs && !course.isStalled) {
      course.isStalled = true
      for (const poster of course.posters) poster.end()
      course.onComplete()
    }
  }, 500)
}

function durations({ sentAt }: Ledger, until: Float64Array): number[] {
  return [...until].flatMap((at, place) => (at === 0 ? [] : [at - (sentAt[place] ?? 0)]))
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, Math.max(0, ms))
  })
}
