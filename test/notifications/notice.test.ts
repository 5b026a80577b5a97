import { describe, expect, it } from 'vitest'
import { quarantineNotice, systemNotice, testNotice, tokenNotice } from '../../src/notifications/notice.ts'
import { channelId, colleague, me, noon } from './builders.ts'

const day = 86_400_000

describe('a token that ends', () => {
  const keyAt = (left: number) => tokenNotice(channelId, noon, noon - left)?.key

  it('is told of seven days before, three days and one, each once', () => {
    const keys = new Set<string | undefined>()
    for (let left = 10 * day; left > 0; left -= day / 24) keys.add(keyAt(left))
    expect([...keys].map((key) => key?.split(':').at(-1))).toEqual([undefined, '7', '3', '1'])
  })

  it.each([
    [7 * day + 1, undefined],
    [7 * day, '7'],
    [3 * day + 1, '7'],
    [3 * day, '3'],
    [day, '1'],
    [1, '1'],
    [0, undefined],
    [-day, undefined],
  ])('with %i ms left: step %s', (left, step) => {
    expect(keyAt(left)?.split(':').at(-1)).toBe(step)
  })

  it('is told of again when it was replaced by one that ends as well', () => {
    expect(tokenNotice(channelId, noon, noon - day)?.key).not.toBe(
      tokenNotice(channelId, noon + 90 * day, noon + 89 * day)?.key,
    )
  })

  it('names the channel and the time', () => {
    expect(tokenNotice(channelId, noon, noon - day)?.notice).toEqual({
      kind: 'token_expiring',
      expires_at: new Date(noon).toISOString(),
      to: null,
      channel_id: channelId,
    })
  })
})

describe('a quarantine that grew', () => {
  it('is told of once an hour, with all that waits', () => {
    const first = quarantineNotice({ count: 3, added: 1 }, noon)
    expect(first?.notice).toMatchObject({ kind: 'quarantine_grew', count: 3, to: null })
    expect(quarantineNotice({ count: 900, added: 897 }, noon + 3_599_999)?.key).toBe(first?.key)
    expect(quarantineNotice({ count: 4, added: 1 }, noon + 3_600_000)?.key).not.toBe(first?.key)
  })

  it('is none when it only shrank or stood still', () => {
    expect(quarantineNotice({ count: 3, added: 0 }, noon)).toBeNull()
    expect(quarantineNotice({ count: 0, added: 1 }, noon)).toBeNull()
  })
})

describe('what the tenant’s server posts', () => {
  const post = { title: 'Backup done', text: '' }

  it('is for all, or for one user', () => {
    expect(systemNotice(post, 'r1').notice).toMatchObject({
      kind: 'system',
      title: 'Backup done',
      link: null,
      to: null,
    })
    expect(systemNotice({ ...post, user_id: me }, 'r1').notice.to).toEqual([me])
  })

  it('is one notification for one key, however often and with whatever it is posted', () => {
    const [a, b] = [
      systemNotice({ ...post, key: 'k' }, 'r1'),
      systemNotice({ ...post, title: 'Again', key: 'k' }, 'r2'),
    ]
    expect(a.key).toBe(b.key)
    expect(systemNotice({ ...post, key: 'other' }, 'r1').key).not.toBe(a.key)
    expect(systemNotice(post, 'r1').key).not.toBe(systemNotice(post, 'r2').key)
  })

  it('cannot take the place of a key of ours', () => {
    expect(systemNotice({ ...post, key: 'notice:test:x' }, 'r1').key).toMatch(/^notice:system:[0-9a-f-]{36}$/)
  })
})

describe('a test', () => {
  it('is for those it is meant for, each time anew', () => {
    expect(testNotice([me, colleague], 'a')).toEqual({
      key: 'notice:test:a',
      notice: { kind: 'test', to: [me, colleague], channel_id: null },
    })
  })
})
