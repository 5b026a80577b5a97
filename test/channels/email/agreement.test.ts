import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { filenameOf } from '../../../src/channels/email/filename.ts'
import { mailLimits, type ParsedMail } from '../../../src/channels/email/mail.ts'
import { parseMail } from '../../../src/channels/email/parse-mail.ts'

// Mails that nobody here wrote, many of them broken on purpose. They are no part of the project: where the folder or
// Python is missing, this is left out.
const root = resolve(import.meta.dirname, '../../..')
const folder = resolve(root, process.env['FIXTURES_DIR'] ?? '../shared/fixtures', 'email')
const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.eml')) : []
const hasPython = canRun('python3')
if (names.length === 0) process.stdout.write(`left out: no real mails in ${folder}\n`)
else if (!hasPython) process.stdout.write('left out: no python3 to compare real mails with\n')

function canRun(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

const Reading = z.object({
  from: z.string(),
  subject: z.string(),
  messageId: z.string(),
  plain: z.array(z.string()),
  html: z.array(z.string()),
  files: z.array(z.object({ type: z.string(), filename: z.string().nullable(), size: z.number().nullable() })),
})
type Reading = z.infer<typeof Reading>

function readWithPython(): Record<string, Reading> {
  const script = resolve(import.meta.dirname, 'agreement.py')
  const output = execFileSync('python3', [script, folder], { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 })
  return z.record(z.string(), Reading).parse(JSON.parse(output))
}

const squeeze = (text: string) => text.toWellFormed().replaceAll(/[\s\0]+/g, '')
const spaced = (text: string) =>
  text
    .toWellFormed()
    .replaceAll(/[\s\0]+/g, ' ')
    .trim()

/** Whether a text has all these pieces, in this order. */
function hasInOrder(text: string, pieces: readonly string[]): boolean {
  let at = 0
  for (const piece of pieces.map(squeeze)) {
    const found = text.indexOf(piece, at)
    if (found === -1) return false
    at = found + piece.length
  }
  return true
}

/** The same words; what stands only in HTML may have been put between them. */
function agreesOnText(mail: ParsedMail, { plain, html }: Reading): boolean {
  const isPlain = plain.some((text) => text.trim() !== '')
  if (isPlain && html.length === 0) return squeeze(mail.text) === squeeze(plain.join(''))
  const hasPlain = !isPlain || hasInOrder(squeeze(mail.text), plain)
  return hasPlain && hasInOrder(squeeze(mail.html ?? ''), html)
}

function filesOf(mail: ParsedMail): string[] {
  return mail.attachments.map(({ filename, mimeType, bytes }) =>
    [mimeType, filename, mimeType.startsWith('message/') ? null : bytes.length].join(' '),
  )
}

const filesIn = ({ files }: Reading) =>
  files.map(({ type, filename, size }, at) => [type, filenameOf(filename, type, at), size].join(' '))

type Disagreement = { mail: string; field: string; ours: string; python: string }

function compare(name: string, mail: ParsedMail, python: Reading): Disagreement[] {
  const sender = python.from.includes('@') ? python.from.toLowerCase() : ''
  const fields: [field: string, ours: string, python: string, agrees: boolean][] = [
    ['from', mail.from?.address.toLowerCase() ?? '', sender, (mail.from?.address.toLowerCase() ?? '') === sender],
    ['subject', mail.subject, spaced(python.subject), spaced(mail.subject) === spaced(python.subject)],
    [
      'message-id',
      mail.hasOwnMessageId ? mail.messageId : '',
      python.messageId,
      (mail.hasOwnMessageId ? mail.messageId : '') === python.messageId,
    ],
    ['text', spaced(mail.text), spaced([...python.plain, ...python.html].join(' ')), agreesOnText(mail, python)],
    ['files', filesOf(mail).join(', '), filesIn(python).join(', '), filesOf(mail).join() === filesIn(python).join()],
  ]
  return fields.flatMap(([field, ours, theirs, agrees]) =>
    agrees ? [] : [{ mail: name, field, ours: ours.slice(0, 60), python: theirs.slice(0, 60) }],
  )
}

function tableOf(rows: readonly Disagreement[]): string {
  return rows
    .map(({ mail, field, ours, python }) => `${field.padEnd(10)} ${mail}\n  ours    ${ours}\n  python  ${python}\n`)
    .join('')
}

describe.skipIf(names.length === 0 || !hasPython)('real mails', () => {
  test('are read as Python reads them in 98 of 100 fields', { timeout: 60_000 }, async () => {
    const readings = readWithPython()
    const found: Disagreement[] = []
    for (const [name, reading] of Object.entries(readings)) {
      const mail = await parseMail(new Uint8Array(readFileSync(resolve(folder, name))), mailLimits)
      if (mail.kind === 'parsed') found.push(...compare(name, mail, reading))
      else found.push({ mail: name, field: 'all', ours: mail.reason, python: '' })
    }
    const fields = 5 * names.length
    const share = 1 - found.length / fields
    process.stdout.write(
      `${tableOf(found)}agreed on ${fields - found.length} of ${fields} fields (${(share * 100).toFixed(1)} %)\n`,
    )
    expect(Object.keys(readings)).toHaveLength(names.length)
    expect(share).toBeGreaterThanOrEqual(0.98)
  })
})
