import { Uuid } from '../../protocol/words.ts'
import type { ParsedUpdate } from '../channel.ts'
import { parseMessagingDelivery } from '../meta/messaging/delivery.ts'
import type { MessagingRules } from '../meta/messaging/event.ts'

const rules: MessagingRules = {
  objectName: 'page',
  messagingFields: new Set([
    ...['messages', 'message_deliveries', 'message_echoes', 'message_edits', 'message_reactions', 'message_reads'],
    ...['messaging_account_linking', 'messaging_customer_information', 'messaging_feedback', 'messaging_game_plays'],
    ...['messaging_handovers', 'messaging_optins', 'messaging_payments', 'messaging_policy_enforcement'],
    ...['messaging_postbacks', 'messaging_referrals', 'response_feedback', 'standby'],
  ]),
  // What happens to the page apart from its conversations.
  ignoredFields: new Set([
    ...['affiliation', 'attire', 'awards', 'bio', 'birthday', 'category', 'checkins', 'company_overview'],
    ...['conversations', 'culinary_team', 'current_location', 'description', 'email', 'feature_access_list', 'feed'],
    ...['founded', 'general_info', 'general_manager', 'group_feed', 'hometown', 'hours', 'inbox_labels'],
    ...['invoice_access_invoice_change', 'leadgen', 'leadgen_fat', 'live_videos'],
    ...[
      'local_delivery',
      'location',
      'mcom_invoice_change',
      'members',
      'mention',
      'merchant_review',
      'mission',
      'name',
    ],
    ...['page_about_story', 'page_change_proposal', 'page_upcoming_change', 'parking', 'payment_options'],
    ...['personal_info', 'personal_interests', 'phone', 'picture', 'price_range', 'product_review', 'products'],
    ...[
      'public_transit',
      'publisher_subscriptions',
      'ratings',
      'registration',
      'user_action',
      'video_text_question_responses',
    ],
    ...['videos', 'website'],
  ]),
  // Whatever was sent along: an id of ours, or anything at all from another app of the page.
  referenceOf: ({ metadata }) => Uuid.safeParse(metadata).data,
}

/**
 * Turns one verified delivery of a Facebook page into updates. Never throws.
 *
 * | key of an event | becomes |
 * | --- | --- |
 * | `message` | a message; outbound with `is_echo`, with our id as its reference when it is one of ours; `is_deleted`: a deletion |
 * | `postback` | a message of the type `button` |
 * | `referral` | alone: a `system` message, so that a conversation begins; else a detail of the message it came with |
 * | `reaction`, `message_edit` | reactions, edits |
 * | `delivery`, `read` | watermarks; the messages that `delivery` names also statuses |
 * | `policy_enforcement` | health |
 * | plugins, payments, games, handovers | ignored: nothing in them is for an inbox |
 * | any other | refused (`event.unknown`) |
 *
 * Fields of `changes` that tell of the page itself are ignored under their names, unknown ones refused
 * (`field.unknown`). Refused for their form: `delivery.malformed`, `object.unknown`, `entry.malformed`, `entry.unknown`,
 * `change.malformed`, `event.malformed`, `channel.missing`, `contact.missing`, `id_type` (an id that came as a number),
 * and `message.` / `postback.` / `referral.` / `reaction.` / `edit.` / `read.` / `delivery.` / `policy.invalid`,
 * `parser.fault`. Ignored besides: `delivery.empty`, `entry.empty`, `delivery.test` (a sample for no account),
 * `changed_fields`, `message.self`, `read.own`.
 */
export function parse(delivery: unknown): ParsedUpdate[] {
  return parseMessagingDelivery(rules, delivery)
}
