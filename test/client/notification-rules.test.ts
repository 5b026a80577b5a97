import { describe, expect, test } from 'vitest'
import { ruleCell, ruleKeysOf, type RuleScope, toggledMedium, withRule } from '../../src/client/notification-rules.ts'
import { NotificationSettings } from '../../src/protocol/notification-settings.ts'
import { uuid } from './builders.ts'

const general: RuleScope = { kind: 'general' }
const platform: RuleScope = { kind: 'platform', platform: 'email' }
const channel: RuleScope = { kind: 'channel', channelId: uuid(5), platform: 'email' }
const key = 'new_message.unassigned'

describe('a cell', () => {
  test('has the default until somebody rules otherwise, the narrower before the wider', () => {
    let settings = NotificationSettings.parse({})
    expect(ruleCell(settings, channel, key)).toMatchObject({ from: 'default', isOwn: false })
    settings = withRule(settings, general, key, ['socket'])
    expect(ruleCell(settings, channel, key)).toEqual({ media: ['socket'], from: 'general', isOwn: false })
    settings = withRule(settings, platform, key, [])
    expect(ruleCell(settings, channel, key)).toEqual({ media: [], from: 'platform', isOwn: false })
    settings = withRule(settings, channel, key, ['web_push'])
    expect(ruleCell(settings, channel, key)).toEqual({ media: ['web_push'], from: 'channel', isOwn: true })
    expect(ruleCell(settings, general, key)).toEqual({ media: ['socket'], from: 'general', isOwn: true })
    expect(NotificationSettings.parse(settings)).toEqual(settings)
  })

  test('goes back to the wider rule when its own is taken away, and an empty scope leaves nothing behind', () => {
    const before = NotificationSettings.parse({ rules: { [key]: ['socket'] } })
    const ruled = withRule(withRule(before, channel, key, []), platform, key, [])
    const after = withRule(withRule(ruled, channel, key, null), platform, key, null)
    expect(after).toEqual(before)
    expect(withRule(after, general, key, null).rules).toEqual({})
  })

  test('of what belongs to no channel is not there for one', () => {
    expect(ruleKeysOf(general)).toContain('system')
    expect(ruleKeysOf(channel)).not.toContain('system')
    expect(ruleKeysOf(channel)).toContain('channel_down')
  })
})

test('sound comes with the page and goes with it', () => {
  expect(toggledMedium([], 'sound')).toEqual(['socket', 'sound'])
  expect(toggledMedium(['socket', 'sound', 'web_push'], 'socket')).toEqual(['web_push'])
  expect(toggledMedium(['socket', 'sound'], 'sound')).toEqual(['socket'])
  expect(toggledMedium(['socket'], 'email_digest')).toEqual(['socket', 'email_digest'])
})
