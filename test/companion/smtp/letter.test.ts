import fc from 'fast-check'
import PostalMime from 'postal-mime'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { letterOf, type LetterResult } from '../../../companion/smtp/letter.ts'
import { writeMail } from '../../../companion/smtp/mail-file.ts'
import type { Command, CommandMail } from '../../../src/protocol/companion.ts'
import { mailCommand } from './commands.ts'

const mailbox = 'office@example.com'
const breaks = ['\r', '\n', '\r\n', '\0', '\u0085', '\u2028', '\v']
const attack = (mark: string) => `x${mark}Bcc: thief@evil.example${mark}${mark}<script>`

let directory = ''
beforeAll(() => void (directory = mkdtempSync(join(tmpdir(), 'edge-inbox-letter-'))))
afterAll(() => rmSync(directory, { recursive: true, force: true }))

async function rawOf(command: Command): Promise<string> {
  const made = letterOf(command, mailbox)
  if (!made.ok) throw new Error(made.error.code)
  const body = () => new Blob(['file']).stream() as ReadableStream<Uint8Array>
  const file = await writeMail(made.letter, {
    directory,
    at: new Date('2026-11-23T08:00:00Z'),
    openFile: () => Promise.resolve({ body: body(), size: 4 }),
  })
  const raw = Buffer.from(file.read()).toString('latin1')
  file.close()
  return raw
}

const headerNames = (raw: string) =>
  (raw.split('\r\n\r\n')[0] ?? '')
    .replaceAll(/\r\n[ \t]/g, ' ')
    .split('\r\n')
    .map((line) => line.slice(0, line.indexOf(':')))

const code = (result: LetterResult) => (result.ok ? null : result.error.code)

describe('a letter', () => {
  test('has the headers of its command and no others', async () => {
    const raw = await rawOf(mailCommand({ cc: ['cc@customer.example'], bcc: ['bcc@customer.example'] }))
    expect(headerNames(raw).toSorted()).toEqual(
      [
        'Bcc',
        'Cc',
        'Content-Type',
        'Date',
        'From',
        'In-Reply-To',
        'MIME-Version',
        'Message-ID',
        'References',
        'Reply-To',
      ].concat(['Subject', 'To', 'X-Edge-Inbox-Loop', 'X-Edge-Inbox-Reference']),
    )
    const mail = await PostalMime.parse(raw)
    expect(mail).toMatchObject({
      from: { address: mailbox, name: 'The office' },
      to: [{ address: 'olena@customer.example' }],
      cc: [{ address: 'cc@customer.example' }],
      replyTo: [{ address: 'office+r.abc@example.com' }],
      subject: 'Re: Переклад',
      inReplyTo: '<q2@customer.example>',
      references: '<q1@customer.example> <q2@customer.example>',
    })
    expect(mail.messageId).toMatch(/^<00000000-.*@example\.com>$/)
    expect(mail.text).toContain('Good day\n\n-- \nThe office')
    expect(mail.html).toContain('<p>Good day</p>')
  })

  test('comes from no address but the mailbox, or one of its domain where it is a catch-all', () => {
    const from = (address: string) => mailCommand({ from: { address, name: '' } })
    expect(code(letterOf(from('boss@example.com'), mailbox))).toBe('mail.bad_sender')
    expect(code(letterOf(from('Office@Example.com'), mailbox))).toBeNull()
    expect(code(letterOf(from('boss@example.com'), '*@example.com'))).toBeNull()
    expect(code(letterOf(from('boss@evil-example.com'), '*@example.com'))).toBe('mail.bad_sender')
    expect(code(letterOf(from('office@example.com.evil.example'), mailbox))).toBe('mail.bad_sender')
  })

  describe.each(breaks)('with %j', (mark) => {
    const bad = attack(mark)
    test.each<[string, Partial<CommandMail>, string]>([
      ['its subject', { subject: bad }, 'mail.bad_subject'],
      ['its recipient', { to: `olena@customer.example${mark}RCPT TO:<thief@evil.example>` }, 'recipient.unknown'],
      ['a further recipient', { cc: [`cc@customer.example${mark}x`] }, 'mail.bad_address'],
      ['a hidden recipient', { bcc: [bad] }, 'mail.bad_address'],
      ['its sender', { from: { address: `office@example.com${mark}x`, name: '' } }, 'mail.bad_sender'],
      ['its id', { message_id: `a@b.example${mark}Bcc: thief@evil.example` }, 'mail.bad_id'],
    ])('in %s it is refused', (_, mail, expected) => {
      expect(code(letterOf(mailCommand(mail), mailbox))).toBe(expected)
    })

    test('in its name, its ids, its Reply-To or the name of a file nothing of it becomes a header', async () => {
      const file = { filename: `a${bad}.pdf`, mime_type: `text/plain${mark}X-Evil: 1`, size: 4, url: '/x' }
      const mail = {
        from: { address: mailbox, name: bad },
        in_reply_to: `q@x.example${mark}Bcc: thief@evil.example`,
        references: ['fine@x.example', bad],
        reply_to: `office@example.com${mark}Bcc: thief@evil.example`,
      }
      const raw = await rawOf(mailCommand(mail, { attachments: [file] }))
      const parsed = await PostalMime.parse(raw)
      expect(headerNames(raw).filter((name) => /^(?:bcc|x-evil)$/i.test(name))).toEqual([])
      expect(parsed.bcc ?? []).toEqual([])
      expect(parsed.references).toBe('<fine@x.example>')
      expect(parsed.attachments).toHaveLength(1)
      expect(raw).not.toMatch(/^X-Evil|^Bcc/im)
    })
  })

  test('never has a header that was not meant, whatever its texts are', async () => {
    const anyText = fc.string({ unit: 'binary', maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(anyText, anyText, anyText, anyText, async (subject, name, filename, id) => {
        const file = { filename, mime_type: name, size: 4, url: '/x' }
        const mail = { subject, from: { address: mailbox, name }, references: [id], in_reply_to: id }
        const command = mailCommand(mail, { attachments: [file] })
        const made = letterOf(command, mailbox)
        if (!made.ok) return
        const raw = await rawOf(command)
        const allowed =
          /^(?:Content-Type|Date|From|In-Reply-To|MIME-Version|Message-ID|References|Reply-To|Subject|To|X-Edge-Inbox-(?:Loop|Reference))$/
        expect(headerNames(raw).filter((header) => !allowed.test(header))).toEqual([])
        expect((await PostalMime.parse(raw)).to).toMatchObject([{ address: 'olena@customer.example' }])
      }),
      { numRuns: 60 },
    )
  })

  test('a text that looks like a path or an address to fetch is only text', async () => {
    const raw = await rawOf(mailCommand({ text: 'file:///etc/passwd', html: '<img src="file:///etc/passwd">' }))
    expect(raw).not.toContain('root:')
  })
})
