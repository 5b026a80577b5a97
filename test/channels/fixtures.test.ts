import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { ParsedUpdate } from '../../src/channels/channel.ts'
import { parse } from '../../src/channels/whatsapp/parse.ts'

// Payloads that nobody here wrote. They are no part of the project: where the folder is missing, this is left out.
const root = resolve(import.meta.dirname, '../..')
const folder = resolve(root, process.env['FIXTURES_DIR'] ?? '../shared/fixtures', 'whatsapp')
const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []
if (names.length === 0) process.stdout.write(`left out: no real WhatsApp payloads in ${folder}\n`)

const counted = new Set(['messages', 'statuses', 'message_echoes'])

/** How many messages, statuses and echoes a delivery holds, wherever they stand; an edit's inner message is no list. */
function countOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return Object.entries(value).reduce((sum, [key, inner]: [string, unknown]) => {
    return sum + (counted.has(key) && Array.isArray(inner) ? inner.length : countOf(inner))
  }, 0)
}

function replay(update: ParsedUpdate): ParsedUpdate[] {
  return update.kind === 'ignored' ? [update] : parse(update.raw)
}

describe.skipIf(names.length === 0)('real payloads', () => {
  test.each(names)('nothing in %s is lost', (name) => {
    const delivery: unknown = JSON.parse(readFileSync(resolve(folder, name), 'utf8'))
    const updates = parse(delivery)
    expect(updates.length).toBeGreaterThanOrEqual(Math.max(1, countOf(delivery)))
    for (const update of updates) expect(replay(update)).toEqual([update])
    expect(updates.some((update) => update.kind === 'refused' && update.reason === 'parser.fault')).toBe(false)
  })
})
