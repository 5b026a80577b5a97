import { accountIds } from './accounts.ts'
import type { StepContext } from './step-context.ts'

/** What a customer's mail program sends for one step: text and HTML, in the thread that the customer began. */
export function mailOf(text: string, { customer, id, at }: StepContext): string {
  const { name, address } = customer
  const thread = `thread.${address.replace('@', '.')}@mail.example`
  const fields = {
    From: `${word(name)} <${address}>`,
    To: `<${accountIds.email}>`,
    Subject: word('Переклад документів'),
    Date: new Date(at).toUTCString().replace('GMT', '+0000'),
    'Message-ID': `<${id}>`,
    References: `<${thread}>`,
    'MIME-Version': '1.0',
    'Content-Type': 'multipart/alternative; boundary="demo-mail"',
  }
  const header = Object.entries(fields).map(([field, value]) => `${field}: ${value}\r\n`)
  const html = `<p>${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</p>`
  return `${header.join('')}\r\n${part('plain', text)}${part('html', html)}--demo-mail--\r\n`
}

const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64')
const word = (text: string) => `=?utf-8?B?${base64(text)}?=`

function part(kind: 'plain' | 'html', text: string): string {
  const type = `Content-Type: text/${kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64`
  return `--demo-mail\r\n${type}\r\n\r\n${base64(text).replaceAll(/.{76}/g, '$&\r\n')}\r\n`
}
