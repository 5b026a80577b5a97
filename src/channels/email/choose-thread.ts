import { addressKey } from '../../lib/addr-spec.ts'
import type { Verdict } from './authentication.ts'
import type { ThreadCandidate } from './threads.ts'

/** What the database knows of a conversation that a candidate led to. */
export type KnownThread = {
  conversationId: string
  /** Addresses that may speak in it: its contact's, and the sender's where the mail that is named went to him as well. */
  participants: readonly string[]
  lastMessageAt: number
}

export type ThreadFacts = {
  /** By the candidates' keys; several where mails of several conversations have one id, as forged ones do. */
  known: Readonly<Record<string, readonly KnownThread[] | undefined>>
  /** The address in From; null where there is none. */
  sender: string | null
  dmarc: Verdict
}

/**
 * - `sender_mismatch`: the mail names a conversation of somebody else's.
 * - `not_authenticated`: it claims to come from a participant, and the claim failed its check.
 */
export type ThreadWarning = 'sender_mismatch' | 'not_authenticated'

/** `by`: what led there; `bounce`: it reports of a mail of ours. */
export type ThreadChoice =
  | { conversation: string; by: ThreadCandidate['by'] | 'bounce' }
  | { new: true; warning?: ThreadWarning }

/**
 * Decides where a mail belongs: to the first conversation it has a reason to belong to in which its sender may speak.
 * Whoever knows an id, a token or a subject could otherwise put words into a customer's mouth; his mail is shown, in a
 * conversation of its own and with a warning.
 */
export function chooseThread(candidates: readonly ThreadCandidate[], facts: ThreadFacts): ThreadChoice {
  let warning: ThreadWarning | undefined
  for (const candidate of candidates) {
    for (const thread of facts.known[candidate.key] ?? []) {
      const { conversationId: conversation, participants, lastMessageAt } = thread
      if (candidate.by === 'subject' && lastMessageAt < candidate.notBefore) continue
      if (!isSpoofSuspect(participants, facts.sender, facts.dmarc)) return { conversation, by: candidate.by }
      // A subject is too weak a reason to suspect anybody.
      if (candidate.by !== 'subject') warning ??= warningOf(thread, facts)
    }
  }
  return warning === undefined ? { new: true } : { new: true, warning }
}

/** Whether a mail may not speak for those who may: it is from somebody else, or only says that it is from them. */
export function isSpoofSuspect(participants: readonly string[], sender: string | null, dmarc: Verdict): boolean {
  return !isParticipant(participants, sender) || dmarc === 'fail'
}

function isParticipant(participants: readonly string[], sender: string | null): boolean {
  return sender !== null && participants.some((address) => addressKey(address) === addressKey(sender))
}

function warningOf({ participants }: KnownThread, { sender }: ThreadFacts): ThreadWarning {
  return isParticipant(participants, sender) ? 'not_authenticated' : 'sender_mismatch'
}
