import type { Conversation, ReplyRules } from '../types.ts'

/** How long after the customer's newest message the platforms let a business write freely; `can_reply_until` ends it. */
const freeMs = 24 * 3_600_000
/** From here on the page counts down. */
const soonMs = 2 * 3_600_000

/**
 * Whether a conversation can be answered now. Times in epoch ms.
 * - `open`: freely; `until` null where nothing ends it, `isSoon` when little time is left.
 * - `human_agent`: only as a person, until `until`. - `closed`: not, or with a template only.
 */
export type ReplyWindow =
  | { kind: 'open'; until: number | null; isSoon: boolean }
  | { kind: 'human_agent'; since: number; until: number }
  | { kind: 'closed'; since: number; hasTemplates: boolean }

export function replyWindowOf(
  conversation: Pick<Conversation, 'can_reply_until'>,
  rules: Pick<ReplyRules, 'has_templates' | 'human_agent_ms'>,
  now: number,
): ReplyWindow {
  if (conversation.can_reply_until === null) return { kind: 'open', until: null, isSoon: false }
  const since = Date.parse(conversation.can_reply_until)
  if (now < since) return { kind: 'open', until: since, isSoon: since - now < soonMs }
  const until = since - freeMs + (rules.human_agent_ms ?? 0)
  if (now < until) return { kind: 'human_agent', since, until }
  return { kind: 'closed', since, hasTemplates: rules.has_templates }
}
