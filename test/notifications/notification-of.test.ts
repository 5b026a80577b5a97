import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { factsOf } from '../../src/notifications/facts-of-event.ts'
import { frameOf, notificationOf, viewOf } from '../../src/notifications/notification-of.ts'
import type { Notice } from '../../src/notifications/notice.ts'
import { defaultSettings } from '../../src/notifications/settings.ts'
import { Notification, NotificationFrame } from '../../src/protocol/notifications.ts'
import { colleague, conversation, conversationId, line, me, newMessage, noon, settings, third } from './builders.ts'

const epoch = 'k3f'
const viewer = (userId = me, own = defaultSettings) => ({ userId, settings: own })
const notice = (to: string[] | null): Notice => ({
  kind: 'system',
  title: 'A',
  text: 'B',
  link: null,
  to,
  channel_id: null,
})
const note = (mentions: string[]) => {
  const created_at = '2026-11-23T12:00:00.000Z'
  const fields = { id: conversationId, author_id: third, author_name: 'Ірина', text: 'Глянь', mentions, created_at }
  return line('new_note', { conversation_id: conversationId, note: fields, conversation: conversation() })
}

describe('the list of a user', () => {
  it('has a message as a notification of the documented form', () => {
    const found = notificationOf(newMessage({ conversation: { assignee_id: me } }), viewer(), epoch)
    expect(Notification.parse(found)).toEqual(found)
    expect(found).toMatchObject({
      id: 'k3f.7',
      seq: 7,
      kind: 'new_message',
      relation: 'assigned_to_me',
      created_at: new Date(noon).toISOString(),
      read: false,
      conversation_id: conversationId,
      platform: 'whatsapp',
      client_name: 'Олена',
    })
  })

  it('has no relation where no conversation is concerned', () => {
    expect(notificationOf(line('notification', { notification: notice(null) }), viewer(), epoch)).toMatchObject({
      kind: 'system',
      relation: null,
      conversation_id: null,
      client_name: null,
    })
  })

  it('never says to whom a notice was', () => {
    const found = notificationOf(line('notification', { notification: notice([me, colleague]) }), viewer(), epoch)
    expect(JSON.stringify(found)).not.toContain(colleague)
  })

  it('is what the rules of today select, not what was loud at the time', () => {
    const event = newMessage({ conversation: { assignee_id: me } })
    const muted = settings({ paused_until: '2027-01-01T00:00:00Z', quiet_hours: [{ from: '00:00', to: '00:00' }] })
    expect(notificationOf(event, viewer(me, muted), epoch)).not.toBeNull()
    const off = settings({ rules: { 'new_message.assigned_to_me': ['web_push'] } })
    expect(notificationOf(event, viewer(me, off), epoch)).toBeNull()
  })

  it('has nothing that is for others, whatever their settings and mine', () => {
    const lines = [note([colleague]), line('notification', { notification: notice([colleague]) })]
    const everything = settings({ rules: { 'mention.mention': ['socket'], system: ['socket'] } })
    for (const one of lines) {
      expect(notificationOf(one, viewer(me, everything), epoch)).toBeNull()
      expect(notificationOf(one, viewer(colleague), epoch)).not.toBeNull()
    }
  })

  it('shows a private event to those it is for and to nobody else, in any replay', () => {
    const users = [me, colleague, third]
    const someLines = fc.array(fc.tuple(fc.boolean(), fc.subarray(users)), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(someLines, fc.constantFrom(...users), (made, userId) => {
        for (const [isNote, to] of made) {
          const one = isNote ? note(to) : line('notification', { notification: notice(to) })
          const isMine = to.includes(userId) && !(isNote && userId === third)
          expect(notificationOf(one, viewer(userId), epoch) !== null).toBe(isMine)
        }
      }),
    )
  })
})

describe('the frame on the notifications feed', () => {
  const frame = (own = settings(), focus: string[] = [], now = noon) => {
    const found = factsOf(newMessage({ conversation: { assignee_id: me } }))
    const view = found === null ? null : viewOf(found, viewer(me, own), { now, focus: new Set(focus) })
    return view === null ? null : frameOf(view, epoch)
  }

  it('carries the number of its event, and says that it may pop up and sound', () => {
    const sent = frame()
    expect(NotificationFrame.parse(sent)).toEqual(sent)
    expect(sent).toMatchObject({ type: 'notification', seq: 7, show: true, sound: true })
  })

  it('only counts while the user looks at that conversation, has paused, or comes back later', () => {
    expect(frame(settings(), [conversationId])).toMatchObject({ show: false, sound: false })
    expect(frame(settings({ paused_until: '2027-01-01T00:00:00Z' }))).toMatchObject({ show: false, sound: false })
    expect(frame(settings(), [], noon + 3_600_000)).toMatchObject({ show: false, sound: false })
  })

  it('is not sent to whom no rule names the page', () => {
    expect(frame(settings({ rules: { 'new_message.assigned_to_me': ['web_push'] } }))).toBeNull()
  })

  it('is the same for the list, but for how it may be heard', () => {
    const listed = notificationOf(newMessage({ conversation: { assignee_id: me } }), viewer(), epoch)
    expect(frame()?.notification).toEqual(listed)
  })
})
