import { getStatusCode } from 'imapflow/lib/tools'

/**
 * What an exception of the IMAP client means.
 * - `login`: the server knows us and says no.
 * - `folder`: there is no such folder, or not for us.
 * - `mail`: the answer itself cannot be had or read, whatever the connection: asking again gives the same.
 * - `lost`: anything that a new connection may cure.
 */
export type ImapFailure = { kind: 'login' | 'folder' | 'mail' | 'lost'; code: string }

/** The provider renews no token any more: somebody has to log in again. */
export class TokenRefused extends Error {
  constructor() {
    super('the token was not renewed')
    this.name = 'TokenRefused'
  }
}

/** A mail that the server has and does not hand over. */
export class MailWithheld extends Error {
  constructor() {
    super('the server has the mail and does not hand it over')
    this.name = 'MailWithheld'
  }
}

const unreadable =
  /^(?:LineTooLarge|LiteralTooLarge|ResponseTooLarge|TooManyTokens|MAX_IMAP_NESTING_REACHED|ParserError\w*)$/

/** RFC 5530: what is in the way is the server's own, and passes. No password and no mail is bad because of it. */
const passing = new Set(['UNAVAILABLE', 'INUSE', 'LIMIT', 'SERVERBUG', 'CONTACTADMIN'])

export function failureOf(error: unknown): ImapFailure {
  const { code, authenticationFailed, mailboxMissing, responseStatus } = fieldsOf(error)
  if (error instanceof TokenRefused) return { kind: 'login', code: 'oauth.refused' }
  if (error instanceof MailWithheld) return { kind: 'mail', code: 'imap.withheld' }
  const reason = reasonOf(error)
  if (passing.has(reason)) return { kind: 'lost', code: `imap.${reason}` }
  if (authenticationFailed === true) return { kind: 'login', code: 'imap.login_refused' }
  if (mailboxMissing === true) return { kind: 'folder', code: 'imap.no_folder' }
  if (typeof code === 'string' && unreadable.test(code)) return { kind: 'mail', code: `imap.${code}`.slice(0, 100) }
  // A throttled command was not refused either, though the answer was BAD.
  if (code === 'ETHROTTLE') return { kind: 'lost', code: 'imap.ETHROTTLE' }
  if (responseStatus === 'NO' || responseStatus === 'BAD') return { kind: 'mail', code: 'imap.refused' }
  return { kind: 'lost', code: typeof code === 'string' ? `imap.${code}`.slice(0, 100) : 'imap.lost' }
}

type Fields = Record<
  'code' | 'authenticationFailed' | 'mailboxMissing' | 'responseStatus' | 'serverResponseCode' | 'response',
  unknown
>

function fieldsOf(error: unknown): Partial<Fields> {
  return typeof error === 'object' && error !== null ? error : {}
}

/** The code in brackets that a server's answer begins with. The client puts it beside most answers, but not FETCH's. */
function reasonOf(error: unknown): string {
  const { serverResponseCode, response } = fieldsOf(error)
  if (typeof serverResponseCode === 'string') return serverResponseCode
  return getStatusCode(response as Parameters<typeof getStatusCode>[0]) || ''
}
