import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { visibleText } from '../../../src/channels/email/answer-text.ts'
import { classify } from '../../../src/channels/email/automation.ts'
import { mailLimits } from '../../../src/channels/email/mail.ts'
import { parseMail } from '../../../src/channels/email/parse-mail.ts'
import { sanitizeMailHtml } from '../../../src/channels/email/sanitize-html.ts'
import { openLinks, problemsOf } from './html-judge.ts'

// Mails that nobody here wrote. They are no part of the project: where the folder is missing, this is left out.
const root = resolve(import.meta.dirname, '../../..')
const folder = resolve(root, process.env['FIXTURES_DIR'] ?? '../shared/fixtures', 'email')
const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.eml')) : []
if (names.length === 0) process.stdout.write(`!! NO REAL MAILS in ${folder}: taking them apart is LEFT OUT\n`)

describe.skipIf(names.length === 0)('real mails', () => {
  test.each(names)('%s is taken apart, says something, and its HTML may be shown', async (name) => {
    const mail = await parseMail(new Uint8Array(readFileSync(resolve(folder, name))), mailLimits)
    if (mail.kind !== 'parsed') throw new Error(mail.reason)
    classify(mail)
    expect(visibleText(mail.text, mail.subject) === '').toBe(mail.text.trim() === '')
    const contentIds = mail.attachments.flatMap(({ contentId }) => contentId ?? [])
    const { html, inlineIds } = sanitizeMailHtml(mail.html ?? '', contentIds)
    expect(problemsOf(html)).toEqual([])
    expect(openLinks(html)).toEqual([])
    expect(sanitizeMailHtml(html, contentIds).html).toBe(html)
    const shown = mail.attachments.filter(({ isInline }) => isInline).map(({ contentId }) => contentId)
    for (const id of inlineIds) expect(shown).toContain(id)
  })
})
