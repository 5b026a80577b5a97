import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { filenameOf } from '../../../src/channels/email/filename.ts'
import { mailLimits, type ParsedMail } from '../../../src/channels/email/mail.ts'
import { parseMail } from '../../../src/channels/email/parse-mail.ts'

// Mails that nobody here wrote, many of them broken on purpose. They are no part of the project: where the folder or
// Python is missing, this is left out. Where the two readings differ, docs/email-agreement.md says who is right and why.
const root = resolve(import.meta.dirname, '../../..')
const folder = resolve(root, process.env['FIXTURES_DIR'] ?? '../shared/fixtures', 'email')
const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.eml')) : []
const hasPython = canRun('python3')
if (names.length === 0) process.stdout.write(`!! NO REAL MAILS in ${folder}: comparing them with Python is LEFT OUT\n`)
else if (!hasPython)
  process.stdout.write('!! NO PYTHON: comparing our reading of real mails with its own is LEFT OUT\n')

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

/** `key`: the same for the same reading of the same mail; it names neither. */
type Disagreement = { key: string; mail: string; field: string; ours: string; python: string }
type Read = { name: string; raw: Uint8Array; mail: ParsedMail }

function keyOf(raw: Uint8Array, field: string, ours: string): string {
  return createHash('sha256').update(raw).update(`\n${field}\n${ours}`).digest('hex').slice(0, 10)
}

function compare({ name, raw, mail }: Read, python: Reading): Disagreement[] {
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
    agrees
      ? []
      : [{ key: keyOf(raw, field, ours), mail: name, field, ours: ours.slice(0, 60), python: theirs.slice(0, 60) }],
  )
}

async function disagreements(readings: Record<string, Reading>): Promise<Disagreement[]> {
  const found: Disagreement[] = []
  for (const [name, reading] of Object.entries(readings)) {
    const raw = new Uint8Array(readFileSync(resolve(folder, name)))
    const mail = await parseMail(raw, mailLimits)
    if (mail.kind === 'parsed') found.push(...compare({ name, raw, mail }, reading))
    else found.push({ key: keyOf(raw, 'all', mail.reason), mail: name, field: 'all', ours: mail.reason, python: '' })
  }
  return found
}

/** The rows of the table that explains what is left: key, mail, field, ours, Python's, why ours is right. */
const explained = readFileSync(resolve(root, 'docs/email-agreement.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
const keys = explained.map(([key = '']) => key.replaceAll('`', ''))

test('the table of differences has a whole row for each, once, and names nobody', () => {
  for (const row of explained) expect([row[0], row.length, row.includes('')]).toEqual([row[0], 6, false])
  expect(new Set(keys).size).toBe(keys.length)
  expect(explained.flat().join('\n')).not.toMatch(/[\w.]@[\w-]+\.[a-z]/)
})

describe.skipIf(names.length === 0 || !hasPython)('real mails', () => {
  test(
    'are read as Python reads them in 98 of 100 fields, and the rest is explained',
    { timeout: 60_000 },
    async () => {
      const readings = readWithPython()
      const found = await disagreements(readings)
      const fields = 5 * names.length
      const share = 1 - found.length / fields
      process.stdout.write(`agreed on ${fields - found.length} of ${fields} fields (${(share * 100).toFixed(1)} %)\n`)
      expect(Object.keys(readings)).toHaveLength(names.length)
      expect(share).toBeGreaterThanOrEqual(0.98)
      expect({
        unexplained: found.filter(({ key }) => !keys.includes(key)),
        explainedInVain: keys.filter((key) => !found.some((one) => one.key === key)),
      }).toEqual({ unexplained: [], explainedInVain: [] })
    },
  )
})
