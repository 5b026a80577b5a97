import { describe, expect, test } from 'vitest'
import { failureOf } from '../../../companion/imap/imap-failure.ts'

const errorWith = (fields: object) => Object.assign(new Error('Command failed'), fields)

describe('what a failure of IMAP means', () => {
  test.each([
    ['a refused login', { authenticationFailed: true, responseStatus: 'NO' }, 'login', 'imap.login_refused'],
    ['a busy server', { authenticationFailed: true, serverResponseCode: 'LIMIT' }, 'lost', 'imap.LIMIT'],
    ['a folder that is locked', { mailboxMissing: true, serverResponseCode: 'INUSE' }, 'lost', 'imap.INUSE'],
    ['a folder that is not there', { mailboxMissing: true, responseStatus: 'NO' }, 'folder', 'imap.no_folder'],
    ['a refused mail', { responseStatus: 'NO' }, 'mail', 'imap.refused'],
    ['a throttled command', { responseStatus: 'BAD', code: 'ETHROTTLE' }, 'lost', 'imap.ETHROTTLE'],
    ['a cut line', { code: 'ECONNRESET' }, 'lost', 'imap.ECONNRESET'],
  ])('%s', (_, fields, kind, code) => {
    expect(failureOf(errorWith(fields))).toEqual({ kind, code })
  })
})
