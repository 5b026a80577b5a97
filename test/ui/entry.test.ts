import { describe, expect, it } from 'vitest'
import { enter, linkTokenOf } from '../../src/ui/entry.ts'
import type { PageApi } from '../../src/ui/types.ts'

const refuse = (status: number) => () => Promise.reject(Object.assign(new Error('no'), { status }))

function api(given: Partial<PageApi> = {}): PageApi & { tokens: string[] } {
  const tokens: string[] = []
  return {
    tokens,
    me: async () => ({}),
    createSession: async (linkToken) => void tokens.push(linkToken),
    signOut: async () => undefined,
    ...given,
  }
}

describe('enter', () => {
  it('lets somebody with a session in, without touching a link', async () => {
    const page = api()
    expect(await enter(page, null)).toEqual({ kind: 'in' })
    expect(page.tokens).toEqual([])
  })
  it('uses a sign-in link exactly once', async () => {
    const page = api()
    expect(await enter(page, 'token')).toEqual({ kind: 'in' })
    expect(page.tokens).toEqual(['token'])
  })
  it('goes on to the inbox with a used-up link when there is a session', async () => {
    expect(await enter(api({ createSession: refuse(401) }), 'token')).toEqual({ kind: 'in' })
  })
  it.each([400, 401, 403, 404, 409, 410])('explains a link that was refused with %i', async (status) => {
    const page = api({ createSession: refuse(status), me: refuse(401) })
    expect(await enter(page, 'token')).toEqual({ kind: 'out', reason: 'link' })
  })
  it('says how to get in where there is neither a session nor a link', async () => {
    expect(await enter(api({ me: refuse(401) }), null)).toEqual({ kind: 'out', reason: 'none' })
  })
  it.each([0, 429, 500, 503])('does not call a link used up when the server could not answer (%i)', async (status) => {
    const page = api({ createSession: refuse(status), me: refuse(401) })
    expect(await enter(page, 'token')).toEqual({ kind: 'out', reason: 'unreachable' })
    expect(await enter(api({ me: refuse(status) }), null)).toEqual({ kind: 'out', reason: 'unreachable' })
  })
})

describe('linkTokenOf', () => {
  it('reads the token from the fragment of the sign-in page only', () => {
    expect(linkTokenOf({ pathname: '/sign-in', hash: '#abc.def' })).toBe('abc.def')
    expect(linkTokenOf({ pathname: '/sign-in', hash: '' })).toBeNull()
    expect(linkTokenOf({ pathname: '/', hash: '#abc' })).toBeNull()
  })
})
