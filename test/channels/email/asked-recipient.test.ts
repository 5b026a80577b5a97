import { describe, expect, test } from 'vitest'
import { askedRecipient } from '../../../src/channels/email/asked-recipient.ts'
import { mailText, parse } from './builders.ts'

const mailbox = 'office@bureau.example'
const olena = 'Olena@customer.example'
type Headers = Record<string, string | undefined>

async function askedBy(headers: Headers): Promise<string | null> {
  const mail = await parse(mailText('Hello', { 'Reply-To': `Olena <${olena}>`, ...headers }))
  return askedRecipient(mail, mailbox)?.address ?? null
}

const generated = { 'Auto-Submitted': 'auto-generated' }
const form = { From: 'WordPress <wordpress@bureau.example>' }
const list = { From: 'Olena via Info <info@bureau.example>', 'List-Id': 'Info <info.bureau.example>' }
const work = { From: 'olena@work.example' }

describe('who is to be answered is in Reply-To', () => {
  test.each<[string, Headers]>([
    ['a form on a web site', form],
    ['a form that writes by our own address', { From: mailbox }],
    ['a form that writes as nobody', { From: 'no-reply@forms.example' }],
    ['what a program sent for somebody', { From: 'site@host.example', ...generated }],
    ['what the mailer of a web site sent', { From: 'site@host.example', 'X-Mailer': 'PHPMailer 6.9.1' }],
    ['a list of ours that writes by its own address', list],
    ['the same for a colleague', { ...list, 'Reply-To': 'ivan@bureau.example' }],
  ])('of %s', async (_, headers) => {
    expect(await askedBy(headers)).toBe(headers['Reply-To'] ?? olena)
  })
})

describe('the sender is to be answered', () => {
  test.each<[string, Headers]>([
    ['of what a person wrote who wants the answer elsewhere', work],
    ['of what a person wrote to a list of ours that leaves From as it was', { ...list, ...work }],
    ['of what came by a list of others', { ...work, 'List-Id': '<all.work.example>', Precedence: 'list' }],
    ['of a newsletter', { From: 'no-reply@shop.example', 'List-Unsubscribe': '<mailto:out@shop.example>' }],
    ['of an answering machine', { ...form, 'Auto-Submitted': 'auto-replied' }],
    ['of a receipt', { ...form, 'Content-Type': 'multipart/report; report-type=x; boundary=b' }],
    ['where it is in Reply-To as well', { ...list, From: olena }],
    ['where Reply-To is of the same domain', { From: 'form@customer.example' }],
    ['where nobody is in Reply-To', { ...form, 'Reply-To': undefined }],
    ['where there are two', { ...form, 'Reply-To': `${olena}, ivan@customer.example` }],
    ['where it is no plain address', { ...form, 'Reply-To': '"a b"@customer.example' }],
    ['where its name shows another address', { ...form, 'Reply-To': `"boss@bank.example" <${olena}>` }],
    ['where a list wants its answers for itself', { ...list, 'Reply-To': 'Info@bureau.example' }],
    [
      'the same, known by where one writes to',
      { ...list, 'List-Post': '<mailto:all@bureau.example>', 'Reply-To': 'all@bureau.example' },
    ],
  ])('%s', async (_, headers) => {
    expect(await askedBy(headers)).toBeNull()
  })

  test('where there is more than one Reply-To', async () => {
    const mail = await parse(`Reply-To: ivan@customer.example\n${mailText('x', { ...form, 'Reply-To': olena })}`)
    expect(askedRecipient(mail, mailbox)).toBeNull()
  })
})
