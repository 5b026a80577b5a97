/** A command that is not answered yet, as far as its order is concerned. */
export type OpenCommand = { id: string; seq: number; conversation: string; waitUntil: number }

/** All times by a clock that nobody sets. */
export type ChoiceContext = {
  now: number
  /** The platform wants the whole account to be still until then. */
  heldUntil: number
  /** When each conversation was last written to. */
  lastSentAt: ReadonlyMap<string, number>
  /** Least time between two messages to one conversation, in ms. */
  paceMs: number
}
/** What to do now, or when to look again; null: only a new command changes anything. */
export type Choice = { kind: 'run'; command: OpenCommand } | { kind: 'wait'; until: number } | null

/**
 * The next command of an account. `open` is in the order of `seq`; within a conversation the first one goes first, and
 * as long as it waits the others do. Conversations do not wait for each other.
 */
export function chooseCommand(open: readonly OpenCommand[], context: ChoiceContext): Choice {
  const { now, heldUntil, lastSentAt, paceMs } = context
  if (open.length === 0) return null
  if (heldUntil > now) return { kind: 'wait', until: heldUntil }
  const seen = new Set<string>()
  let until = Number.POSITIVE_INFINITY
  for (const command of open) {
    if (seen.has(command.conversation)) continue
    seen.add(command.conversation)
    const paced = (lastSentAt.get(command.conversation) ?? Number.NEGATIVE_INFINITY) + paceMs
    const readyAt = Math.max(command.waitUntil, paced)
    if (readyAt <= now) return { kind: 'run', command }
    until = Math.min(until, readyAt)
  }
  return { kind: 'wait', until }
}
