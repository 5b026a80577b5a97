import { z } from 'zod'
import type { AccountSpool, SpoolWriter } from '../account.ts'
import type { ImapFailure } from './imap-failure.ts'

/**
 * Mails whose fetching failed, by uid. One mail that breaks its connection every time must not hold up those behind it,
 * and must not be dropped for a bad line either.
 */
export type Troubles = {
  /** Those that came in one lot are next fetched one by one, to see which of them it was. */
  failed(uids: readonly number[], kind: ImapFailure['kind']): void
  isSuspect(uid: number): boolean
  /** `head`: the mail itself is given up. `nothing`: its header as well. */
  verdict(uid: number): 'whole' | 'head' | 'nothing'
  /** Forgets all up to `uid`, in the transaction in which the cursor passes it. */
  passed(write: SpoolWriter, uid: number): void
}

const Scores = z.record(z.string(), z.number())
/** An answer that cannot be read is the mail's fault, a lost connection seldom. */
const weights: Readonly<Record<ImapFailure['kind'], number>> = { mail: 4, lost: 1, login: 0, folder: 0 }
const enoughForHead = 12
const enoughForNothing = 24

type Where = { what: 'trouble' | 'left-out'; path: string; uidValidity: string }

export function createTroubles(spool: AccountSpool, { what, path, uidValidity }: Where): Troubles {
  const name = `${what}:${path}:${uidValidity}`
  const stored = spool.read(name)
  let scores: Record<string, number> = stored === null ? {} : Scores.parse(JSON.parse(stored))
  const text = () => (Object.keys(scores).length === 0 ? null : JSON.stringify(scores))
  return {
    failed(uids, kind) {
      const points = uids.length === 1 ? weights[kind] : 0
      scores = { ...scores, ...Object.fromEntries(uids.map((uid) => [uid, (scores[uid] ?? 0) + points])) }
      spool.transaction((write) => write.set(name, text()))
    },
    isSuspect: (uid) => scores[uid] !== undefined,
    verdict(uid) {
      const score = scores[uid] ?? 0
      if (score >= enoughForNothing) return 'nothing'
      return score >= enoughForHead ? 'head' : 'whole'
    },
    passed(write, uid) {
      const kept = Object.entries(scores).filter(([one]) => Number(one) > uid)
      if (kept.length === Object.keys(scores).length) return
      scores = Object.fromEntries(kept)
      write.set(name, text())
    },
  }
}
