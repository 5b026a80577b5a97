import { describe, expect, it } from 'vitest'
import { sessionNote, stoppedSessions } from '../../../src/ui/rules/sessions.ts'
import type { Channel } from '../../../src/ui/types.ts'
import { channel } from '../build.ts'

const telegram = (health: Partial<Channel['health']>, given: Partial<Channel> = {}) =>
  channel({ platform: 'telegram', external_id: '700', ...given }, health)

describe('what is said of a session', () => {
  it('is nothing while it is connected, or where there is none', () => {
    expect(sessionNote(telegram({ session_state: 'connected' }))).toBeNull()
    expect(sessionNote(telegram({ session_state: null }))).toBeNull()
    expect(sessionNote(telegram({ session_state: 'something new' }))).toBeNull()
  })
  it('is how to sign in again', () => {
    const signedOut = { state: 'down', session_state: 'needs_login' } as const
    expect(sessionNote(telegram(signedOut))).toEqual({
      text: 'session.needs_login',
      command: 'npm run companion -- login --account 700',
    })
    expect(sessionNote(telegram(signedOut, { platform: 'email', external_id: 'a@b.example' }))).toEqual({
      text: 'session.needs_password',
      command: null,
    })
    expect(sessionNote(telegram(signedOut, { external_id: '1; rm -rf /' }))?.command).toMatch(/--account <id>$/)
  })
  it('is that nobody runs the account, whatever was said before', () => {
    const silent = { state: 'down', last_error_code: 'companion.silent', session_state: 'connected' } as const
    expect(sessionNote(telegram(silent))).toEqual({ text: 'session.silent', command: null })
  })
})

it('stops for a person only where one has to act', () => {
  const channels = [
    telegram({ state: 'ok', session_state: 'connected' }),
    telegram({ state: 'warning', session_state: 'flood_wait' }),
    telegram({ state: 'down', session_state: 'needs_login' }, { name: 'one' }),
    telegram({ state: 'down', last_error_code: 'companion.silent' }, { name: 'two' }),
    telegram({ state: 'down', session_state: 'banned' }, { name: 'three' }),
    telegram({ state: 'down', last_error_code: 'token.expired' }),
  ]
  expect(stoppedSessions(channels).map(({ name }) => name)).toEqual(['one', 'two', 'three'])
})
