import { describe, expect, test } from 'vitest'
import { parse } from '../../../src/channels/whatsapp/parse.ts'
import { itemsOfKind, wordsOf } from '../updates.ts'
import { accountId, channelId, delivery, metadata } from './deliveries.ts'

const time = { time: 1_790_000_200 }

describe('events of the account', () => {
  test.each([
    [
      'account_update',
      { event: 'PARTNER_REMOVED', disconnection_info: { reason: 'PRIMARY_INACTIVITY' } },
      'down',
      'account.partner_removed',
    ],
    ['account_update', { event: 'PARTNER_APP_UNINSTALLED' }, 'down', 'account.partner_app_uninstalled'],
    ['account_update', { event: 'ACCOUNT_OFFBOARDED' }, 'down', 'account.account_offboarded'],
    ['account_update', { event: 'ACCOUNT_DELETED' }, 'down', 'account.account_deleted'],
    [
      'account_update',
      { event: 'ACCOUNT_VIOLATION', violation_info: { violation_type: 'ADULT' } },
      'warning',
      'account.account_violation',
    ],
    ['account_update', { event: 'ACCOUNT_RECONNECTED' }, 'ok', 'account.account_reconnected'],
    [
      'account_update',
      { event: 'DISABLED_UPDATE', ban_info: { waba_ban_state: 'DISABLE' } },
      'down',
      'account.disabled_update',
    ],
    [
      'account_update',
      { event: 'DISABLED_UPDATE', ban_info: { waba_ban_state: 'REINSTATE' } },
      'ok',
      'account.disabled_update',
    ],
    [
      'account_update',
      { event: 'ACCOUNT_RESTRICTION', restriction_info: [{ restriction_type: 'RESTRICTED_BIZ_INITIATED_MESSAGING' }] },
      'down',
      'account.account_restriction',
    ],
    [
      'account_update',
      { event: 'ACCOUNT_RESTRICTION', restriction_info: [{ restriction_type: 'RESTRICTED_ADD_PHONE_NUMBER_ACTION' }] },
      'warning',
      'account.account_restriction',
    ],
    ['account_review_update', { decision: 'REJECTED' }, 'down', 'account_review.rejected'],
    ['account_review_update', { decision: 'APPROVED' }, 'ok', 'account_review.approved'],
    [
      'account_alerts',
      {
        entity_type: 'WABA',
        alert_info: { alert_severity: 'CRITICAL', alert_type: 'OBA_REVOKED', alert_description: 'badge gone' },
      },
      'warning',
      'account_alert.oba_revoked',
    ],
    ['business_capability_update', { max_daily_conversation_per_phone: 0 }, 'down', 'capability.limited'],
    ['business_status_update', { event: 'COMPROMISED_NOTIFICATION' }, 'warning', 'business.compromised_notification'],
    [
      'phone_number_quality_update',
      { event: 'FLAGGED', display_phone_number: '380441112233', current_limit: 'TIER_1K' },
      'warning',
      'quality.flagged',
    ],
    ['phone_number_quality_update', { event: 'UNFLAGGED' }, 'ok', 'quality.unflagged'],
    ['phone_number_name_update', { decision: 'DECLINED', rejection_reason: 'NAME' }, 'warning', 'name.declined'],
    ['security', { event: 'PIN_CHANGED', requester: 'someone' }, 'warning', 'security.pin_changed'],
    [
      'message_template_status_update',
      { event: 'PAUSED', message_template_name: 'offer' },
      'warning',
      'template.paused',
    ],
  ])('%s %j is %s', (field, value, state, code) => {
    const updates = parse(delivery(field, value, time))
    expect(updates).toMatchObject([{ kind: 'item', to: { accountId } }])
    expect(itemsOfKind(updates, 'health')).toMatchObject([{ at: 1_790_000_200_000, state, code }])
  })

  test.each([
    ['account_update', { event: 'AD_ACCOUNT_LINKED' }],
    ['account_review_update', { decision: 'PENDING' }],
    ['account_alerts', { alert_severity: 'INFORMATIONAL', alert_type: 'X' }],
    ['business_capability_update', { max_daily_conversation_per_phone: 1000 }],
    ['message_template_status_update', { event: 'REJECTED' }],
    ['message_template_quality_update', { new_quality_score: 'RED' }],
    ['template_category_update', { new_category: 'MARKETING' }],
    ['calls', { calls: [{ id: 'c' }] }],
    ['user_preferences', { user_preferences: [{ value: 'stop' }] }],
    ['flows', {}],
  ])('%s %j is nothing for an inbox', (field, value) => {
    expect(wordsOf(parse(delivery(field, value)))).toEqual([`ignored: ${field}`])
  })

  test('show what is behind them', () => {
    const value = {
      event: 'PARTNER_REMOVED',
      disconnection_info: { reason: 'PRIMARY_INACTIVITY', initiated_by: 'SYSTEM' },
    }
    expect(itemsOfKind(parse(delivery('account_update', value)), 'health')).toMatchObject([
      { message: 'PARTNER REMOVED, PRIMARY_INACTIVITY, SYSTEM' },
    ])
  })

  test('of an unknown word are refused', () => {
    expect(wordsOf(parse(delivery('account_update', { event: 'constructor' })))).toEqual(['refused: event.unknown'])
  })

  test('go to the account they name, when a solution partner gets them', () => {
    const value = { event: 'PARTNER_REMOVED', waba_info: { waba_id: '42' } }
    expect(parse(delivery('account_update', value))).toMatchObject([{ kind: 'item', to: { accountId: '42' } }])
  })

  test('go to the one channel they name', () => {
    expect(parse(delivery('security', { metadata, event: 'PIN_CHANGED' }))).toMatchObject([
      { to: { channelExternalId: channelId } },
    ])
  })

  test('are refused where the account is a number or missing', () => {
    expect(wordsOf(parse(delivery('security', { event: 'PIN_CHANGED' }, { id: 5 })))).toEqual(['refused: id_type'])
    expect(wordsOf(parse(delivery('security', { event: 'PIN_CHANGED' }, { id: undefined })))).toEqual([
      'refused: channel.missing',
    ])
  })
})
