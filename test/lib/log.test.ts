import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { errorFields, log } from '../../src/lib/log.ts'

let lines: string[] = []
beforeEach(() => {
  lines = []
  for (const level of ['info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((line: string) => void lines.push(`${level} ${line}`))
  }
})
afterEach(() => {
  vi.restoreAllMocks()
})

it('writes one line of JSON at its level', () => {
  log('warn', 'hub.slow', { tenantId: 't', ms: 12, names: ['a\nb'], missing: undefined })
  expect(lines).toEqual(['warn {"level":"warn","event":"hub.slow","tenantId":"t","ms":12,"names":["a\\nb"]}'])
})

it('does not compile with a field that could hold what people wrote, or a credential', () => {
  // @ts-expect-error body
  log('info', 'x', { body: 'a' })
  // @ts-expect-error text
  log('info', 'x', { text: 'a' })
  // @ts-expect-error token
  log('info', 'x', { token: 'a' })
  // @ts-expect-error email
  log('info', 'x', { email: 'a' })
  // @ts-expect-error secret
  log('info', 'x', { secret: 'a' })
  // @ts-expect-error headers
  log('info', 'x', { headers: 'a' })
  // @ts-expect-error content
  log('info', 'x', { content: 'a' })
  // @ts-expect-error objects could hold anything
  log('info', 'x', { message: { body: 'a' } })
  expect(lines).toHaveLength(8)
})

it('tells of an error with its stack and its cause', () => {
  const fields = errorFields(new TypeError('broken', { cause: new Error('inside') }))
  expect(fields).toMatchObject({ error: 'TypeError', message: 'broken', cause: 'inside' })
  expect(fields['stack']).toContain('log.test.ts')
})

it('leaves the parameters of a failed query out, wherever they are repeated', () => {
  const query = 'Failed query: insert into "tenants" values (?, ?)\nparams: 1,canary one\ncanary two'
  const fields = JSON.stringify(errorFields(new Error(query, { cause: new Error(query) })))
  expect(fields).toContain('insert into')
  expect(fields).toContain('log.test.ts')
  expect(fields).not.toContain('canary')
})

it.each([['canary'], [{ body: 'canary' }], [undefined], [null]])('does not repeat what is no error: %o', (thrown) => {
  expect(JSON.stringify(errorFields(thrown))).not.toContain('canary')
})
