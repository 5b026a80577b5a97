import { describe, expect, it } from 'vitest'
import { replyWindowOf } from '../../../src/ui/rules/reply-window.ts'
import { replyRules } from '../build.ts'

const hour = 3_600_000
const until = Date.parse('2026-11-23T12:00:00Z')
const conversation = { can_reply_until: '2026-11-23T12:00:00Z' }
const whatsapp = replyRules()
const instagram = replyRules({ has_templates: false, human_agent_ms: 7 * 24 * hour })

describe('replyWindowOf', () => {
  it('is open for ever where nothing ends it', () => {
    const window = replyWindowOf({ can_reply_until: null }, whatsapp, until + hour)
    expect(window).toEqual({ kind: 'open', until: null, isSoon: false })
  })
  it('counts down in its last two hours, to the very moment', () => {
    expect(replyWindowOf(conversation, whatsapp, until - 2 * hour)).toMatchObject({ kind: 'open', isSoon: false })
    expect(replyWindowOf(conversation, whatsapp, until - 2 * hour + 1)).toEqual({ kind: 'open', until, isSoon: true })
    expect(replyWindowOf(conversation, whatsapp, until - 1).kind).toBe('open')
    expect(replyWindowOf(conversation, whatsapp, until).kind).toBe('closed')
  })
  it('leaves templates where the channel has some', () => {
    expect(replyWindowOf(conversation, whatsapp, until)).toMatchObject({ hasTemplates: true })
    const none = replyRules({ has_templates: false })
    expect(replyWindowOf(conversation, none, until)).toMatchObject({ kind: 'closed', hasTemplates: false })
  })
  it('lets a person answer until seven days after the customer’s message', () => {
    const end = until + 6 * 24 * hour
    expect(replyWindowOf(conversation, instagram, until)).toEqual({ kind: 'human_agent', since: until, until: end })
    expect(replyWindowOf(conversation, instagram, end - 1).kind).toBe('human_agent')
    expect(replyWindowOf(conversation, instagram, end).kind).toBe('closed')
  })
})
