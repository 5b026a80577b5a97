/** When a reply may go to its customer. Times and durations in ms. */
export type ReplyWindowRule = {
  /** The customer's newest message; null where none is known. */
  lastInboundAt: number | null
  /** How long after it the business may write freely; null where there is no such rule. */
  windowMs: number | null
  /** How long after it a person may still answer under the human-agent tag. */
  humanAgentMs?: number | undefined
}

/** What of a reply changes when it may go. */
export type ReplyKind = { isTemplate: boolean; isHumanAgent: boolean }

/**
 * Until when a reply may be sent; null: for ever. Where no message of the customer is known, the platform decides: it may
 * know of one from before the account was connected here.
 */
export function closingTime(rule: ReplyWindowRule, { isTemplate, isHumanAgent }: ReplyKind): number | null {
  if (isTemplate || rule.windowMs === null || rule.lastInboundAt === null) return null
  const longerMs = isHumanAgent ? (rule.humanAgentMs ?? 0) : 0
  return rule.lastInboundAt + Math.max(rule.windowMs, longerMs)
}
