import type { InboundHealth } from '../channel.ts'
import { isObject, type Json, listOf } from '../meta/wire.ts'

// What the events of an account say of the channels in it. `ok` only undoes a trouble reported before: news that is
// neither trouble nor its end is ignored, as it must not hide what is wrong.

type State = InboundHealth['state']
/** Undefined: a word we do not know. */
type Verdict = State | 'ignored' | undefined

export type AccountRule = {
  /** What the codes of its health items start with. */
  code: string
  /** The field that names the event. */
  word: string
  judge(value: Json): Verdict
  /** Fields worth showing beside the event's name. */
  shows?: readonly string[]
}

function judgeBy(field: string, verdicts: Record<string, Verdict>): (value: Json) => Verdict {
  const table = new Map<unknown, Verdict>(Object.entries(verdicts))
  return (value) => table.get(value[field])
}

const judgeAccountEvent = judgeBy('event', {
  PARTNER_REMOVED: 'down',
  PARTNER_APP_UNINSTALLED: 'down',
  ACCOUNT_OFFBOARDED: 'down',
  ACCOUNT_DELETED: 'down',
  ACCOUNT_VIOLATION: 'warning',
  ACCOUNT_RECONNECTED: 'ok',
  PARTNER_ADDED: 'ok',
  PARTNER_APP_INSTALLED: 'ok',
  VERIFIED_ACCOUNT: 'ok',
  AD_ACCOUNT_LINKED: 'ignored',
  AUTH_INTL_PRICE_ELIGIBILITY_UPDATE: 'ignored',
  BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE: 'ignored',
  MM_LITE_TERMS_SIGNED: 'ignored',
  PARTNER_CLIENT_CERTIFICATION_STATUS_UPDATE: 'ignored',
  VOLUME_BASED_PRICING_TIER_UPDATE: 'ignored',
})

const judgeBan = judgeBy('waba_ban_state', { REINSTATE: 'ok', SCHEDULE_FOR_DISABLE: 'warning', DISABLE: 'down' })

function judgeAccount(value: Json): Verdict {
  if (value['event'] === 'DISABLED_UPDATE')
    return judgeBan(isObject(value['ban_info']) ? value['ban_info'] : {}) ?? 'down'
  if (value['event'] === 'ACCOUNT_RESTRICTION') return judgeRestrictions(listOf(value['restriction_info']))
  return judgeAccountEvent(value)
}

// A business that may not add numbers can still talk to its customers.
function judgeRestrictions(restrictions: unknown[]): State {
  const types = restrictions.map((restriction) => (isObject(restriction) ? restriction['restriction_type'] : undefined))
  return types.length > 0 && types.every((type) => type === 'RESTRICTED_ADD_PHONE_NUMBER_ACTION') ? 'warning' : 'down'
}

// Fewer conversations a day are no fault; none at all is.
function judgeCapability(value: Json): Verdict {
  const limit = value['max_daily_conversation_per_phone'] ?? value['max_daily_conversations_per_business']
  return limit === 0 || limit === 'TIER_0' ? 'down' : 'ignored'
}

const judgeSeverity = judgeBy('alert_severity', { CRITICAL: 'warning', WARNING: 'warning', INFORMATIONAL: 'ignored' })

function judgeAlert(value: Json): Verdict {
  return judgeSeverity(isObject(value['alert_info']) ? value['alert_info'] : value)
}

const accountUpdate: AccountRule = {
  code: 'account',
  word: 'event',
  judge: judgeAccount,
  shows: ['violation_info', 'disconnection_info', 'restriction_info', 'ban_info'],
}

const accountReview: AccountRule = {
  code: 'account_review',
  word: 'decision',
  judge: judgeBy('decision', { APPROVED: 'ok', REJECTED: 'down', DEFERRED: 'warning', PENDING: 'ignored' }),
}

const accountAlert: AccountRule = {
  code: 'account_alert',
  word: 'alert_type',
  judge: judgeAlert,
  shows: ['alert_info', 'alert_description'],
}

const capability: AccountRule = { code: 'capability', word: 'event', judge: judgeCapability }

const businessStatus: AccountRule = {
  code: 'business',
  word: 'event',
  judge: judgeBy('event', { COMPROMISED_NOTIFICATION: 'warning' }),
}

const quality: AccountRule = {
  code: 'quality',
  word: 'event',
  judge: judgeBy('event', {
    FLAGGED: 'warning',
    DOWNGRADE: 'warning',
    UNFLAGGED: 'ok',
    UPGRADE: 'ok',
    ONBOARDING: 'ignored',
    THROUGHPUT_UPGRADE: 'ignored',
  }),
  shows: ['display_phone_number', 'current_limit'],
}

const displayName: AccountRule = {
  code: 'name',
  word: 'decision',
  judge: judgeBy('decision', {
    APPROVED: 'ok',
    DECLINED: 'warning',
    REJECTED: 'warning',
    DEFERRED: 'ignored',
    PENDING: 'ignored',
  }),
  shows: ['display_phone_number', 'requested_verified_name', 'rejection_reason'],
}

const security: AccountRule = {
  code: 'security',
  word: 'event',
  judge: judgeBy('event', { PIN_CHANGED: 'warning', PIN_RESET_REQUEST: 'warning', PIN_RESET_SUCCESS: 'warning' }),
  shows: ['display_phone_number', 'requester'],
}

// Only what stops a template that was in use; a rejected one never was, and whoever wrote it sees that where they did.
const template: AccountRule = {
  code: 'template',
  word: 'event',
  judge: judgeBy('event', {
    DISABLED: 'warning',
    PAUSED: 'warning',
    LOCKED: 'warning',
    FLAGGED: 'warning',
    REINSTATED: 'ok',
    UNLOCKED: 'ok',
    APPROVED: 'ignored',
    ARCHIVED: 'ignored',
    DELETED: 'ignored',
    IN_APPEAL: 'ignored',
    LIMIT_EXCEEDED: 'ignored',
    PENDING: 'ignored',
    PENDING_DELETION: 'ignored',
    REJECTED: 'ignored',
    UNARCHIVED: 'ignored',
  }),
  shows: ['message_template_name', 'message_template_language', 'reason', 'other_info'],
}

/** The rules by the field of the change they belong to. */
export const accountRules: ReadonlyMap<string, AccountRule> = new Map([
  ['account_update', accountUpdate],
  ['account_review_update', accountReview],
  ['account_alerts', accountAlert],
  ['business_capability_update', capability],
  ['business_status_update', businessStatus],
  ['message_template_status_update', template],
  ['phone_number_quality_update', quality],
  ['phone_number_name_update', displayName],
  ['security', security],
])
