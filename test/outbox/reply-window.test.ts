import { describe, expect, it } from 'vitest'
import { closingTime } from '../../src/outbox/reply-window.ts'

const day = 86_400_000
const rule = { lastInboundAt: 1_000, windowMs: day, humanAgentMs: 7 * day }
const free = { isTemplate: false, isHumanAgent: false }

describe('until when a reply may be sent', () => {
  it.each([
    ['a day after the customer wrote', rule, free, 1_000 + day],
    ['seven days for a person, where the platform has that', rule, { ...free, isHumanAgent: true }, 1_000 + 7 * day],
    [
      'a day for a person elsewhere',
      { ...rule, humanAgentMs: undefined },
      { ...free, isHumanAgent: true },
      1_000 + day,
    ],
    ['for ever with a template', rule, { ...free, isTemplate: true }, null],
    ['for ever where there is no window', { ...rule, windowMs: null }, free, null],
    ['as long as the platform likes when no message is known', { ...rule, lastInboundAt: null }, free, null],
  ])('%s', (_, of, kind, expected) => {
    expect(closingTime(of, kind)).toBe(expected)
  })
})
