import type { PageApi } from './types.ts'

/**
 * Whether the reader is in, and if not, why.
 * - `none`: no session. - `link`: the sign-in link was refused. - `unreachable`: the server did not answer.
 */
export type Entry = { kind: 'in' } | { kind: 'out'; reason: 'none' | 'link' | 'unreachable' }

/** Finds out; a sign-in link is used first. A used-up link does no harm to somebody who is already signed in. */
export async function enter(api: PageApi, linkToken: string | null): Promise<Entry> {
  const link = linkToken === null ? 'none' : await tryLink(api, linkToken)
  if (link === 'unreachable') return { kind: 'out', reason: 'unreachable' }
  try {
    await api.me()
    return { kind: 'in' }
  } catch (error) {
    if (!isRefused(error)) return { kind: 'out', reason: 'unreachable' }
    return { kind: 'out', reason: link === 'refused' ? 'link' : 'none' }
  }
}

async function tryLink(api: PageApi, linkToken: string): Promise<'used' | 'refused' | 'unreachable'> {
  try {
    await api.createSession(linkToken)
    return 'used'
  } catch (error) {
    return isRefused(error) ? 'refused' : 'unreachable'
  }
}

/** Answers that will not change by asking again; too many calls, server errors and silence may. */
export function isRefused(error: unknown): boolean {
  const status = typeof error === 'object' && error !== null && 'status' in error ? error.status : 0
  return typeof status === 'number' && status >= 400 && status < 500 && status !== 408 && status !== 429
}

/** The token of `/sign-in#<link_token>`; a fragment never reaches a server log or a Referer header. */
export function linkTokenOf({ pathname, hash }: { pathname: string; hash: string }): string | null {
  return pathname === '/sign-in' && hash.length > 1 ? hash.slice(1) : null
}
