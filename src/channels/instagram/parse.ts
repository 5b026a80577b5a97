import type { ParsedUpdate } from '../channel.ts'
import { parseMessagingDelivery } from '../meta/messaging/delivery.ts'
import type { MessagingRules } from '../meta/messaging/event.ts'

const rules: MessagingRules = {
  objectName: 'instagram',
  messagingFields: new Set([
    ...['messages', 'message_echoes', 'message_edit', 'message_edits', 'message_reactions', 'messaging_handover'],
    ...['messaging_handovers', 'messaging_optins', 'messaging_policy_enforcement', 'messaging_postbacks'],
    ...['messaging_referral', 'messaging_referrals', 'messaging_seen', 'response_feedback', 'standby'],
  ]),
  // What happens to the account's posts and stories.
  ignoredFields: new Set([
    ...['comments', 'creator_marketplace_invited_creator_onboarding', 'creator_marketplace_projects', 'live_comments'],
    ...['mentions', 'share_to_feed', 'story_insights'],
  ]),
  // Instagram takes nothing along with a message that it would hand back.
  referenceOf: () => undefined,
}

/**
 * Turns one verified delivery of an Instagram account into updates. Never throws. The account is the one the entry
 * names: under the two ways to sign in this may be either of its ids, and the directory knows both.
 *
 * | key of an event | becomes |
 * | --- | --- |
 * | `message` | a message; outbound with `is_echo`; `is_deleted`: a deletion; `is_self`: ignored |
 * | `postback` | a message of the type `button` |
 * | `referral` | alone: a `system` message, so that a conversation begins; else a detail of the message it came with |
 * | `reaction` | a reaction |
 * | `message_edit` | an edit; number 0: a placeholder for a message that is yet to come |
 * | `read` | a status of the message it names |
 *
 * The same events are understood as values of `changes`, where ids may be numbers. Words of refusal and all else are
 * those of Messenger (`facebook/parse.ts`).
 */
export function parse(delivery: unknown): ParsedUpdate[] {
  return parseMessagingDelivery(rules, delivery)
}
