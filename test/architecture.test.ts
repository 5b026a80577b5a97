import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkHabits } from './architecture/check-habits.ts'
import { checkSources, importsOf } from './architecture/check-sources.ts'

const root = join(import.meta.dirname, '..')

function readSources(...folders: string[]): Map<string, string> {
  const files = folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter(
      (entry) => entry.isFile() && /\.(?:tsx?|mjs)$/.test(entry.name) && !entry.parentPath.includes('node_modules'),
    )
    .map((entry) => join(entry.parentPath, entry.name))
  return new Map(files.map((file) => [relative(root, file).replaceAll('\\', '/'), readFileSync(file, 'utf8')]))
}

/** The rules that one planted file breaks. */
function rulesBrokenBy(path: string, text: string): string[] {
  return checkSources(new Map([[path, text]])).map(({ rule }) => rule)
}

describe('the sources', () => {
  const sources = readSources('src', 'scripts', 'companion')

  it('are found at all', () => {
    expect(sources.has('src/index.ts')).toBe(true)
    expect(sources.size).toBeGreaterThan(20)
  })

  it('keep to the structure', () => {
    expect(checkSources(sources)).toEqual([])
  })

  it('compare no secret with ===, unpack nothing, and believe no header about where a request came from', () => {
    expect(checkHabits(sources)).toEqual([])
  })
})

describe('a planted violation is found', () => {
  it.each([
    ['src/protocol/a.ts', `import { cleanText } from '../lib/text.ts'`],
    ['src/lib/a.ts', `import { Db } from '../store/database.ts'`],
    ['src/channels/whatsapp/a.ts', `import type { Row } from '../../store/schema.ts'`],
    ['src/channels/whatsapp/a.ts', `export { ingest } from '../../ingest/ingest.ts'`],
    ['src/store/a.ts', `import '../ingest/ingest.ts'`],
    ['src/ingest/a.ts', `import { TenantHub } from '../hub/tenant-hub.ts'`],
    ['src/hub/a.ts', `const app = await import('../http/app.ts')`],
    ['src/http/a.ts', `import {\n  receive,\n} from '../jobs/queue.ts'`],
    ['src/http/a.ts', `import { x } from '../index.ts'`],
    ['src/index.ts', `import { createInbox } from './client/index.ts'`],
    ['src/client/a.ts', `import type { Row } from '../store/schema.ts'`],
    ['src/ui/a.tsx', `import type { Message } from '../protocol/message.ts'`],
    ['src/ui/deep/a.tsx', `import { cleanText } from '../../lib/text.ts'`],
    ['companion/main.ts', `import { ingest } from '../src/ingest/ingest.ts'`],
  ])('%s: %s', (path, text) => {
    expect(rulesBrokenBy(path, text)).toEqual(['import direction'])
  })

  it.each([
    ['src/protocol/a.ts', `import { Hono } from 'hono'`, 'package'],
    ['src/client/a.ts', `import { Hono } from 'hono/tiny'`, 'package'],
    ['src/ui/a.tsx', `import { z } from 'zod'`, 'package'],
    ['src/lib/a.ts', `import { createHmac } from 'node:crypto'`, 'no node: imports'],
    ['src/http/a.ts', `import { eq } from 'drizzle-orm'`, 'drizzle stays in its folders'],
    ['src/hub/a.ts', `import { drizzle } from 'drizzle-orm/d1'`, 'drizzle stays in its folders'],
    ['src/helpers/a.ts', `import { x } from './b.ts'`, 'unknown folder'],
    ['src/lib/a.ts', `  console.warn('x')`, 'no console outside lib/log.ts'],
    ['src/ingest/a.ts', `const at = Date.now()`, 'clock, chance and I/O are arguments'],
    ['src/ingest/a.ts', `const at = new Date()`, 'clock, chance and I/O are arguments'],
    ['src/protocol/a.ts', `const id = crypto.randomUUID()`, 'clock, chance and I/O are arguments'],
    ['src/client/backoff.ts', `const jitter = Math.random()`, 'clock, chance and I/O are arguments'],
    ['src/channels/whatsapp/parse.ts', `await fetch(url)`, 'clock, chance and I/O are arguments'],
    ['src/http/index.ts', '', 'no barrels'],
    ['src/ui/index.tsx', '', 'no barrels'],
    ['src/lib/jsonDepth.ts', '', 'kebab-case names'],
    ['src/Lib/depth.ts', '', 'kebab-case names'],
    ['scripts/dev_server.ts', '', 'kebab-case names'],
    ['scripts/long.ts', 'x\n'.repeat(401), 'file size'],
  ])('%s: %s (%s)', (path, text, rule) => {
    expect(rulesBrokenBy(path, text)).toEqual([rule])
  })
})

describe('a careless line is found', () => {
  it.each([
    [`if (given === config.adminToken) return`, 'secrets are compared in constant time'],
    [`if (row.secretHash !== hash) throw refused()`, 'secrets are compared in constant time'],
    [`const isRight = (await sign(body)) === signature`, 'secrets are compared in constant time'],
    [`return secrets.includes(token)`, 'secrets are compared in constant time'],
    [`if (header.endsWith(secret)) return`, 'secrets are compared in constant time'],
    [`const ip = c.req.header('CF-Connecting-IP')`, 'no header tells where a request came from'],
    [`headers.get("x-forwarded-for")`, 'no header tells where a request came from'],
    [`body.pipeThrough(new DecompressionStream('gzip'))`, 'nothing is unpacked'],
  ])('%s', (text, rule) => {
    expect(checkHabits(new Map([['src/http/a.ts', text]])).map((one) => one.rule)).toEqual([rule])
  })

  it.each([
    `if (token === undefined || secret !== null) return`,
    `if (verifyToken.length === 0) throw refused()`,
    `typeof token !== 'string'`,
    `names.find((name) => name.startsWith(ticketPrefix))`,
    `// given === config.adminToken`,
  ])('and this is none: %s', (text) => {
    expect(checkHabits(new Map([['src/http/a.ts', text]]))).toEqual([])
  })
})

describe('what the structure allows', () => {
  it.each([
    ['src/protocol/api.ts', `import { z } from 'zod'\nimport { Uuid } from './words.ts'`],
    ['src/channels/whatsapp/parse.ts', `import { z } from 'zod'\nimport { cleanText } from '../../lib/text.ts'`],
    ['src/channels/whatsapp/send.ts', `const at = Date.now(); await fetch(url)`],
    ['src/client/environment.ts', `export const now = () => Date.now()`],
    ['src/ingest/a.ts', `import { eq } from 'drizzle-orm'\nconst at = new Date(now)`],
    ['src/ingest/a.ts', `// never Date.now() here\n/* nor Math.random() */`],
    ['src/lib/log.ts', `console.log(line)`],
    ['src/client/index.ts', `export { useInbox } from './use-inbox.ts'`],
    ['src/ui/main.tsx', `import { createRoot } from 'react-dom/client'\nimport './styles/page.css'`],
    ['src/http/app.ts', 'x\n'.repeat(400)],
  ])('%s: %s', (path, text) => {
    expect(rulesBrokenBy(path, text)).toEqual([])
  })

  it('does not take the text of a string for an import', () => {
    expect(importsOf(`const help = "write: import x from 'y'"`)).toEqual([])
  })
})
