import type { MailHeader } from './mail.ts'
import { valuesOf } from './mail-head.ts'
import { withoutComments } from './structured-value.ts'

const verdicts = ['pass', 'fail', 'softfail', 'neutral', 'none', 'policy', 'temperror', 'permerror'] as const

/** RFC 8601 §2.7. `none` also where the receiver says nothing. */
export type Verdict = (typeof verdicts)[number]

export type Authentication = {
  spf: Verdict
  dkim: Verdict
  dmarc: Verdict
  /** The domain that DMARC looked at. */
  fromDomain: string | null
}

const nothing: Authentication = { spf: 'none', dkim: 'none', dmarc: 'none', fromDomain: null }

/**
 * What our own receiver found out about a mail's sender. Only its words count: anybody can write such a header into a
 * mail, under any name. Receivers put theirs on top, so of those that bear its name the first is read and no other
 * (RFC 8601 §5 has it remove forged ones, but not every receiver does).
 */
export function authenticationOf(headers: readonly MailHeader[], authservId: string): Authentication {
  const mine = valuesOf(headers, 'authentication-results').map(readHeader)
  const found = mine.find(({ server }) => server === authservId.toLowerCase())
  if (found === undefined) return nothing
  const { results } = found
  const dmarc = results.find((result) => result.startsWith('dmarc')) ?? ''
  return {
    spf: verdictOf(results, 'spf'),
    dkim: verdictOf(results, 'dkim'),
    dmarc: verdictOf(results, 'dmarc'),
    fromDomain: /\bheader\.from\s*=\s*"?([^\s"]+)/.exec(dmarc)?.[1] ?? null,
  }
}

function readHeader(value: string): { server: string; results: string[] } {
  const [first = '', ...results] = withoutComments(value).split(';')
  const [server = ''] = first.trim().toLowerCase().split(/\s/, 1)
  return { server, results: results.map((result) => result.trim().toLowerCase()) }
}

/** Of several signatures one good one is enough, as it is for DMARC. */
function verdictOf(results: readonly string[], method: 'spf' | 'dkim' | 'dmarc'): Verdict {
  const found = results
    .map((result) => new RegExp(String.raw`^${method}(?:/\d+)?\s*=\s*([a-z]+)`).exec(result)?.[1])
    .map((word) => verdicts.find((verdict) => verdict === (word === 'hardfail' ? 'fail' : word)))
    .filter((verdict) => verdict !== undefined)
  return found.find((verdict) => verdict === 'pass') ?? found[0] ?? 'none'
}
