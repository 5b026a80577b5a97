import { z } from 'zod'
import type { AccountSpool, SpoolWriter } from '../account.ts'
import type { ImapFailure } from './imap-failure.ts'

/**
 * Mails whose fetching failed, by uid. One mail that breaks its connection every time must not hold up those behind it,
 * and must not be dropped for a bad line or a bad hour of the server either: what is given up stays so for good.
 */
export type Troubles = {
  /** Those that came in one lot are next fetched one by one, to see which of them it was. */
  failed(uids: readonly number[], kind: ImapFailure['kind']): void
  isSuspect(uid: number): boolean
  /** It has failed often enough to be given up, but may not have for long enough: it is asked for after all others. */
  isPutOff(uid: number): boolean
  /** `head`: the mail itself is given up. `nothing`: its header as well. */
  verdict(uid: number): 'whole' | 'head' | 'nothing'
  /** Forgets all up to `uid`, in the transaction in which the cursor passes it. */
  passed(write: SpoolWriter, uid: number): void
}

/** `since`: when that which is asked for now, the mail or its header, failed first; epoch ms. */
const Failures = z.object({ score: z.number(), since: z.number() })
type Failures = z.infer<typeof Failures>
/** Once there was a score alone. */
const Kept = z.record(z.string(), z.union([Failures, z.number().transform((score) => ({ score, since: 0 }))]))
/** An answer that cannot be read is the mail's fault, a lost connection seldom. */
const weights: Readonly<Record<ImapFailure['kind'], number>> = { mail: 4, lost: 1, login: 0, folder: 0 }
const enoughForHead = 12
const enoughForNothing = 24

type Where = { what: 'trouble' | 'left-out'; path: string; uidValidity: string }
/** `patienceMs`: so long the mail is asked for, and so long its header. */
type TroubleDeps = { spool: AccountSpool; now: () => number; patienceMs: number }

export function createTroubles({ spool, now, patienceMs }: TroubleDeps, { what, path, uidValidity }: Where): Troubles {
  const name = `${what}:${path}:${uidValidity}`
  const stored = spool.read(name)
  let failures: Record<string, Failures> = stored === null ? {} : Kept.parse(JSON.parse(stored))
  const text = () => (Object.keys(failures).length === 0 ? null : JSON.stringify(failures))
  const scoreOf = (uid: number) => failures[uid]?.score ?? 0

  function worse({ score, since }: Failures, points: number): Failures {
    const enough = score < enoughForHead ? enoughForHead : enoughForNothing
    if (score + points < enough) return { score: score + points, since: score === 0 ? now() : since }
    if (now() - since < patienceMs) return { score: enough - 1, since }
    return { score: score + points, since: now() }
  }

  return {
    failed(uids, kind) {
      const points = uids.length === 1 ? weights[kind] : 0
      const next = uids.map((uid) => [uid, worse(failures[uid] ?? { score: 0, since: now() }, points)] as const)
      failures = { ...failures, ...Object.fromEntries(next) }
      spool.transaction((write) => write.set(name, text()))
    },
    isSuspect: (uid) => failures[uid] !== undefined,
    isPutOff: (uid) => scoreOf(uid) >= enoughForHead - 1,
    verdict(uid) {
      if (scoreOf(uid) >= enoughForNothing) return 'nothing'
      return scoreOf(uid) >= enoughForHead ? 'head' : 'whole'
    },
    passed(write, uid) {
      const kept = Object.entries(failures).filter(([one]) => Number(one) > uid)
      if (kept.length === Object.keys(failures).length) return
      failures = Object.fromEntries(kept)
      write.set(name, text())
    },
  }
}
