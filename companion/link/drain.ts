import type { Logger } from 'pino'
import type { Outgoing } from '../spool/outgoing.ts'
import { pause } from './backoff.ts'
import { type Batch, type DeliveryStatus, deliver } from './deliver.ts'
import type { PostDeps } from './post-units.ts'

export type DrainDeps = PostDeps & {
  outgoing: Outgoing
  log: Logger
  now: () => number
  random: () => number
  signal: AbortSignal
  crash: (error: unknown) => never
}
export type Drain = {
  /** There may be something to send. */
  pump(): void
  /** Resolves when nothing is under way any more; nothing new is begun once the signal was given. */
  idle(): Promise<void>
  status(): DeliveryStatus
}

/** Brings what waits in the spool to the Worker, each lane in its order, again and again until the Worker has it. */
export function createDrain(deps: DrainDeps): Drain {
  const { outgoing, now, signal } = deps
  const underWay = new Set<Promise<void>>()
  const status: DeliveryStatus = { lastSuccessAt: null, failures: 0, lastFailure: null }
  const load = createLoad(now)
  let timer: NodeJS.Timeout | undefined

  function pump(): void {
    clearTimeout(timer)
    while (!signal.aborted && load.mayTake()) {
      const units = outgoing.take()
      if (units.length === 0) break
      load.taken()
      begin({ units, failures: 0, isOneByOne: false })
    }
    const at = signal.aborted || load.isFull() ? null : outgoing.nextAt()
    if (at !== null) timer = setTimeout(pump, Math.max(at - now(), 20))
  }

  function begin(batch: Batch): void {
    const { discount, leave } = load.enter()
    const { maySplit } = load
    const work = deliver(batch, { ...deps, status, settle, rest, discount, begin, maySplit })
      .catch(deps.crash)
      .finally(() => {
        underWay.delete(work)
        leave()
        pump()
      })
    underWay.add(work)
  }

  function settle(settlements: Parameters<Outgoing['settle']>[0]): void {
    outgoing.settle(settlements)
    pump()
  }

  /** Lets others go while it waits. */
  async function rest(ms: number): Promise<void> {
    const resume = load.rest()
    pump()
    await pause(ms, signal)
    resume()
  }

  return {
    pump,
    async idle() {
      clearTimeout(timer)
      while (underWay.size > 0) await Promise.allSettled(underWay)
    },
    status: () => ({ ...status }),
  }
}

/** Posts at a time. */
const maxActive = 4
/** So many batches may be open, between their attempts too; those that only fail by themselves do not count. */
const maxOpen = 16
/** When all of them are stuck, one more may be begun after so long: they may be stuck by themselves. */
const stuck = { afterMs: 15_000, maxOpen: 64 }

/** How much is under way, and whether it may be more. */
function createLoad(now: () => number) {
  let open = 0
  let active = 0
  let takenAt = 0
  return {
    isFull: () => open >= maxOpen,
    maySplit: () => open < stuck.maxOpen,
    /** Not before it can be sent: until then more rows may come that go with it. */
    mayTake: () => active < maxActive && (open < maxOpen || (open < stuck.maxOpen && now() - takenAt > stuck.afterMs)),
    taken() {
      takenAt = now()
    },
    enter() {
      open += 1
      active += 1
      let isCounted = true
      const discount = () => {
        if (isCounted) open -= 1
        isCounted = false
      }
      const leave = () => {
        active -= 1
        discount()
      }
      return { discount, leave }
    },
    rest() {
      active -= 1
      return () => {
        active += 1
      }
    },
  }
}
