import { type JobRow, markSending } from '../store/jobs.ts'
import type { SendDeps } from './send-deps.ts'

/** How long the one visible request may take, in ms; longer than any call waits for its answer. */
const sendingLeaseMs = 3 * 60_000

/**
 * The point of no return of one attempt. `pass` throws unless the request may go out now.
 * - `closed`: nobody asked yet. `open`: the request may be on its way.
 * - `lost`: the job is somebody else's. `broken`: it could not be found out; nothing was let through.
 */
export type SendGate = { state: 'closed' | 'open' | 'lost' | 'broken'; pass: () => Promise<void> }

export function createSendGate(job: JobRow, { db, now }: Pick<SendDeps, 'db' | 'now'>): SendGate {
  const gate: SendGate = {
    state: 'closed',
    pass: async () => {
      // One claim lets one request through.
      if (gate.state !== 'closed') throw new Error('a reply was about to be sent twice')
      gate.state = 'broken'
      gate.state = (await markSending(db, job, { now: now(), leaseMs: sendingLeaseMs })) ? 'open' : 'lost'
      if (gate.state === 'lost') throw new Error('this job has another owner now')
    },
  }
  return gate
}
