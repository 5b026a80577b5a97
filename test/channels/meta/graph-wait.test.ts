import { expect, test } from 'vitest'
import { waitNamedBy } from '../../../src/channels/meta/graph-wait.ts'
import { now } from '../platform-io.ts'

const usage = (...minutes: unknown[]) =>
  JSON.stringify({
    '106540352242922': minutes.map((estimated_time_to_regain_access) => ({
      type: 'messenger',
      call_count: 100,
      total_cputime: 20,
      total_time: 20,
      estimated_time_to_regain_access,
    })),
  })

test.each<[Record<string, string>, number | null]>([
  [{}, null],
  [{ 'retry-after': '30' }, 30_000],
  [{ 'retry-after': 'Mon, 23 Nov 2026 12:02:00 GMT' }, 120_000],
  [{ 'retry-after': 'Mon, 23 Nov 2026 11:00:00 GMT' }, null],
  [{ 'retry-after': 'soon' }, null],
  [{ 'x-business-use-case-usage': usage(3) }, 180_000],
  [{ 'x-business-use-case-usage': usage(0, 7) }, 420_000],
  [{ 'x-business-use-case-usage': usage(0) }, null],
  [{ 'x-business-use-case-usage': usage('3', null) }, null],
  [{ 'x-business-use-case-usage': '{"half":' }, null],
  [{ 'x-business-use-case-usage': '[]' }, null],
  [{ 'x-business-use-case-usage': usage(1), 'retry-after': '300' }, 300_000],
  [{ 'x-business-use-case-usage': usage(999_999) }, 86_400_000],
  [{ 'x-app-usage': '{"call_count":100,"total_time":25,"total_cputime":25}' }, null],
])('%j names a wait of %s ms', (headers, wait) => {
  expect(waitNamedBy(new Headers(headers), now)).toBe(wait)
})
