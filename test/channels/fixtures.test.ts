import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ParsedUpdate } from '../../src/channels/channel.ts'
import { parse as parseFacebook } from '../../src/channels/facebook/parse.ts'
import { parse as parseInstagram } from '../../src/channels/instagram/parse.ts'
import { parse as parseWhatsApp } from '../../src/channels/whatsapp/parse.ts'

// Payloads that nobody here wrote. They are no part of the project: where the folder is missing, this is left out.
const root = resolve(import.meta.dirname, '../..', process.env['FIXTURES_DIR'] ?? '../shared/fixtures')

const sources = [
  { platform: 'WhatsApp', folder: 'whatsapp', parse: parseWhatsApp, lists: ['messages', 'statuses', 'message_echoes'] },
  { platform: 'Messenger', folder: 'messenger', parse: parseFacebook, lists: ['messaging', 'standby', 'changes'] },
  { platform: 'Instagram', folder: 'instagram', parse: parseInstagram, lists: ['messaging', 'standby', 'changes'] },
].map((source) => ({ ...source, names: namesIn(source.folder) }))

function namesIn(folder: string): string[] {
  const path = resolve(root, folder)
  const names = existsSync(path) ? readdirSync(path).filter((name) => name.endsWith('.json')) : []
  if (names.length === 0) process.stdout.write(`left out: no real payloads in ${path}\n`)
  return names
}

/** How many elements the lists of these names hold, wherever they stand. */
function countOf(value: unknown, lists: readonly string[]): number {
  if (typeof value !== 'object' || value === null) return 0
  return Object.entries(value).reduce((sum, [key, inner]: [string, unknown]) => {
    return sum + (lists.includes(key) && Array.isArray(inner) ? inner.length : countOf(inner, lists))
  }, 0)
}

describe.each(sources)('real payloads of $platform', ({ folder, parse, lists, names }) => {
  const replay = (update: ParsedUpdate) => (update.kind === 'ignored' ? [update] : parse(update.raw))

  test.skipIf(names.length === 0).each(names)('nothing in %s is lost', (name) => {
    const delivery: unknown = JSON.parse(readFileSync(resolve(root, folder, name), 'utf8'))
    const updates = parse(delivery)
    expect(updates.length).toBeGreaterThanOrEqual(Math.max(1, countOf(delivery, lists)))
    for (const update of updates) expect(replay(update)).toEqual([update])
    expect(updates.some((update) => update.kind === 'refused' && update.reason === 'parser.fault')).toBe(false)
  })
})
