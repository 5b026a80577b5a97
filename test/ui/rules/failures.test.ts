import { describe, expect, it } from 'vitest'
import { actionFailure, detailOf, fileFailure, troubleOf } from '../../../src/ui/rules/failures.ts'
import type { LocalSend, ThreadMessage } from '../../../src/ui/types.ts'
import { message } from '../build.ts'

const outbound = (given: Partial<ThreadMessage>) =>
  troubleOf({ ...message({ direction: 'outbound', client_message_id: 'c1' }), ...given })
const local = (state: LocalSend['state'], code: string, status: number): LocalSend => ({
  ...{ state, retryAt: null, uploads: [] },
  error: { code, status, message: 'Words' },
})

describe('troubleOf', () => {
  it('is none while all is well, and never with what a customer sent', () => {
    for (const status of ['queued', 'sent', 'delivered', 'read', 'played'] as const) {
      expect(outbound({ status })).toBeNull()
    }
    expect(outbound({ status: 'queued', local: { ...local('sending', '', 0), error: null } })).toBeNull()
    expect(troubleOf(message({ status: 'failed' }))).toBeNull()
    expect(outbound({ status: 'failed', deleted_at: '2026-11-23T09:00:00Z' })).toBeNull()
  })
  it('says why a message waits that is sent by itself, and until when', () => {
    const error = { code: 'FLOOD_WAIT', title: 'Slowly', details: null, kind: 'rate_limit' as const }
    const until = '2026-11-23T09:05:00Z'
    const quiet = { tone: 'quiet', retry: null, canDiscard: false }
    expect(outbound({ status: 'queued', error })).toMatchObject({ text: 'failure.waiting', ...quiet })
    expect(outbound({ status: 'queued', error: { ...error, until } })).toMatchObject({
      ...{ text: 'failure.waiting_until', detail: 'Slowly · FLOOD_WAIT', until },
      ...quiet,
    })
    const companion = { code: 'companion.waiting', title: 'x', details: null }
    expect(outbound({ status: 'queued', error: companion })).toMatchObject({ text: 'failure.companion', detail: '' })
  })
  it('asks before it sends again what may have arrived', () => {
    expect(outbound({ status: 'unknown' })).toMatchObject({ retry: 'again', mustConfirm: true, tone: 'quiet' })
    expect(outbound({ status: 'failed' })).toMatchObject({ retry: 'again', mustConfirm: false, tone: 'bad' })
  })
  it('lets only what this page alone has be deleted', () => {
    expect(outbound({ status: 'failed' })?.canDiscard).toBe(false)
    expect(outbound({ local: local('failed', 'message.too_long', 422) })?.canDiscard).toBe(true)
  })
  it('says of what waits for a connection that it goes by itself', () => {
    const waiting = outbound({ local: local('waiting', 'network', 0) })
    expect(waiting).toMatchObject({ text: 'failure.offline', retry: 'now', tone: 'quiet' })
    expect(outbound({ local: local('waiting', 'unavailable', 503) })?.text).toBe('failure.server')
  })
})

describe('words', () => {
  it('tell apart what can be done about a refusal', () => {
    const text = (status: number, code = 'x') => actionFailure({ code, status, message: 'Words' }).text
    expect([0, 401, 403, 413, 422, 429, 500].map((status) => text(status, status === 0 ? 'network' : 'x'))).toEqual([
      ...['failure.no_answer', 'failure.session', 'failure.forbidden', 'failure.too_large', 'failure.refused'],
      ...['failure.rate_limit', 'failure.server'],
    ])
    expect(text(409, 'window.closed')).toBe('failure.window')
    expect(text(502, 'platform.token')).toBe('failure.token')
    expect(text(502, 'platform.nonsense')).toBe('failure.server')
  })
  it('keep those of the other side, with its code', () => {
    expect(detailOf({ code: '131047', title: 'Re-engagement', details: 'Too late' })).toBe(
      'Re-engagement: Too late · 131047',
    )
    expect(detailOf({ code: 'x', title: '', details: null })).toBe('x')
    expect(detailOf(null)).toBe('')
  })
  it('say of a file only what concerns it', () => {
    const error = { code: '1', title: 'Words', details: null }
    expect(fileFailure({ ...error, kind: 'token' })).toEqual({ text: 'failure.token', detail: 'Words · 1' })
    expect(fileFailure({ ...error, kind: 'content' }).text).toBeNull()
    expect(fileFailure(null)).toEqual({ text: null, detail: '' })
  })
})
