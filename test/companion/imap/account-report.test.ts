import { describe, expect, test } from 'vitest'
import type { Report } from '../../../companion/account.ts'
import { createAccountReport, type PartState } from '../../../companion/imap/account-report.ts'

const well: PartState = { session: 'connected', code: '', message: '' }
const gone: PartState = { session: 'unreachable', code: 'imap.unreachable', message: 'gone' }
const locked: PartState = { session: 'needs_login', code: 'imap.login_refused', message: 'locked' }

function setUp() {
  const reports: Report[] = []
  const board = createAccountReport((report) => reports.push(report), ['INBOX', 'Sent'])
  const [inbox, sent] = [board.part('INBOX', { isVital: true }), board.part('Sent', { isVital: false })]
  return { reports, inbox, sent, smtp: board.part('smtp', { isVital: false }) }
}

describe('the state of a mailbox', () => {
  test('is told once all of its folders are there, or at once when one is in trouble', () => {
    const { reports, inbox, sent } = setUp()
    inbox(well)
    expect(reports).toEqual([])
    sent(well)
    expect(reports).toEqual([{ state: 'ok', session_state: 'connected', code: '', message: '' }])
    const other = setUp()
    other.inbox(locked)
    expect(other.reports).toMatchObject([{ state: 'down', session_state: 'needs_login' }])
  })

  test('is that of its worst part, and told only when it changes', () => {
    const { reports, inbox, sent, smtp } = setUp()
    inbox(well)
    sent(gone)
    sent(gone)
    smtp(locked)
    sent(well)
    smtp(well)
    inbox(well)
    expect(reports.map(({ state, session_state }) => `${state} ${session_state}`)).toEqual([
      'warning unreachable',
      'warning needs_login',
      'ok connected',
    ])
  })

  test('is down when nothing comes in', () => {
    const { reports, inbox, sent } = setUp()
    sent(well)
    inbox(gone)
    expect(reports.at(-1)).toMatchObject({ state: 'down', session_state: 'unreachable', code: 'imap.unreachable' })
  })

  test('is down when nothing comes in, whichever part spoke first and whatever else is wrong', () => {
    const { reports, inbox, sent, smtp } = setUp()
    sent(gone)
    inbox(gone)
    smtp(locked)
    expect(reports.map(({ state, session_state }) => `${state} ${session_state}`)).toEqual([
      'warning unreachable',
      'down unreachable',
    ])
  })
})
