import { describe, expect, test } from 'vitest'
import { failureOf, readGraphError } from '../../../src/channels/meta/graph-error.ts'

const minuteMs = 60_000

function failure(error: Record<string, unknown>, namedWaitMs: number | null = null) {
  const read = readGraphError({ error }, [])
  if (read === null) throw new Error('no error was read')
  return failureOf(read, namedWaitMs)
}

describe('what an error means', () => {
  test.each<[string, Record<string, unknown>, string]>([
    ['a token that no longer counts', { code: 190, error_subcode: 463 }, 'token'],
    ['a closed window on WhatsApp', { code: 131047 }, 'window'],
    ['a closed window on Messenger', { code: 10, error_subcode: 2018278 }, 'window'],
    ['a closed window on Instagram', { code: 10, error_subcode: 2534022 }, 'window'],
    ['a missing permission', { code: 200 }, 'permission'],
    ['a missing permission, by the older code', { code: 10 }, 'permission'],
    ['a customer who cannot be reached', { code: 551 }, 'recipient'],
    ['a number without WhatsApp', { code: 131026 }, 'recipient'],
    ['a message type that is not taken', { code: 131051 }, 'content'],
  ])('%s stays as it is until somebody acts', (_, error, kind) => {
    const { error: read, retryAfterMs } = failure(error)
    expect(read).toMatchObject({ code: String(error['code']), kind })
    expect(retryAfterMs).toBeUndefined()
  })

  test.each<[number, number]>([
    [4, 5 * minuteMs],
    [17, 5 * minuteMs],
    [80007, 5 * minuteMs],
    [613, minuteMs],
    [130429, 10_000],
    [131056, 15_000],
    [131048, 60 * minuteMs],
  ])('%i is a limit, over after a wait of its own', (code, retryAfterMs) => {
    expect(failure({ code })).toMatchObject({ error: { kind: 'rate_limit' }, retryAfterMs })
    expect(failure({ code }, 42_000)).toMatchObject({ retryAfterMs: 42_000 })
  })

  test.each([{ code: 2 }, { code: 131016 }, { code: 133004 }, { code: 1, is_transient: true }])(
    '%j passes by itself',
    (error) => {
      expect(failure(error)).toMatchObject({ retryAfterMs: 30_000 })
    },
  )

  test.each([{ code: 1 }, { code: 1, is_transient: false }, { code: 131000 }, { code: 100, is_transient: 'true' }])(
    '%j is not known to pass',
    (error) => {
      expect(failure(error).retryAfterMs).toBeUndefined()
    },
  )
})

describe('reading an error', () => {
  test.each([
    undefined,
    null,
    'error',
    [],
    {},
    { error: null },
    { error: 'no' },
    { error: {} },
    { error: { code: null } },
  ])('%j is none of Graph', (body) => {
    expect(readGraphError(body, [])).toBeNull()
  })

  test('says something even where Graph says nothing', () => {
    expect(failure({ code: 1 })).toEqual({
      error: { code: '1', title: 'Unknown error', details: null, kind: 'platform' },
    })
  })
})
