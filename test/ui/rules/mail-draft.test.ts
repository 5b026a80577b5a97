import { describe, expect, it } from 'vitest'
import { emptyMail, mailProblem, subjectToAnswer, toMailAnswer } from '../../../src/ui/rules/mail-draft.ts'
import { SendMessageBody } from '../../../src/protocol/api.ts'
import { message } from '../build.ts'

const withCc = (cc: string) => ({ ...emptyMail, cc })

describe('the recipients of a mail', () => {
  it.each(['a@b.example', ' a@b.example ; c@d.co.uk,\n', 'імʼя@приклад.укр', "o'neil+x@b.example", ''])(
    'may be written as %j',
    (cc) => expect(mailProblem(withCc(cc))).toBeNull(),
  )

  it.each([
    'a',
    'a@',
    '@b.example',
    'a@b',
    'a@b..example',
    'a@@b.example',
    '<a@b.example>',
    `${'a'.repeat(250)}@b.example`,
  ])('are not: %j', (cc) => expect(mailProblem(withCc(cc))).toEqual({ kind: 'address', text: cc }))

  it('are as many as the server takes, Cc and Bcc together', () => {
    const many = (count: number) => Array.from({ length: count }, (_, at) => `a${at}@b.example`).join(', ')
    expect(mailProblem({ ...withCc(many(40)), bcc: many(9) })).toBeNull()
    expect(mailProblem({ ...withCc(many(40)), bcc: many(10) })).toEqual({ kind: 'too_many', max: 49 })
  })
})

describe('what is sent of a mail', () => {
  it('is what its writer saw', () => {
    expect(toMailAnswer(emptyMail, 'Re: Contract')).toEqual({ subject: 'Re: Contract' })
    const draft = { subject: ' Invoice ', cc: 'a@b.example, c@d.example', bcc: 'e@f.example' }
    const email = { subject: 'Invoice', cc: ['a@b.example', 'c@d.example'], bcc: ['e@f.example'] }
    expect(toMailAnswer(draft, 'Re: Contract')).toEqual(email)
    expect(SendMessageBody.parse({ client_message_id: 'c', email }).email).toEqual(email)
  })

  it('leaves an emptied subject to the server', () => {
    expect(toMailAnswer({ ...emptyMail, subject: ' ' }, 'Re: Contract')).toBeUndefined()
  })
})

describe('the subject to fill in', () => {
  const of = (subject: string, given = {}) => message({ details: { subject }, ...given })

  it('is that of the newest mail that came, or of the one that is answered', () => {
    const rows = [
      of('Older'),
      of('Newer'),
      of('Ours', { direction: 'outbound' }),
      of('Undelivered', { type: 'system' }),
    ]
    expect(subjectToAnswer(rows, null)).toBe('Re: Newer')
    expect(subjectToAnswer(rows, rows[0] ?? null)).toBe('Re: Older')
    expect(subjectToAnswer([], null)).toBe('')
  })

  it('is never longer than the server takes, and one line', () => {
    const subject = subjectToAnswer([of(`a\n\u202Eb ${'x'.repeat(2_000)}`)], null)
    expect(SendMessageBody.parse({ client_message_id: 'c', email: { subject } }).email?.subject).toBe(subject)
    expect(subject).toMatch(/^Re: a b x+…$/)
  })
})
